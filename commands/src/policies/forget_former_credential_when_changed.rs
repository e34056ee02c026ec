//! When a password changed, the keys of the passwords before it are destroyed.

use fieldlog_domain::Event;
use fieldlog_domain::account::AccountEvent;
use fieldlog_vault::VaultError;

use super::occasion::{Later, Occasion};
use crate::dispatch::read;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let Event::Account(AccountEvent::CredentialSet { password_hash: current }) = occasion.event else { return Ok(()) };
    let before = usize::try_from(occasion.recorded.sequence - 1).unwrap_or(usize::MAX);
    for recorded in occasion.app.log().read_stream(&occasion.recorded.stream, 0, before).await? {
        if let Event::Account(AccountEvent::CredentialSet { password_hash }) = read(&recorded)?
            && password_hash.key != current.key
        {
            match occasion.app.vault().destroy(password_hash.key).await {
                // A vault that was started anew never had it.
                Ok(()) | Err(VaultError::UnknownKey { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}
