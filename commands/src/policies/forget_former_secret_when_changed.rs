//! When a secret has another value, or none any more, the keys of its values before are destroyed.

use fieldlog_domain::Event;
use fieldlog_domain::secret::SecretEvent;

use super::occasion::{Later, Occasion};
use crate::dispatch::read;
use crate::secret::forget;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let current = match occasion.event {
        Event::Secret(SecretEvent::SecretSet { value, .. }) => Some(value.key),
        Event::Secret(SecretEvent::SecretRemoved {}) => None,
        _ => return Ok(()),
    };
    let before = usize::try_from(occasion.recorded.sequence - 1).unwrap_or(usize::MAX);
    for recorded in occasion.app.log().read_stream(&occasion.recorded.stream, 0, before).await? {
        if let Event::Secret(SecretEvent::SecretSet { value, .. }) = read(&recorded)?
            && Some(value.key) != current
        {
            forget(occasion.app, &value).await?;
        }
    }
    Ok(())
}
