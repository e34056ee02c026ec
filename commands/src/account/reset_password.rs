//! Set a new password with the link from a mail; all of the person's sessions end.

use std::net::IpAddr;

use fieldlog_domain::account::{Account, AccountCommand};
use fieldlog_domain::shared::AccountName;
use fieldlog_domain::{CommandId, Sealed};
use fieldlog_projections::AccountRow;

use super::change_password::end_former_credential;
use super::register::seal_password;
use super::{Password, PasswordResetNotValid, ResetToken, open_sealed_profile};
use crate::authz::{Action, ServerAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Set a new password with the link from a mail; all of the person's sessions end.
#[derive(Clone)]
pub struct ResetPassword {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// What the link carries.
    pub token: String,
    /// The password from now on.
    pub new: Password,
    /// Where the request came from; wrong passwords that were tried from there no longer count.
    pub client_ip: Option<IpAddr>,
}

/// Set a new password with the link from a mail; all of the person's sessions end.
pub async fn reset_password(
    app: &App,
    viewer: &Viewer,
    input: ResetPassword,
) -> Result<Done<AccountName>, CommandError<PasswordResetNotValid>> {
    let granted = app.authorise(viewer, Action::Server(ServerAction::Enter))?;
    let (token, row) = look_up(app, &input.token)?;
    let command = app.command(granted, viewer, input.command_id);
    let stream = streams::account(row.id);
    if let Some(first) = command.repeated(&stream).await? {
        return Ok(Done::new(row.name, Some(first.receipt)));
    }
    let former = former_credential(app, &token).await?;
    let profile = open_sealed_profile(app, row.profile.as_ref()).await?.unwrap_or_default();
    let checked = input.new.check(&[row.name.as_str(), &profile.email]);
    checked.map_err(|bad| CommandError::invalid("new", bad))?;

    let password_hash = seal_password(app, row.id, input.new).await?;
    let unused = password_hash.key;
    let reset = AccountCommand::ResetPassword { token_digest: token.digest(), now: app.now(), password_hash };
    let receipt = match command.dispatch::<Account>(&stream, reset).await.map_err(CommandError::refusal) {
        Ok(receipt) => receipt,
        // Another password came while this one was hashed.
        Err(Ok(_)) => {
            app.vault().destroy(unused).await?;
            return Err(CommandError::Refused(PasswordResetNotValid));
        }
        Err(Err(error)) => return Err(error),
    };
    end_former_credential(&command, row.id, former).await?;
    let account = row.id.to_string();
    app.lock_out().reset(&account, input.client_ip);
    app.lock_out().reset(&account, None);
    Ok(Done::new(row.name, receipt))
}

/// Whose password the link sets, as long as it does.
pub async fn find_password_reset(app: &App, token: &str) -> Result<AccountName, CommandError<PasswordResetNotValid>> {
    let (token, row) = look_up(app, token)?;
    former_credential(app, &token).await?;
    Ok(row.name)
}

fn look_up(app: &App, token: &str) -> Result<(ResetToken, AccountRow), CommandError<PasswordResetNotValid>> {
    let not_valid = || CommandError::Refused(PasswordResetNotValid);
    let token = ResetToken::parse(token).ok_or_else(not_valid)?;
    let row = app.view().account(token.account())?.ok_or_else(not_valid)?;
    Ok((token, row))
}

/// The password hash so far, if the link may replace it.
async fn former_credential(
    app: &App,
    token: &ResetToken,
) -> Result<Option<Sealed>, CommandError<PasswordResetNotValid>> {
    let (digest, now, stream) = (token.digest(), app.now(), streams::account(token.account()));
    let found = app.fresh::<Account, _>(&stream, |account, _| {
        account.can_reset_password(&digest, now).then(|| account.password_hash().cloned())
    });
    found.await?.ok_or(CommandError::Refused(PasswordResetNotValid))
}
