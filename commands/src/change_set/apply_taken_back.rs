//! Apply edits again that were taken back.

use std::collections::BTreeSet;

use fieldlog_domain::change_set::{ChangeSet, ChangeSetCommand, ChangeSetRefusal, ReopenDeltas};
use fieldlog_domain::{CommandId, DeltaId, ResourceId};

use super::grouped::grouped;
use crate::authz::{Action, ResourceAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Apply edits again that were taken back.
#[derive(Debug, Clone)]
pub struct ApplyTakenBack {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The project.
    pub project: ResourceId,
    /// The edits to apply; all that were taken back if omitted. Other edits are skipped.
    pub deltas: Option<Vec<DeltaId>>,
}

/// Reopens edits that were taken back, to be applied to the current data. Returns how many.
pub async fn apply_taken_back(
    app: &App,
    viewer: &Viewer,
    input: ApplyTakenBack,
) -> Result<Done<usize>, CommandError<ChangeSetRefusal>> {
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::DecideEdits, input.project))?;
    let command = app.command(granted, viewer, input.command_id).about(input.project);
    app.catch_up().await.map_err(|error| CommandError::Unavailable(error.to_string()))?;
    let mut wanted = app.view().taken_back_edits(input.project)?;
    if let Some(named) = input.deltas {
        // Also finds those that are not there at all.
        let named: BTreeSet<DeltaId> = named.into_iter().collect();
        grouped::<_, ChangeSetRefusal>(app, input.project, named.iter().copied().collect(), |delta| *delta)?;
        wanted.retain(|delta| named.contains(delta));
    }
    let (count, mut receipt) = (wanted.len(), None);
    for (change_set, deltas) in grouped(app, input.project, wanted, |delta| *delta)? {
        let reopen = ChangeSetCommand::Reopen(ReopenDeltas { deltas, overwrites_conflicts: false, columns: vec![] });
        receipt = command.dispatch::<ChangeSet>(&streams::change_set(change_set), reopen).await?.or(receipt);
    }
    Ok(Done::new(count, receipt))
}
