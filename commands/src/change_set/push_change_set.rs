//! Take a delta file that a device pushed.

use bytes::Bytes;
use fieldlog_domain::change_set::{
    BadDeltaFile, ChangeSet, ChangeSetCommand, ChangeSetRefusal, ChangeSetSource, DeltaFile, DeltaMethod,
    ReceiveChangeSet, ReceivedDelta,
};
use fieldlog_domain::{ChangeSetId, CommandId, DeltaId, ResourceId};
use thiserror::Error;

use super::editable::{NotEditable, check};
use crate::authz::{Action, Denied, ResourceAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Take a delta file that a device pushed.
#[derive(Debug, Clone)]
pub struct PushChangeSet {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The project.
    pub project: ResourceId,
    /// The delta file.
    pub content: Bytes,
}

/// Why a delta file was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PushRefusal {
    /// It breaks the contract.
    #[error("the delta file: {0}")]
    BadFile(#[from] BadDeltaFile),
    /// It is for another project.
    #[error("expected a delta file for the project {expected}, found one for {found}")]
    OtherProject {
        /// Where it was pushed to.
        expected: ResourceId,
        /// What it says.
        found: ResourceId,
    },
    /// No edits can go into the project.
    #[error(transparent)]
    NotEditable(#[from] NotEditable),
    /// A rule of the change set.
    #[error(transparent)]
    ChangeSet(#[from] ChangeSetRefusal),
}

/// Take a delta file that a device pushed. All of it is in the log when this answers, or nothing; edits that the project has
/// already are passed over, so a device may push again as often as it likes.
pub async fn push_change_set(
    app: &App,
    viewer: &Viewer,
    input: PushChangeSet,
) -> Result<Done<ChangeSetId>, CommandError<PushRefusal>> {
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::PushEdits, input.project))?;
    let may_edit = match app.authorise(viewer, Action::Resource(ResourceAction::EditFeatures, input.project)) {
        Ok(_) => true,
        Err(Denied::Forbidden) => false,
        Err(denied) => return Err(denied.into()),
    };
    check(app, input.project).await?;
    let file = DeltaFile::parse(&input.content).map_err(|bad| CommandError::Refused(bad.into()))?;
    if file.project != input.project {
        let (expected, found) = (input.project, file.project);
        return Err(CommandError::Refused(PushRefusal::OtherProject { expected, found }));
    }
    let id = ChangeSetId::of(input.project, file.id);
    let size = input.content.len() as u64;
    // First the bytes, then the event that names them.
    let blob = app.storage().put_bytes(input.content).await;
    let blob = blob.map_err(|error| CommandError::Unavailable(error.to_string()))?;

    let ids: Vec<DeltaId> = file.deltas.iter().map(|delta| delta.id).collect();
    app.catch_up().await.map_err(|error| CommandError::Unavailable(error.to_string()))?;
    let known = app.view().known_deltas(input.project, &ids)?;
    let deltas = file.deltas.into_iter().filter(|delta| !known.contains(&delta.id));
    let deltas = deltas.map(|delta| ReceivedDelta {
        id: delta.id,
        method: delta.method,
        is_permitted: may_edit || delta.method == DeltaMethod::Create,
        content: delta.content,
        origin: None,
    });
    let receive = ReceiveChangeSet {
        resource: input.project,
        delta_file: file.id,
        digest: blob.digest,
        size,
        source: ChangeSetSource::Pushed,
        deltas: deltas.collect(),
    };
    let command = app.command(granted, viewer, input.command_id).about(input.project);
    let receipt = command.dispatch::<ChangeSet>(&streams::change_set(id), ChangeSetCommand::Receive(receive)).await;
    Ok(Done::new(id, receipt.map_err(|error| error.map_refusal(PushRefusal::ChangeSet))?))
}
