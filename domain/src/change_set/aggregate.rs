//! The rules of a change set.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use super::{ChangeSetEvent, ReceivedDelta};
use crate::Sha256Digest;
use crate::aggregate::aggregate;
use crate::shared::ids::{DeltaId, ResourceId};

/// The most edits in one event.
pub const MAX_DELTAS: usize = 500;
/// About the most bytes of the edits in one event: every log takes that.
const MAX_BYTES: usize = 256 * 1024;

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

/// Any command to a change set.
#[derive(Debug, Clone)]
pub enum ChangeSetCommand {
    /// See [`ReceiveChangeSet`].
    Receive(ReceiveChangeSet),
}

/// Why a change set refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChangeSetRefusal {
    /// The id belongs to another resource's change set.
    #[error("the delta file belongs to another project")]
    OfAnotherResource,
}

/// What decisions about a change set need to know.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ChangeSet {
    resource: Option<ResourceId>,
    deltas: BTreeSet<DeltaId>,
}

impl ChangeSet {
    pub(super) fn decide(&self, command: ChangeSetCommand) -> Result<Vec<ChangeSetEvent>, ChangeSetRefusal> {
        let ChangeSetCommand::Receive(c) = command;
        if self.resource.is_some_and(|resource| resource != c.resource) {
            return Err(ChangeSetRefusal::OfAnotherResource);
        }
        let mut seen = self.deltas.clone();
        let deltas: Vec<ReceivedDelta> = c.deltas.into_iter().filter(|delta| seen.insert(delta.id)).collect();
        if deltas.is_empty() && self.resource.is_some() {
            return Ok(vec![]);
        }
        let (resource, delta_file) = (c.resource, c.delta_file);
        let mut events =
            vec![ChangeSetEvent::ChangeSetReceived { resource, delta_file, digest: c.digest, size: c.size }];
        let parts = in_parts(deltas).into_iter();
        events.extend(parts.map(|deltas| ChangeSetEvent::DeltasReceived { resource, delta_file, deltas }));
        Ok(events)
    }

    fn evolve(&mut self, event: ChangeSetEvent) {
        match event {
            ChangeSetEvent::ChangeSetReceived { resource, .. } => self.resource = Some(resource),
            ChangeSetEvent::DeltasReceived { deltas, .. } => self.deltas.extend(deltas.iter().map(|delta| delta.id)),
        }
    }
}

/// Edits in portions that fit into one event each; an edit that is large by itself has one of its own.
fn in_parts(deltas: Vec<ReceivedDelta>) -> Vec<Vec<ReceivedDelta>> {
    let mut parts: Vec<Vec<ReceivedDelta>> = Vec::new();
    let mut bytes = 0;
    for delta in deltas {
        let size = delta.content.to_string().len();
        match parts.last_mut() {
            Some(part) if part.len() < MAX_DELTAS && bytes + size <= MAX_BYTES => {
                bytes += size;
                part.push(delta);
            }
            Some(_) | None => {
                bytes = size;
                parts.push(vec![delta]);
            }
        }
    }
    parts
}

aggregate!(ChangeSet, "change_set", ChangeSetCommand, ChangeSetEvent, ChangeSetRefusal);
