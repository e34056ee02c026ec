//! When somebody logged in with a program that has one session at a time, that program's sessions before it end.

use fieldlog_domain::session::{RevocationReason, SessionEvent};
use fieldlog_domain::{Event, SessionId};

use super::occasion::{Later, Occasion, answered};
use crate::CommandError;
use crate::session::revoke;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let Event::Session(SessionEvent::SessionOpened { account, client, .. }) = occasion.event else { return Ok(()) };
    if !client.is_single_session() {
        return Ok(());
    }
    let open = occasion.view().await?.open_sessions(*account, Some(*client))?;
    let Ok(this) = occasion.recorded.stream.id.parse::<SessionId>() else { return Ok(()) };
    // Two that the log took at the same time are told apart by their ids, so that one of them stays.
    let opened = (occasion.recorded.recorded_at, this);
    let before = open.into_iter().filter(|row| (row.opened_at, row.id) < opened);
    let command = occasion.command("revoke superseded sessions when session opened")?;
    let revoked: Result<(), CommandError<crate::Never>> =
        revoke(&command, before.map(|row| row.id), RevocationReason::Superseded).await;
    answered(revoked).map(|_| ())
}
