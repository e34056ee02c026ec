//! Ends sessions.

use std::collections::HashSet;

use fieldlog_domain::session::{RevocationReason, Session, SessionCommand};
use fieldlog_domain::{AccountId, SessionId};
use futures::future::try_join_all;

use crate::dispatch::Dispatch;
use crate::{App, CommandError, streams};

/// Ends all sessions of an account that the read model knows of.
pub(crate) async fn revoke_all<R>(
    app: &App,
    command: &Dispatch<'_>,
    account: AccountId,
    reason: RevocationReason,
) -> Result<(), CommandError<R>> {
    let open: HashSet<SessionId> = app.view().open_sessions(account, None)?.into_iter().map(|row| row.id).collect();
    revoke(command, open, reason).await
}

/// Ends these sessions. One that is over already stays so.
pub(crate) async fn revoke<R>(
    command: &Dispatch<'_>,
    sessions: impl IntoIterator<Item = SessionId>,
    reason: RevocationReason,
) -> Result<(), CommandError<R>> {
    try_join_all(sessions.into_iter().map(|session| async move {
        let revoked = command.dispatch::<Session>(&streams::session(session), SessionCommand::Revoke(reason)).await;
        match revoked.map_err(CommandError::refusal) {
            Ok(_) | Err(Ok(_)) => Ok(()),
            Err(Err(error)) => Err(error),
        }
    }))
    .await?;
    Ok(())
}
