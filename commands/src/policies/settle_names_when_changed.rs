//! When something bears another name, or none any more, the names before are free: also when whoever changed it crashed half-way.

use fieldlog_domain::Event;
use fieldlog_domain::account::AccountEvent;
use fieldlog_domain::resource::ResourceEvent;

use super::occasion::{Later, Occasion, answered};
use crate::account::settle_email;
use crate::project::settle_name;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let Ok(id) = occasion.recorded.stream.id.parse::<uuid::Uuid>() else { return Ok(()) };
    let command = occasion.command("settle names when changed")?;
    match occasion.event {
        Event::Resource(
            ResourceEvent::ResourceRenamed { .. }
            | ResourceEvent::OwnershipTransferred { .. }
            | ResourceEvent::ResourceRetired {},
        ) => {
            answered(settle_name(&command, id.into()).await)?;
        }
        // The profile of a registration is the first one: there is no name before.
        Event::Account(AccountEvent::ProfileSealed { .. }) if occasion.recorded.sequence == 2 => {}
        Event::Account(AccountEvent::ProfileSealed { .. } | AccountEvent::AccountErased {}) => {
            answered(settle_email(&command, id.into()).await)?;
        }
        _ => {}
    }
    Ok(())
}
