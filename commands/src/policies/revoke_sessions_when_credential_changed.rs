//! When a password changed or an account was closed, the sessions that were open then end.

use fieldlog_domain::Event;
use fieldlog_domain::account::AccountEvent;
use fieldlog_domain::session::RevocationReason;

use super::occasion::{Later, Occasion, answered};
use crate::CommandError;
use crate::session::revoke;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let reason = match occasion.event {
        Event::Account(AccountEvent::CredentialSet { .. }) => RevocationReason::CredentialChanged,
        Event::Account(AccountEvent::AccountDisabled {} | AccountEvent::AccountErased {}) => {
            RevocationReason::AccountClosed
        }
        _ => return Ok(()),
    };
    let Ok(account) = occasion.recorded.stream.id.parse() else { return Ok(()) };
    let open = occasion.view().await?.open_sessions(account, None)?;
    let then = open.into_iter().filter(|row| row.opened_at <= occasion.recorded.recorded_at).map(|row| row.id);
    let command = occasion.command("revoke sessions when credential changed")?;
    let revoked: Result<(), CommandError<crate::Never>> = revoke(&command, then, reason).await;
    answered(revoked).map(|_| ())
}
