//! When a project is retired, its secrets are removed; when an account was erased, those of its projects and those that were
//! assigned to the person.

use fieldlog_domain::Event;
use fieldlog_domain::account::AccountEvent;
use fieldlog_domain::resource::ResourceEvent;
use fieldlog_domain::secret::{Secret, SecretCommand};

use super::occasion::{Later, Occasion, answered};
use crate::streams;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    match occasion.event {
        Event::Resource(ResourceEvent::ResourceRetired {}) | Event::Account(AccountEvent::AccountErased {}) => {}
        _ => return Ok(()),
    }
    let Ok(gone) = occasion.recorded.stream.id.parse() else { return Ok(()) };
    let command = occasion.command("remove secrets when holder gone")?;
    for secret in occasion.view().await?.secrets_bound_to(gone)? {
        let stream = streams::secret(secret.id);
        answered(command.step(format!("{} ", secret.id)).dispatch::<Secret>(&stream, SecretCommand::Remove).await)?;
    }
    Ok(())
}
