//! What can be asked of a change set.

use uuid::Uuid;

use super::{DeltaOutcome, ReceivedDelta};
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
}
