//! Have edits undone that are in the data.

use fieldlog_domain::change_set::{ChangeSet, ChangeSetCommand, ChangeSetRefusal, UndoDeltas};
use fieldlog_domain::{ChangeSetId, CommandId, DeltaId, ResourceId};
use uuid::Uuid;

use super::answer::{DecisionRefusal, append_answer, record};
use super::editable::check;
use crate::authz::{Action, ResourceAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Have edits undone that are in the data.
#[derive(Debug, Clone)]
pub struct UndoChangeSet {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The project.
    pub project: ResourceId,
    /// The delta file that the edits came with.
    pub delta_file: Uuid,
    /// Which of its edits; all, where none are named.
    pub deltas: Option<Vec<DeltaId>>,
}

/// Have edits undone that are in the data: another change set has the opposite of each, the last one first, and is applied like
/// any other. Answers with its delta file. Where somebody changed a feature since, that is a conflict.
pub async fn undo_change_set(
    app: &App,
    viewer: &Viewer,
    input: UndoChangeSet,
) -> Result<Done<Uuid>, CommandError<DecisionRefusal>> {
    let UndoChangeSet { command_id, project, delta_file, deltas } = input;
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::EditFeatures, project))?;
    let command = app.command(granted, viewer, command_id).about(project);
    let (undone, by) = (ChangeSetId::of(project, delta_file), command.derive(&format!("undo {delta_file}")));
    let stream = streams::change_set(undone);
    let deltas = match command.repeated(&stream).await? {
        Some(_) => deltas,
        None => {
            check(app, project).await?;
            Some(undoable(app, undone, deltas.as_deref(), by).await?)
        }
    };
    let of_rule = |error: CommandError<ChangeSetRefusal>| error.map_refusal(DecisionRefusal::ChangeSet);
    let undo = ChangeSetCommand::Undo(UndoDeltas { deltas, by });
    let decided = command.dispatch::<ChangeSet>(&stream, undo).await.map_err(of_rule)?;
    let followed = append_answer(&command, project, undone, by).await.map_err(of_rule)?;
    Ok(Done::new(by, followed.or(decided)))
}

/// Those of the edits that are in the data and not undone, if the log tells how to undo each.
async fn undoable(
    app: &App,
    change_set: ChangeSetId,
    wanted: Option<&[DeltaId]>,
    by: Uuid,
) -> Result<Vec<DeltaId>, CommandError<DecisionRefusal>> {
    let stream = streams::change_set(change_set);
    let look = |known: &ChangeSet, sequence| (sequence > 0).then(|| known.undoable(wanted));
    let undoable = app.fresh::<ChangeSet, _>(&stream, look).await?.ok_or(CommandError::NotFound("delta file"))?;
    let undoable = undoable.map_err(|refusal| CommandError::Refused(refusal.into()))?;
    let answer = record(app, &stream).await?.undoing(&undoable, by);
    answer.map(|_| undoable).map_err(|refusal| CommandError::Refused(refusal.into()))
}
