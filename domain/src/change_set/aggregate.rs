//! The rules of a change set.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use strum::AsRefStr;
use uuid::Uuid;

use super::parts::in_parts;
use super::{
    ChangeSetCommand, ChangeSetEvent, ChangeSetRefusal, ColumnMapping, DeltaOutcome, DeltaVerdict, ReceiveChangeSet,
    ReopenDeltas, Resolution, ResolveConflicts, SettleDeltas, TakeBackDeltas, UndoDeltas,
};
use crate::aggregate::aggregate;
use crate::shared::ids::{DeltaId, JobId, ResourceId};

/// How an edit is, as far as decisions need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, AsRefStr)]
#[strum(serialize_all = "snake_case")]
pub enum DeltaState {
    /// It waits to be applied.
    Open,
    /// It is in the data.
    Applied,
    /// It was in the data until somebody brought a state of a file without it.
    TakenBack,
    /// It was tried and is not in the data.
    NotApplied,
    /// It was tried and is not in the data, because somebody else was faster.
    Conflict,
    /// Somebody decided that it is not to be applied.
    Ignored,
    /// Somebody decided what is stored in its place.
    Replaced,
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
    /// The delta file that undoes it.
    undone_by: Option<Uuid>,
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

    /// Those of these edits, or of all, that are in the data and not undone.
    pub fn undoable(&self, wanted: Option<&[DeltaId]>) -> Result<Vec<DeltaId>, ChangeSetRefusal> {
        let wanted: Option<BTreeSet<DeltaId>> = wanted.map(|wanted| wanted.iter().copied().collect());
        let unknown = wanted.iter().flatten().find(|delta| !self.deltas.contains_key(delta));
        if let Some(unknown) = unknown {
            return Err(ChangeSetRefusal::NoSuchDelta(*unknown));
        }
        let is_wanted = |delta: &DeltaId| wanted.as_ref().is_none_or(|wanted| wanted.contains(delta));
        let (mut undoable, mut undone_by) = (Vec::new(), None);
        for (delta, known) in self.deltas.iter().filter(|(delta, _)| is_wanted(delta)) {
            match (known.state, known.undone_by) {
                (DeltaState::Applied, None) => undoable.push(*delta),
                (_, by) => undone_by = undone_by.or(by),
            }
        }
        match (undoable.is_empty(), undone_by) {
            (false, _) => Ok(undoable),
            (true, Some(by)) => Err(ChangeSetRefusal::AlreadyUndone { by }),
            (true, None) => Err(ChangeSetRefusal::NothingToUndo),
        }
    }

    /// Whether these edits are in conflict.
    pub fn check_conflicts(&self, resolutions: &[Resolution]) -> Result<(), ChangeSetRefusal> {
        resolutions.iter().map(Resolution::delta).try_for_each(|delta| {
            match self.delta(delta).ok_or(ChangeSetRefusal::NoSuchDelta(delta))? {
                DeltaState::Conflict => Ok(()),
                state => Err(ChangeSetRefusal::NotInConflict { delta, state }),
            }
        })
    }

    pub(super) fn decide(&self, command: ChangeSetCommand) -> Decision {
        match command {
            ChangeSetCommand::Receive(c) => self.receive(c),
            ChangeSetCommand::Settle(c) => Ok(self.settle(c)),
            ChangeSetCommand::Reopen(c) => self.reopen(c),
            ChangeSetCommand::Ignore(deltas) => self.ignore(deltas),
            ChangeSetCommand::Undo(c) => self.undo(c),
            ChangeSetCommand::Resolve(c) => self.resolve(c),
            ChangeSetCommand::TakeBack(c) => Ok(self.take_back(c)),
            ChangeSetCommand::FindAgain { job, deltas } => Ok(self.find_again(job, deltas)),
        }
    }

    fn receive(&self, c: ReceiveChangeSet) -> Decision {
        if self.resource.is_some_and(|resource| resource != c.resource) {
            return Err(ChangeSetRefusal::OfAnotherResource);
        }
        let mut seen: BTreeSet<DeltaId> = self.deltas.keys().copied().collect();
        let mut deltas = c.deltas;
        deltas.retain(|delta| seen.insert(delta.id));
        if deltas.is_empty() && self.resource.is_some() {
            return Ok(vec![]);
        }
        let ReceiveChangeSet { resource, delta_file, digest, size, source, .. } = c;
        let mut events = vec![ChangeSetEvent::ChangeSetReceived { resource, delta_file, digest, size, source }];
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
        let ReopenDeltas { deltas, overwrites_conflicts, columns } = c;
        let (resource, delta_file) = (self.resource, self.delta_file);
        ColumnMapping::check(&columns)?;
        let deltas = self.changing(deltas, |state| match state {
            DeltaState::Open => Some(!columns.is_empty()),
            DeltaState::NotApplied
            | DeltaState::Conflict
            | DeltaState::TakenBack
            | DeltaState::Ignored
            | DeltaState::Replaced => Some(true),
            DeltaState::Applied | DeltaState::Unpermitted => None,
        })?;
        Ok(match resource.filter(|_| !deltas.is_empty()) {
            None => vec![],
            Some(resource) => {
                vec![ChangeSetEvent::DeltasReopened { resource, delta_file, deltas, overwrites_conflicts, columns }]
            }
        })
    }

