//! End one's session, or all of them.

use fieldlog_domain::CommandId;
use fieldlog_domain::session::SessionRefusal;

use crate::{App, CommandError, Done, Viewer};

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
    todo!("{:?}", (app.now(), viewer, input))
}
