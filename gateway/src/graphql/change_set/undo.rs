//! Undoing edits that are in the data.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use fieldlog_commands::change_set as commands;
use fieldlog_domain::{DeltaId, ResourceId};
use uuid::Uuid;

use crate::graphql::context::RequestContext;
use crate::graphql::failure::Failure;
use crate::graphql::mutate::{self, Stop, command_id, outcome, settled};
use crate::graphql::project::mutations::project as find;
use crate::graphql::resource::kinds::Project;

/// Edits to be undone.
#[derive(InputObject)]
pub struct UndoChangeSetInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The project.
    project: ID,
    /// The delta file that they came with.
    delta_file: Uuid,
    /// Which of its edits; all of them when this is left out. Those that are not in the data, or undone already, are passed over.
    deltas: Option<Vec<Uuid>>,
}

/// Another delta file undoes the edits, once it is applied.
#[derive(SimpleObject)]
pub struct ChangeSetUndone {
    /// The delta file with the opposite of each edit, the last one first. It can be undone like any other.
    delta_file: Uuid,
    /// The project.
    project: Project,
}

payload! {
    /// What comes of `undoChangeSet`.
    UndoChangeSetPayload { ChangeSetUndone; AlreadyUndone, NothingToUndo, NoProjectFile, NotRegular }
}

/// Undoing edits that are in the data.
#[derive(Default)]
pub struct UndoMutations;

#[Object]
impl UndoMutations {
    /// Undoes edits that are in the data, with edits that are applied like those of devices. Where somebody changed a feature
    /// since, that is a conflict: nothing is overwritten.
    async fn undo_change_set(
        &self,
        context: &Context<'_>,
        input: UndoChangeSetInput,
    ) -> Result<UndoChangeSetPayload, Failure> {
        outcome(undo(context, input).await)
    }
}

async fn undo(context: &Context<'_>, input: UndoChangeSetInput) -> Result<ChangeSetUndone, Stop> {
    let request = RequestContext::of(context);
    let project: ResourceId = mutate::id("project", &input.project)?;
    let deltas = input.deltas.map(|deltas| deltas.into_iter().map(DeltaId).collect());
    let command = commands::UndoChangeSet {
        command_id: command_id(input.command_id),
        project,
        delta_file: input.delta_file,
        deltas,
    };
    let done = commands::undo_change_set(request.gateway.app(), &request.caller.viewer, command).await?;
    let (delta_file, reading) = settled(context, done).await?;
    Ok(ChangeSetUndone { delta_file, project: find(&reading, project).await? })
}
