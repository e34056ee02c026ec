//! What can be asked of a change set.

use uuid::Uuid;

use super::{BroughtFile, ChangeSetSource, ColumnMapping, DeltaOutcome, ReceivedDelta, Replacement, TakenBackDelta};
use crate::Sha256Digest;
use crate::shared::ids::{DeltaId, JobId, ResourceId};

/// Take a delta file that a device pushed.
#[derive(Debug, Clone)]
pub struct ReceiveChangeSet {
    /// The resource it changes.
    pub resource: ResourceId,
    /// The delta file's own id.
    pub delta_file: Uuid,
    /// The file as it was pushed.
    pub digest: Sha256Digest,
    /// Its bytes.
    pub size: u64,
    /// Where it comes from.
    pub source: ChangeSetSource,
    /// Its edits, without those that another change set of the resource has already.
    pub deltas: Vec<ReceivedDelta>,
}

/// Say what came of edits.
#[derive(Debug, Clone)]
pub struct SettleDeltas {
    /// The job that tried to apply them.
    pub job: JobId,
    /// What came of each. Edits that no longer wait are passed over.
    pub outcomes: Vec<DeltaOutcome>,
}

/// Let edits that are not in the data be tried again.
#[derive(Debug, Clone)]
pub struct ReopenDeltas {
    /// Which edits.
    pub deltas: Vec<DeltaId>,
    /// Whether they win over what others changed meanwhile.
    pub overwrites_conflicts: bool,
    /// Where values belong that found no column.
    pub columns: Vec<ColumnMapping>,
}

/// Have edits undone that are in the data.
#[derive(Debug, Clone)]
pub struct UndoDeltas {
    /// Which edits; all, where none are named. Those that are not in the data, or undone already, are passed over.
    pub deltas: Option<Vec<DeltaId>>,
    /// The delta file of the change set that will undo them.
    pub by: Uuid,
}

/// Decide what becomes of edits that are in conflict.
#[derive(Debug, Clone)]
pub struct ResolveConflicts {
    /// What becomes of each.
    pub resolutions: Vec<Resolution>,
    /// The delta file of the change set that will store what takes the place of edits.
    pub by: Uuid,
}

/// What becomes of an edit that is in conflict.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolution {
    /// What the device wants is stored.
    UseMine(DeltaId),
    /// What the project has stays.
    UseTheirs(DeltaId),
    /// Something else is stored.
    Edit(Replacement),
}

impl Resolution {
    /// Of which edit.
    pub fn delta(&self) -> DeltaId {
        match self {
            Self::UseMine(delta) | Self::UseTheirs(delta) => *delta,
            Self::Edit(replacement) => replacement.id,
        }
    }
}

/// Say that edits are no longer in the data.
#[derive(Debug, Clone)]
pub struct TakeBackDeltas {
    /// The job that looked for them.
    pub job: JobId,
    /// What somebody brought without them.
    pub brought: BroughtFile,
    /// Which edits. Those that are not in the data as far as is known are passed over.
    pub deltas: Vec<TakenBackDelta>,
}

/// Any command to a change set.
#[derive(Debug, Clone)]
pub enum ChangeSetCommand {
    /// See [`ReceiveChangeSet`].
    Receive(ReceiveChangeSet),
    /// See [`SettleDeltas`].
    Settle(SettleDeltas),
    /// See [`ReopenDeltas`].
    Reopen(ReopenDeltas),
    /// Decide that edits are not to be applied.
    Ignore(Vec<DeltaId>),
    /// See [`UndoDeltas`].
    Undo(UndoDeltas),
    /// See [`ResolveConflicts`].
    Resolve(ResolveConflicts),
    /// See [`TakeBackDeltas`].
    TakeBack(TakeBackDeltas),
    /// Say that edits which were taken back are in the data again.
    FindAgain {
        /// The job that looked for them.
        job: JobId,
        /// Which edits. Those that were not taken back are passed over.
        deltas: Vec<DeltaId>,
    },
}
