//! When an account was erased, all keys of the person are destroyed: what is sealed in the log can no longer be opened.

use fieldlog_domain::Event;
use fieldlog_domain::account::AccountEvent;

use super::occasion::{Later, Occasion};

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let Event::Account(AccountEvent::AccountErased {}) = occasion.event else { return Ok(()) };
    let Ok(account) = occasion.recorded.stream.id.parse() else { return Ok(()) };
    Ok(occasion.app.vault().destroy_subject(account).await?)
}
