//! Disable an account or enable it again; disabling ends all sessions.

use fieldlog_domain::account::AccountRefusal;
use fieldlog_domain::account::{Account, AccountCommand, AccountKind};
use fieldlog_domain::session::RevocationReason;
use fieldlog_domain::{AccountId, CommandId};

use crate::authz::{Action, OrganizationAction, PersonAction};
use crate::session::revoke_all;
use crate::{App, CommandError, Done, Viewer, streams};

/// Disable an account or enable it again; disabling ends all sessions.
#[derive(Debug, Clone)]
pub struct SetAccountDisabled {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The account.
    pub account: AccountId,
    /// Whether it is disabled from now on.
    pub is_disabled: bool,
}

/// Disable an account or enable it again; disabling ends all sessions.
pub async fn set_account_disabled(
    app: &App,
    viewer: &Viewer,
    input: SetAccountDisabled,
) -> Result<Done<()>, CommandError<AccountRefusal>> {
    let kind = app.view().account(input.account)?.ok_or(CommandError::NotFound("account"))?.kind;
    let action = match kind {
        AccountKind::Person => Action::Person(PersonAction::SetDisabled, input.account),
        AccountKind::Organization => Action::Organization(OrganizationAction::SetDisabled, input.account),
    };
    let granted = app.authorise(viewer, action)?;
    let command = app.command(granted, viewer, input.command_id);
    let change = AccountCommand::SetDisabled(input.is_disabled);
    let receipt = command.dispatch::<Account>(&streams::account(input.account), change).await?;
    if input.is_disabled {
        revoke_all(app, &command, input.account, RevocationReason::AccountClosed).await?;
    }
    Ok(Done::new((), receipt))
}
