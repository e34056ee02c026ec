//! The rules of a change set.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use strum::AsRefStr;
use uuid::Uuid;

use super::parts::in_parts;
use super::{
    ChangeSetCommand, ChangeSetEvent, ChangeSetRefusal, DeltaOutcome, ReceiveChangeSet, ReceivedDelta, ReopenDeltas,
    SettleDeltas,
};
use crate::aggregate::aggregate;
use crate::shared::ids::{DeltaId, JobId, ResourceId};

/// How an edit is, as far as decisions need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, AsRefStr)]
#[strum(serialize_all = "snake_case")]
pub enum DeltaState {
    /// It waits to be applied.
    Open,
    /// It is in the data: for ever.
    Applied,
    /// It was tried and is not in the data.
    NotApplied,
    /// Somebody decided that it is not to be applied.
    Ignored,
    /// Who pushed it may not do that.
    Unpermitted,
}

/// What decisions about a change set need to know.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ChangeSet {
    resource: Option<ResourceId>,
    delta_file: Uuid,
    deltas: BTreeMap<DeltaId, KnownDelta>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct KnownDelta {
    state: DeltaState,
    /// The job that said so.
    job: Option<JobId>,
}

type Decision = Result<Vec<ChangeSetEvent>, ChangeSetRefusal>;

impl ChangeSet {
    /// How an edit is; none when it is not in this change set.
    pub fn delta(&self, id: DeltaId) -> Option<DeltaState> {
        self.deltas.get(&id).map(|known| known.state)
    }

    /// Whether an edit waits for what `job` has to say, or has heard it already.
    pub fn awaits(&self, id: DeltaId, job: JobId) -> bool {
        self.deltas.get(&id).is_some_and(|known| known.state == DeltaState::Open || known.job == Some(job))
    }

    pub(super) fn decide(&self, command: ChangeSetCommand) -> Decision {
        match command {
            ChangeSetCommand::Receive(c) => self.receive(c),
            ChangeSetCommand::Settle(c) => Ok(self.settle(c)),
            ChangeSetCommand::Reopen(c) => self.reopen(c),
            ChangeSetCommand::Ignore(deltas) => self.ignore(deltas),
        }
    }

    fn receive(&self, c: ReceiveChangeSet) -> Decision {
        if self.resource.is_some_and(|resource| resource != c.resource) {
            return Err(ChangeSetRefusal::OfAnotherResource);
        }
        let mut seen: BTreeSet<DeltaId> = self.deltas.keys().copied().collect();
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

    /// An edit that no longer waits keeps what came of it first: so nothing is applied twice.
    fn settle(&self, c: SettleDeltas) -> Vec<ChangeSetEvent> {
        let Some(resource) = self.resource else { return vec![] };
        let is_open = |outcome: &DeltaOutcome| self.delta(outcome.id) == Some(DeltaState::Open);
        let (delta_file, job) = (self.delta_file, c.job);
        let parts = in_parts(c.outcomes.into_iter().filter(is_open).collect()).into_iter();
        parts.map(|outcomes| ChangeSetEvent::DeltasSettled { resource, delta_file, job, outcomes }).collect()
    }

    fn reopen(&self, c: ReopenDeltas) -> Decision {
        let (resource, delta_file, overwrites_conflicts) = (self.resource, self.delta_file, c.overwrites_conflicts);
        let deltas = self.changing(c.deltas, |state| match state {
            DeltaState::Open => Some(false),
            DeltaState::NotApplied | DeltaState::Ignored => Some(true),
            DeltaState::Applied | DeltaState::Unpermitted => None,
        })?;
        Ok(match resource.filter(|_| !deltas.is_empty()) {
            None => vec![],
            Some(resource) => {
                vec![ChangeSetEvent::DeltasReopened { resource, delta_file, deltas, overwrites_conflicts }]
            }
        })
    }

    fn ignore(&self, deltas: Vec<DeltaId>) -> Decision {
        let (resource, delta_file) = (self.resource, self.delta_file);
        let deltas = self.changing(deltas, |state| match state {
            DeltaState::Ignored => Some(false),
            DeltaState::Open | DeltaState::NotApplied => Some(true),
            DeltaState::Applied | DeltaState::Unpermitted => None,
        })?;
        Ok(match resource.filter(|_| !deltas.is_empty()) {
            None => vec![],
            Some(resource) => vec![ChangeSetEvent::DeltasIgnored { resource, delta_file, deltas }],
        })
    }

    /// Those of these edits that change; `may` says whether one of a state does, and is none when it must not.
    fn changing(
        &self,
        deltas: Vec<DeltaId>,
        may: impl Fn(DeltaState) -> Option<bool>,
    ) -> Result<Vec<DeltaId>, ChangeSetRefusal> {
        let mut changing = Vec::new();
        for delta in deltas {
            let state = self.delta(delta).ok_or(ChangeSetRefusal::NoSuchDelta(delta))?;
            if may(state).ok_or(ChangeSetRefusal::NotOpen { delta, state })? {
                changing.push(delta);
            }
        }
        Ok(changing)
    }

    fn evolve(&mut self, event: ChangeSetEvent) {
        match event {
            ChangeSetEvent::ChangeSetReceived { resource, delta_file, .. } => {
                self.resource = Some(resource);
                self.delta_file = delta_file;
            }
            ChangeSetEvent::DeltasReceived { deltas, .. } => {
                for delta in deltas {
                    let state = if delta.is_permitted { DeltaState::Open } else { DeltaState::Unpermitted };
                    self.note(delta.id, state, None);
                }
            }
            ChangeSetEvent::DeltasSettled { outcomes, job, .. } => {
                for outcome in outcomes {
                    let is_applied = outcome.verdict.is_applied();
                    let state = if is_applied { DeltaState::Applied } else { DeltaState::NotApplied };
                    self.note(outcome.id, state, Some(job));
                }
            }
            ChangeSetEvent::DeltasReopened { deltas, .. } => {
                deltas.into_iter().for_each(|delta| self.note(delta, DeltaState::Open, None));
            }
            ChangeSetEvent::DeltasIgnored { deltas, .. } => {
                deltas.into_iter().for_each(|delta| self.note(delta, DeltaState::Ignored, None));
            }
        }
    }

    fn note(&mut self, delta: DeltaId, state: DeltaState, job: Option<JobId>) {
        self.deltas.insert(delta, KnownDelta { state, job });
    }
}

aggregate!(ChangeSet, "change_set", ChangeSetCommand, ChangeSetEvent, ChangeSetRefusal);
