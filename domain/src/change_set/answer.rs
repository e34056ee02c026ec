//! What the log tells of the edits of a change set, and the change set that follows from a decision about them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use uuid::Uuid;

use super::inverse::inverse;
use super::replacement::replacing;
use super::{ChangeSetEvent, ChangeSetRefusal, ChangeSetSource, DeltaOrigin, DeltaOutcome, ReceivedDelta, Replacement};
use crate::shared::ids::{DeltaId, ResourceId};

/// What the log tells of the edits of a change set, their contents and all that came of them. Decisions do not need that much.
#[derive(Debug, Default)]
pub struct ChangeSetRecord {
    delta_file: Uuid,
    deltas: BTreeMap<DeltaId, Told>,
    /// In the order in which they got into the data.
    applied: Vec<DeltaId>,
    /// By the delta file that undoes them.
    undone: BTreeMap<Uuid, Vec<DeltaId>>,
    /// By the delta file that stores them.
    replaced: BTreeMap<Uuid, Vec<Replacement>>,
}

/// An edit, and what came of it at last.
#[derive(Debug)]
struct Told {
    received: ReceivedDelta,
    outcome: Option<DeltaOutcome>,
}

/// The change set that follows from a decision about edits of another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Its delta file.
    pub delta_file: Uuid,
    /// The decision.
    pub source: ChangeSetSource,
    /// Its edits in order: what each is there for, and what a device would have written.
    pub deltas: Vec<(DeltaOrigin, Value)>,
}

impl ChangeSetRecord {
    /// Listens to the next event of the change set.
    pub fn tell(&mut self, event: ChangeSetEvent) {
        match event {
            ChangeSetEvent::ChangeSetReceived { delta_file, .. } => self.delta_file = delta_file,
            ChangeSetEvent::DeltasReceived { deltas, .. } => {
                for received in deltas {
                    self.deltas.entry(received.id).or_insert(Told { received, outcome: None });
                }
            }
            ChangeSetEvent::DeltasSettled { outcomes, .. } => {
                for outcome in outcomes {
                    if outcome.verdict.is_applied() {
                        self.apply(outcome.id);
                    }
                    if let Some(told) = self.deltas.get_mut(&outcome.id) {
                        told.outcome = Some(outcome);
                    }
                }
            }
            ChangeSetEvent::DeltasUndone { by, deltas, .. } => self.undone.entry(by).or_default().extend(deltas),
            ChangeSetEvent::DeltasReplaced { by, replacements, .. } => {
                self.replaced.entry(by).or_default().extend(replacements);
            }
            ChangeSetEvent::DeltasReopened { .. }
            | ChangeSetEvent::DeltasIgnored { .. }
            | ChangeSetEvent::DeltasTakenBack { .. }
            | ChangeSetEvent::DeltasFoundAgain { .. } => {}
        }
    }

    fn apply(&mut self, delta: DeltaId) {
        let was_applied = |told: &Told| told.outcome.as_ref().is_some_and(|outcome| outcome.verdict.is_applied());
        // It was taken back since, and counts from now on.
        if self.deltas.get(&delta).is_some_and(was_applied) {
            self.applied.retain(|known| *known != delta);
        }
        self.applied.push(delta);
    }

    /// The change set that follows from the decision whose answer is the delta file `by`; none when there is no such decision.
    pub fn answer(&self, by: Uuid) -> Result<Option<Answer>, ChangeSetRefusal> {
        Ok(match (self.undone.get(&by), self.replaced.get(&by)) {
            (Some(deltas), _) => Some(self.undoing(deltas, by)?),
            (None, Some(replacements)) => Some(self.replacing(replacements, by)?),
            (None, None) => None,
        })
    }

    /// The change set that undoes these edits, as far as they are in the data: the last one first.
    pub fn undoing(&self, deltas: &[DeltaId], by: Uuid) -> Result<Answer, ChangeSetRefusal> {
        let wanted: BTreeSet<&DeltaId> = deltas.iter().collect();
        let mut undoing = Vec::new();
        for delta in self.applied.iter().rev().filter(|delta| wanted.contains(delta)) {
            let Some(Told { received, outcome: Some(outcome) }) = self.deltas.get(delta) else { continue };
            let content = inverse(received, outcome, DeltaId::answering(by, *delta), by)?;
            undoing.push((DeltaOrigin::Undoes { delta: *delta }, content));
        }
        Ok(Answer { delta_file: by, source: ChangeSetSource::Undo { delta_file: self.delta_file }, deltas: undoing })
    }

    /// The change set that stores this in place of edits.
    pub fn replacing(&self, replacements: &[Replacement], by: Uuid) -> Result<Answer, ChangeSetRefusal> {
        let mut deltas = Vec::new();
        for decided in replacements {
            let told = self.deltas.get(&decided.id).ok_or(ChangeSetRefusal::NoSuchDelta(decided.id))?;
            let id = DeltaId::answering(by, decided.id);
            let content = replacing(&told.received, told.outcome.as_ref(), decided, id)?;
            deltas.push((DeltaOrigin::Replaces { delta: decided.id }, content));
        }
        Ok(Answer { delta_file: by, source: ChangeSetSource::Replacement { delta_file: self.delta_file }, deltas })
    }
}

impl Answer {
    /// The delta file that a device would have pushed.
    pub fn to_json(&self, project: ResourceId) -> Value {
        let deltas: Vec<&Value> = self.deltas.iter().map(|(_, content)| content).collect();
        json!({ "version": "1.0", "id": self.delta_file, "project": project, "files": [], "deltas": deltas })
    }
}
