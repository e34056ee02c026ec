//! Decide by hand what becomes of edits that are not in the data.

use std::collections::BTreeMap;

use fieldlog_domain::change_set::{ChangeSet, ChangeSetCommand, ChangeSetRefusal, ReopenDeltas};
use fieldlog_domain::{ChangeSetId, CommandId, DeltaId, ResourceId};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// They are tried again.
    ApplyAgain {
        /// Whether they win over what others changed meanwhile, whatever the project says: the device's values stay.
        overwrites_conflicts: bool,
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
    let change_sets = app.view().change_sets_of(input.project, &input.deltas)?;
    let mut grouped: BTreeMap<ChangeSetId, Vec<DeltaId>> = BTreeMap::new();
    for (delta, change_set) in input.deltas.into_iter().zip(change_sets) {
        let change_set = change_set.ok_or(CommandError::Refused(ChangeSetRefusal::NoSuchDelta(delta)))?;
        grouped.entry(change_set).or_default().push(delta);
    }
    let mut receipt = None;
    for (change_set, deltas) in grouped {
        let decide = match input.decision {
            Decision::ApplyAgain { overwrites_conflicts } => {
                ChangeSetCommand::Reopen(ReopenDeltas { deltas, overwrites_conflicts })
            }
            Decision::Ignore => ChangeSetCommand::Ignore(deltas),
        };
        receipt = command.dispatch::<ChangeSet>(&streams::change_set(change_set), decide).await?.or(receipt);
    }
    Ok(Done::new((), receipt))
}
