//! The one permission table (QFieldCloud reference, section 5). Pure: an action and a standing give a verdict.

use fieldlog_domain::shared::Role;

use super::{
    OrganizationAction, OrganizationStanding, PersonAction, PersonStanding, ResourceAction, ResourceStanding,
    ServerAction, ServerStanding,
};

/// What the table says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// They may.
    Allowed,
    /// They may not, and can see what it is about.
    Forbidden,
    /// They may not, unless they log in.
    LogInFirst,
    /// They may not, and cannot see what it is about.
    Hidden,
}

use Verdict::{Allowed, Forbidden, Hidden, LogInFirst};

/// What somebody may do with a resource.
pub fn resource(action: ResourceAction, standing: ResourceStanding) -> Verdict {
    match standing {
        ResourceStanding::Operator => Allowed,
        ResourceStanding::Role(role) if role >= least_role(action) => Allowed,
        ResourceStanding::Role(_) => Forbidden,
        ResourceStanding::Public if is_public(action) => Allowed,
        ResourceStanding::Public => Forbidden,
        ResourceStanding::AnonymousPublic if is_public(action) && !is_asked_by_somebody(action) => Allowed,
        ResourceStanding::AnonymousPublic => LogInFirst,
        ResourceStanding::Stranger | ResourceStanding::Anonymous => Hidden,
        ResourceStanding::ServerAdmin if is_overseen(action) => Allowed,
        ResourceStanding::ServerAdmin => Forbidden,
    }
}

/// The weakest role that may do it.
fn least_role(action: ResourceAction) -> Role {
    match action {
        ResourceAction::See
        | ResourceAction::ReadFiles
        | ResourceAction::SeeJobs
        | ResourceAction::SeeHistory
        | ResourceAction::RequestPackage => Role::Reader,
        ResourceAction::UploadFile
        | ResourceAction::PushEdits
        | ResourceAction::SeeEdits
        | ResourceAction::RequestJob
        | ResourceAction::CancelJob
        | ResourceAction::ReadJobLog => Role::Reporter,
        ResourceAction::EditFeatures
        | ResourceAction::SeeUnready
        | ResourceAction::RestoreVersion
        | ResourceAction::DeleteFile => Role::Editor,
        ResourceAction::ChangeRestrictedFile
        | ResourceAction::DecideEdits
        | ResourceAction::Change
        | ResourceAction::Retire
        | ResourceAction::SeeCollaborators
        | ResourceAction::ManageCollaborators => Role::Manager,
        ResourceAction::ManageSecrets => Role::Admin,
    }
}

/// Whether everybody may do it with a public resource. The history tells who works on it, so it is not for everybody.
fn is_public(action: ResourceAction) -> bool {
    matches!(
        action,
        ResourceAction::See | ResourceAction::ReadFiles | ResourceAction::SeeJobs | ResourceAction::RequestPackage
    )
}

/// Whether it takes somebody who asks, so that it is known whose work it is.
fn is_asked_by_somebody(action: ResourceAction) -> bool {
    matches!(action, ResourceAction::RequestPackage)
}

/// Whether administrators of the server may do it with any resource: look, and stop what burdens the server.
fn is_overseen(action: ResourceAction) -> bool {
    match action {
        ResourceAction::See
        | ResourceAction::ReadFiles
        | ResourceAction::SeeJobs
        | ResourceAction::SeeHistory
        | ResourceAction::ReadJobLog
        | ResourceAction::SeeUnready
        | ResourceAction::SeeEdits
        | ResourceAction::SeeCollaborators
        | ResourceAction::CancelJob => true,
        ResourceAction::UploadFile
        | ResourceAction::PushEdits
        | ResourceAction::EditFeatures
        | ResourceAction::RequestJob
        | ResourceAction::RequestPackage
        | ResourceAction::DecideEdits
        | ResourceAction::RestoreVersion
        | ResourceAction::DeleteFile
        | ResourceAction::ChangeRestrictedFile
        | ResourceAction::Change
        | ResourceAction::Retire
        | ResourceAction::ManageCollaborators
        | ResourceAction::ManageSecrets => false,
    }
}

/// What somebody may do with an organization.
pub fn organization(action: OrganizationAction, standing: OrganizationStanding) -> Verdict {
    use OrganizationAction::{ChangeProfile, CreateProject, ManageMembers, ManageSecrets, SeeMembers, SetDisabled};
    use OrganizationStanding::{Admin, Anonymous, Creator, Member, Operator, Owner, ServerAdmin, Stranger};
    match (action, standing) {
        (_, Operator) => Allowed,
        (_, Anonymous) => LogInFirst,
        (SeeMembers, Owner | Admin | Creator | Member | Stranger | ServerAdmin) => Allowed,
        (CreateProject, Owner | Admin | Creator) => Allowed,
        (CreateProject, Member | Stranger | ServerAdmin) => Forbidden,
        (ManageMembers | ManageSecrets, Owner | Admin) => Allowed,
        (ManageMembers | ManageSecrets, Creator | Member | Stranger | ServerAdmin) => Forbidden,
        (ChangeProfile, Owner | Admin | ServerAdmin) => Allowed,
        (ChangeProfile, Creator | Member | Stranger) => Forbidden,
        (SetDisabled, ServerAdmin) => Allowed,
        (SetDisabled, Owner | Admin | Creator | Member | Stranger) => Forbidden,
    }
}

/// What somebody may do with the account of a person.
pub fn person(action: PersonAction, standing: PersonStanding) -> Verdict {
    use PersonAction::{ChangePassword, ChangeProfile, CreateOrganization, CreateProject, ReadProfile, SetDisabled};
    use PersonStanding::{Anonymous, Oneself, Operator, ServerAdmin, Stranger};
    match (action, standing) {
        (_, Operator) => Allowed,
        (_, Anonymous) => LogInFirst,
        (_, Stranger) => Forbidden,
        (CreateProject | CreateOrganization | ChangePassword, Oneself) => Allowed,
        (CreateProject | CreateOrganization | ChangePassword, ServerAdmin) => Forbidden,
        (ReadProfile | ChangeProfile, Oneself | ServerAdmin) => Allowed,
        (SetDisabled, Oneself) => Forbidden,
        (SetDisabled, ServerAdmin) => Allowed,
    }
}

/// What somebody may do with the server.
pub fn server(action: ServerAction, standing: ServerStanding) -> Verdict {
    use ServerAction::{CreateAccount, Enter, ReadFeed, RunJobs, SeeAccounts, SetSubscriptions};
    use ServerStanding::{Anonymous, Operator, Person, ServerAdmin};
    match (action, standing) {
        (_, Operator) => Allowed,
        (Enter, Anonymous | Person | ServerAdmin) => Allowed,
        (SeeAccounts, Person | ServerAdmin) => Allowed,
        (CreateAccount | ReadFeed | SetSubscriptions, ServerAdmin) => Allowed,
        (CreateAccount | ReadFeed | SetSubscriptions, Person) => Forbidden,
        (RunJobs, Person | ServerAdmin) => Forbidden,
        (SeeAccounts | CreateAccount | ReadFeed | SetSubscriptions | RunJobs, Anonymous) => LogInFirst,
    }
}
