//! End one's session, or all of them.

use fieldlog_domain::CommandId;
use fieldlog_domain::session::SessionRefusal;
use fieldlog_domain::session::{RevocationReason, Session, SessionCommand};

use crate::authz::{Action, ServerAction};
use crate::session::revoke_all;
use crate::{App, CommandError, Done, Viewer, streams};

/// End one's session, or all of them.
#[derive(Debug, Clone)]
pub struct LogOut {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// Whether all of the person's sessions end.
    pub everywhere: bool,
}

/// End one's session, or all of them.
pub async fn log_out(app: &App, viewer: &Viewer, input: LogOut) -> Result<Done<()>, CommandError<SessionRefusal>> {
    let granted = app.authorise(viewer, Action::Server(ServerAction::Enter))?;
    let (Some(account), Some(session)) = (viewer.account, viewer.session) else { return Ok(Done::new((), None)) };
    let command = app.command(granted, viewer, input.command_id);
    let revoke = SessionCommand::Revoke(RevocationReason::LoggedOut);
    let receipt = command.dispatch::<Session>(&streams::session(session), revoke).await?;
    if input.everywhere {
        revoke_all(app, &command, account, RevocationReason::LoggedOut).await?;
    }
    Ok(Done::new((), receipt))
}
