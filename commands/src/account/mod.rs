//! Persons and organizations, their members and teams.

mod add_member;
mod add_team_member;
mod avatar_id;
mod change_member_role;
mod change_membership_visibility;
mod change_password;
mod change_profile;
mod create_account;
mod create_organization;
mod create_team;
mod delete_team;
mod find_avatar;
mod find_person;
mod open_profile;
mod password;
mod refusals;
pub(crate) mod register;
mod register_account;
mod remove_avatar;
mod remove_member;
mod remove_team_member;
mod rename_team;
mod request_password_reset;
mod reset_password;
mod reset_token;
mod set_account_disabled;
mod set_avatar;
mod set_default_project_role;

use fieldlog_domain::AccountId;
use fieldlog_domain::account::AccountKind;
use fieldlog_projections::AccountRow;

use crate::authz::{Action, OrganizationAction, PersonAction};
use crate::{App, CommandError};

pub use add_member::{AddMember, add_member};
pub use add_team_member::{AddTeamMember, add_team_member};
pub use avatar_id::avatar_id;
pub use change_member_role::{ChangeMemberRole, change_member_role};
pub use change_membership_visibility::{ChangeMembershipVisibility, change_membership_visibility};
pub use change_password::{ChangePassword, change_password};
pub(crate) use change_profile::settle_email;
pub use change_profile::{ChangeProfile, change_profile};
pub use create_account::{CreateAccount, create_account};
pub use create_organization::{CreateOrganization, create_organization};
pub use create_team::{CreateTeam, create_team};
pub use delete_team::{DeleteTeam, delete_team};
pub use find_avatar::find_avatar;
pub use find_person::find_person;
pub(crate) use find_person::find_person_for_sure;
pub(crate) use open_profile::open_credential;
use open_profile::open_sealed_profile;
pub use open_profile::{Profile, open_profile};
pub use password::{BadPassword, Password};
pub use refusals::{
    AddMemberRefusal, AvatarRefusal, ChangePasswordRefusal, ChangeProfileRefusal, PasswordResetNotValid,
    RegistrationRefusal,
};
pub use register_account::{RegisterAccount, register_account};
pub use remove_avatar::{RemoveAvatar, remove_avatar};
pub use remove_member::{RemoveMember, remove_member};
pub use remove_team_member::{RemoveTeamMember, remove_team_member};
pub use rename_team::{RenameTeam, rename_team};
pub use request_password_reset::{PasswordResetLink, RequestPasswordReset, request_password_reset};
pub use reset_password::{ResetPassword, find_password_reset, reset_password};
pub use reset_token::ResetToken;
pub use set_account_disabled::{SetAccountDisabled, set_account_disabled};
pub use set_avatar::{SetAvatar, set_avatar};
pub use set_default_project_role::{SetDefaultProjectRole, set_default_project_role};

/// The row of an account that must be a person's.
fn person<R>(app: &App, field: &'static str, account: AccountId) -> Result<AccountRow, CommandError<R>> {
    let row = app.view().account(account)?.filter(|row| !row.is_erased).ok_or(CommandError::NotFound("account"))?;
    match row.kind {
        AccountKind::Person => Ok(row),
        AccountKind::Organization => {
            Err(CommandError::invalid(field, format!("expected a person, found the organization {}", row.name)))
        }
    }
}

/// To change how an account shows itself to others.
fn change_profile_of<R>(app: &App, account: AccountId) -> Result<Action, CommandError<R>> {
    let row = app.view().account(account)?.ok_or(CommandError::NotFound("account"))?;
    Ok(match row.kind {
        AccountKind::Person => Action::Person(PersonAction::ChangeProfile, account),
        AccountKind::Organization => Action::Organization(OrganizationAction::ChangeProfile, account),
    })
}
