//! Let somebody work on a project.

use crate::project::CollaboratorRefusal;
use fieldlog_domain::account::AccountKind;
use fieldlog_domain::resource::Collaborator;
use fieldlog_domain::resource::{Resource, ResourceCommand};
use fieldlog_domain::shared::Role;
use fieldlog_domain::{CommandId, ResourceId};

use crate::authz::{Action, ResourceAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Let somebody work on a project.
#[derive(Debug, Clone)]
pub struct AddCollaborator {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The project.
    pub project: ResourceId,
    /// Who.
    pub collaborator: Collaborator,
    /// What they may do.
    pub role: Role,
}

/// Let somebody work on a project.
pub async fn add_collaborator(
    app: &App,
    viewer: &Viewer,
    input: AddCollaborator,
) -> Result<Done<()>, CommandError<CollaboratorRefusal>> {
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::ManageCollaborators, input.project))?;
    check(app, input.project, input.collaborator)?;
    let command = app.command(granted, viewer, input.command_id).about(input.project);
    let add = ResourceCommand::AddCollaborator { collaborator: input.collaborator, role: input.role };
    let receipt = command.dispatch::<Resource>(&streams::resource(input.project), add).await;
    let receipt = receipt.map_err(|error| error.map_refusal(CollaboratorRefusal::Resource))?;
    Ok(Done::new((), receipt))
}

/// Who may be a collaborator at all (QFieldCloud reference, sections 3.4 and 5.4).
fn check(app: &App, project: ResourceId, collaborator: Collaborator) -> Result<(), CommandError<CollaboratorRefusal>> {
    let view = app.view();
    let owner = view.resource(project)?.ok_or(CommandError::NotFound("project"))?.owner;
    let owner = view.account(owner)?.ok_or(CommandError::NotFound("account"))?;
    let refused = |refusal| Err(CommandError::Refused(refusal));
    match collaborator {
        Collaborator::Person(person) => {
            let row = view.account(person)?.filter(|row| !row.is_erased).ok_or(CommandError::NotFound("account"))?;
            if row.kind == AccountKind::Organization {
                return refused(CollaboratorRefusal::IsAnOrganization);
            }
            if owner.kind == AccountKind::Organization && view.membership(owner.id, person)?.is_none() {
                return refused(CollaboratorRefusal::NotInTheOrganization);
            }
        }
        Collaborator::Team(team) => {
            let row = view.team(team)?.ok_or(CommandError::NotFound("team"))?;
            if row.organization != owner.id {
                return refused(CollaboratorRefusal::TeamOfAnother);
            }
        }
    }
    Ok(())
}