    fn ignore(&self, deltas: Vec<DeltaId>) -> Decision {
        let (resource, delta_file) = (self.resource, self.delta_file);
        let deltas = self.changing(deltas, |state| match state {
            DeltaState::Ignored => Some(false),
            DeltaState::Open | DeltaState::NotApplied | DeltaState::Conflict | DeltaState::TakenBack => Some(true),
            DeltaState::Applied | DeltaState::Replaced | DeltaState::Unpermitted => None,
        })?;
        Ok(match resource.filter(|_| !deltas.is_empty()) {
            None => vec![],
            Some(resource) => vec![ChangeSetEvent::DeltasIgnored { resource, delta_file, deltas }],
        })
    }

    fn undo(&self, c: UndoDeltas) -> Decision {
        let resource = self.resource.ok_or(ChangeSetRefusal::NothingToUndo)?;
        let (delta_file, by) = (self.delta_file, c.by);
        let parts = in_parts(self.undoable(c.deltas.as_deref())?).into_iter();
        Ok(parts.map(|deltas| ChangeSetEvent::DeltasUndone { resource, delta_file, by, deltas }).collect())
    }

    fn resolve(&self, c: ResolveConflicts) -> Decision {
        let (mut mine, mut theirs, mut edited) = (vec![], vec![], vec![]);
        self.check_conflicts(&c.resolutions)?;
        for resolution in c.resolutions {
            match resolution {
                Resolution::UseMine(delta) => mine.push(delta),
                Resolution::UseTheirs(delta) => theirs.push(delta),
                Resolution::Edit(replacement) => edited.push(replacement),
            }
        }
        let Some(resource) = self.resource else { return Ok(vec![]) };
        let (delta_file, by) = (self.delta_file, c.by);
        let mut events = Vec::new();
        if !mine.is_empty() {
            let (deltas, overwrites_conflicts, columns) = (mine, true, vec![]);
            events.push(ChangeSetEvent::DeltasReopened { resource, delta_file, deltas, overwrites_conflicts, columns });
        }
        if !theirs.is_empty() {
            events.push(ChangeSetEvent::DeltasIgnored { resource, delta_file, deltas: theirs });
        }
        let replaced = |replacements| ChangeSetEvent::DeltasReplaced { resource, delta_file, by, replacements };
        events.extend(in_parts(edited).into_iter().map(replaced));
        Ok(events)
    }

    /// Only what is in the data can be taken back: whatever else became of an edit meanwhile stays.
    fn take_back(&self, c: TakeBackDeltas) -> Vec<ChangeSetEvent> {
        let Some(resource) = self.resource else { return vec![] };
        let (delta_file, job, mut deltas) = (self.delta_file, c.job, c.deltas);
        deltas.retain(|delta| self.delta(delta.id) == Some(DeltaState::Applied));
        let taken = |deltas| {
            let brought = c.brought.clone();
            ChangeSetEvent::DeltasTakenBack { resource, delta_file, job, brought, deltas }
        };
        in_parts(deltas).into_iter().map(taken).collect()
    }

    fn find_again(&self, job: JobId, mut deltas: Vec<DeltaId>) -> Vec<ChangeSetEvent> {
        let Some(resource) = self.resource else { return vec![] };
        let delta_file = self.delta_file;
        deltas.retain(|delta| self.delta(*delta) == Some(DeltaState::TakenBack));
        let found = |deltas| ChangeSetEvent::DeltasFoundAgain { resource, delta_file, job, deltas };
        in_parts(deltas).into_iter().map(found).collect()
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
                    let state = match outcome.verdict {
                        DeltaVerdict::Applied => DeltaState::Applied,
                        DeltaVerdict::Conflict => DeltaState::Conflict,
                        DeltaVerdict::NotApplied | DeltaVerdict::Error => DeltaState::NotApplied,
                    };
                    self.note(outcome.id, state, Some(job));
                }
            }
            ChangeSetEvent::DeltasReopened { deltas, .. } => {
                deltas.into_iter().for_each(|delta| self.note(delta, DeltaState::Open, None));
            }
            ChangeSetEvent::DeltasIgnored { deltas, .. } => {
                deltas.into_iter().for_each(|delta| self.note(delta, DeltaState::Ignored, None));
            }
            ChangeSetEvent::DeltasReplaced { replacements, .. } => {
                replacements.into_iter().for_each(|replacement| self.note(replacement.id, DeltaState::Replaced, None));
            }
            ChangeSetEvent::DeltasUndone { deltas, by, .. } => {
                for delta in deltas {
                    self.deltas.entry(delta).and_modify(|known| known.undone_by = Some(by));
                }
            }
            ChangeSetEvent::DeltasTakenBack { deltas, .. } => {
                deltas.into_iter().for_each(|delta| self.turn(delta.id, DeltaState::TakenBack));
            }
            ChangeSetEvent::DeltasFoundAgain { deltas, .. } => {
                deltas.into_iter().for_each(|delta| self.turn(delta, DeltaState::Applied));
            }
        }
    }

    /// What else is known of the edit stays: the job that applied it, and what undoes it.
    fn turn(&mut self, delta: DeltaId, state: DeltaState) {
        self.deltas.entry(delta).and_modify(|known| known.state = state);
    }

    fn note(&mut self, delta: DeltaId, state: DeltaState, job: Option<JobId>) {
        self.deltas.insert(delta, KnownDelta { state, job, undone_by: None });
    }
}

aggregate!(ChangeSet, "change_set", ChangeSetCommand, ChangeSetEvent, ChangeSetRefusal);
