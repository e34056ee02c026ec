//! Decide by hand what becomes of edits that are not in the data.

use fieldlog_domain::change_set::{ChangeSet, ChangeSetCommand, ChangeSetRefusal, ColumnMapping, ReopenDeltas};
use fieldlog_domain::{CommandId, DeltaId, ResourceId};

use super::grouped::grouped;
use crate::authz::{Action, ResourceAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Decide by hand what becomes of edits that are not in the data.
#[derive(Debug, Clone)]
pub struct DecideDeltas {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The project.
    pub project: ResourceId,
    /// Which edits.
    pub deltas: Vec<DeltaId>,
    /// What becomes of them.
    pub decision: Decision,
}

/// What becomes of edits that are not in the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// They are tried again, and are in conflict again where nothing changed since.
    ApplyAgain {
        /// Where their values belong that found no column. It holds for later edits of the layers too.
        columns: Vec<ColumnMapping>,
    },
    /// They are not applied: the data's values stay.
    Ignore,
}

/// Decide by hand what becomes of edits that are not in the data. Edits of several delta files are decided file by file; where one
/// is refused, those of the files before it are decided.
pub async fn decide_deltas(
    app: &App,
    viewer: &Viewer,
    input: DecideDeltas,
) -> Result<Done<()>, CommandError<ChangeSetRefusal>> {
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::DecideEdits, input.project))?;
    let command = app.command(granted, viewer, input.command_id).about(input.project);
    let mut receipt = None;
    for (change_set, deltas) in grouped(app, input.project, input.deltas, |delta| *delta)? {
        let decide = match &input.decision {
            Decision::ApplyAgain { columns } => {
                let columns = columns.clone();
                ChangeSetCommand::Reopen(ReopenDeltas { deltas, overwrites_conflicts: false, columns })
            }
            Decision::Ignore => ChangeSetCommand::Ignore(deltas),
        };
        receipt = command.dispatch::<ChangeSet>(&streams::change_set(change_set), decide).await?.or(receipt);
    }
    Ok(Done::new((), receipt))
}
