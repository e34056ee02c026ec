//! When somebody no longer belongs to an organization, they no longer work on its resources either.

use fieldlog_domain::account::AccountEvent;
use fieldlog_domain::resource::{Collaborator, Resource, ResourceCommand};
use fieldlog_domain::{AccountId, Event};
use uuid::Uuid;

use super::occasion::{Later, Occasion, answered};
use crate::streams;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let Event::Account(AccountEvent::MemberRemoved { member }) = occasion.event else { return Ok(()) };
    let Ok(organization) = occasion.recorded.stream.id.parse::<Uuid>() else { return Ok(()) };
    let organization = AccountId(organization);
    let view = occasion.view().await?;
    // Whoever came back meanwhile works on.
    if view.membership(organization, *member)?.is_some() {
        return Ok(());
    }
    let command = occasion.command("remove collaborator when member removed")?;
    for resource in view.collaborations(*member, organization)? {
        let step = command.step(format!("{resource} ")).about(resource);
        let remove = ResourceCommand::RemoveCollaborator(Collaborator::Person(*member));
        answered(step.dispatch::<Resource>(&streams::resource(resource), remove).await)?;
    }
    Ok(())
}
