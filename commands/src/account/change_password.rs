//! Give a person another password; all of the person's sessions end.

use crate::account::ChangePasswordRefusal;
use crate::account::Password;
use fieldlog_domain::account::{Account, AccountCommand};
use fieldlog_domain::session::RevocationReason;
use fieldlog_domain::{AccountId, CommandId, Sealed};

use crate::account::register::seal_password;
use crate::account::{open_credential, open_profile, person};
use crate::authz::{Action, PersonAction};
use crate::dispatch::Dispatch;
use crate::session::revoke_all;
use crate::{App, CommandError, Done, Viewer, streams};
use fieldlog_domain::provenance::Actor;

/// Give a person another password; all of the person's sessions end.
#[derive(Debug, Clone)]
pub struct ChangePassword {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The person.
    pub account: AccountId,
    /// The password so far; only an operator may leave it out.
    pub current: Option<Password>,
    /// The password from now on.
    pub new: Password,
}

/// Give a person another password; all of the person's sessions end.
pub async fn change_password(
    app: &App,
    viewer: &Viewer,
    input: ChangePassword,
) -> Result<Done<()>, CommandError<ChangePasswordRefusal>> {
    let granted = app.authorise(viewer, Action::Person(PersonAction::ChangePassword, input.account))?;
    let row = person(app, "account", input.account)?;
    let command = app.command(granted, viewer, input.command_id);
    let stream = streams::account(input.account);
    if let Some(first) = command.repeated(&stream).await? {
        return Ok(Done::new((), Some(first.receipt)));
    }
    let former = app.fresh::<Account, _>(&stream, |account, _| account.password_hash().cloned()).await?;
    if viewer.actor != Actor::Operator {
        let current = input.current.ok_or_else(|| CommandError::invalid("current", "expected the current password"))?;
        let guesser = input.account.to_string();
        app.lock_out()
            .admit(&guesser, None, app.now())
            .map_err(|retry_after| CommandError::Refused(ChangePasswordRefusal::LockedOut { retry_after }))?;
        let hash = open_credential(app, former.as_ref()).await?;
        let is_right = app.hasher().verify(current, hash).await;
        if !is_right.map_err(|error| CommandError::Unavailable(error.to_string()))? {
            return Err(CommandError::Refused(ChangePasswordRefusal::WrongPassword));
        }
        app.lock_out().reset(&guesser, None);
    }
    let email = open_profile(app, viewer, input.account).await;
    let email = email.ok().flatten().map(|profile| profile.email).unwrap_or_default();
    input.new.check(&[row.name.as_str(), &email]).map_err(|bad| CommandError::invalid("new", bad))?;

    let password_hash = seal_password(app, input.account, input.new).await?;
    let receipt = command
        .dispatch::<Account>(&stream, AccountCommand::SetCredential { password_hash })
        .await
        .map_err(|error| error.map_refusal(ChangePasswordRefusal::Account))?;
    end_former_credential(&command, input.account, former).await?;
    Ok(Done::new((), receipt))
}

/// What the policies would do a moment later; here so that it is done when the person is told so.
pub(super) async fn end_former_credential<R>(
    command: &Dispatch<'_>,
    account: AccountId,
    former: Option<Sealed>,
) -> Result<(), CommandError<R>> {
    if let Some(former) = former {
        command.app().vault().destroy(former.key).await?;
    }
    revoke_all(command.app(), command, account, RevocationReason::CredentialChanged).await
}
