//! What belonged together when: the history of the files of one set.
//!
//! Programs upload the files of a set one by one, in any order, and leave out what did not change. So what came together is
//! told by how it came: one upload after the other, each file once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::Sha256Digest;
use crate::shared::ids::{AccountId, CommandId, FileId, JobId, VersionId};

/// Uploads of a set that follow each other no later than this may have come together.
pub const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(15);

/// Who or what changed a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Somebody's program uploaded or deleted it.
    Person(Option<AccountId>),
    /// A job made it.
    Job(JobId),
    /// A command that brought the set to an earlier state.
    Restoring(CommandId),
    /// What another change of the set entailed.
    Following,
}

/// What a path holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The version.
    pub version: VersionId,
    /// Its bytes.
    pub digest: Sha256Digest,
}

/// A change of what one file of a set holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which file.
    pub file: FileId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who or what.
    pub by: By,
    /// What it holds from then on.
    pub held: Option<Held>,
}

/// The changes of a set, in the order of the log, each with its sitting: what came together has the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sittings {
    steps: Vec<(Step, usize)>,
}

/// The sitting that is going on.
struct Current {
    number: usize,
    by: By,
    last: DateTime<Utc>,
    files: BTreeSet<FileId>,
}

impl Sittings {
    /// Of these changes, in the order of the log. The same bytes again are no change.
    pub fn of(steps: impl IntoIterator<Item = Step>) -> Self {
        let mut known: BTreeMap<FileId, Option<Sha256Digest>> = BTreeMap::new();
        let (mut current, mut orders): (Option<Current>, BTreeSet<(FileId, FileId)>) = (None, BTreeSet::new());
        let mut numbered: Vec<(Step, usize)> = vec![];
        for step in steps {
            let digest = step.held.map(|held| held.digest);
            let before = known.insert(step.file, digest).flatten();
            let is_again = before == digest && matches!(step.by, By::Person(_));
            if is_again {
                // The sitting stays that of the first time.
                let first = numbered.iter().rev().find(|(known, _)| known.file == step.file).map(|(_, number)| *number);
                numbered.push((step, first.unwrap_or_default()));
                continue;
            }
            let sitting = match current.take() {
                Some(sitting) if sitting.goes_on_with(&step, &orders) => sitting.and(&step),
                before => Current::begun_by(&step, before.map_or(0, |before| before.number + 1)),
            };
            if matches!(step.by, By::Person(_)) {
                orders.extend(sitting.files.iter().filter(|file| **file != step.file).map(|file| (*file, step.file)));
            }
            numbered.push((step, sitting.number));
            current = Some(sitting);
        }
        Self { steps: numbered }
    }

    /// What a file holds now, and the step with which it came.
    fn now(&self, file: FileId) -> Option<(&Step, usize)> {
        let (step, number) = self.steps.iter().rev().find(|(step, _)| step.file == file)?;
        step.held.map(|_| (step, *number))
    }

    /// Whether a file changed in a later sitting than one that was made for it.
    pub fn is_left_over(&self, member: FileId, base: FileId) -> bool {
        matches!((self.now(member), self.now(base)), (Some((_, came)), Some((_, base_came))) if came < base_came)
    }

    /// Whether a file came by itself to one that no person brought: it was made for what its maker had before.
    pub fn came_by_itself(&self, member: FileId, base: FileId) -> bool {
        let (Some((_, came)), Some((base, base_came))) = (self.now(member), self.now(base)) else { return false };
        came > base_came && !matches!(base.by, By::Person(_))
    }

    /// The last sitting in which a file held this version; none when it never did.
    pub fn last_with(&self, file: FileId, version: VersionId) -> Option<usize> {
        let is_it = |step: &Step| step.file == file && step.held.is_some_and(|held| held.version == version);
        let at = self.steps.iter().rposition(|(step, _)| is_it(step))?;
        let (_, began) = self.steps[at];
        let digest = self.steps[at].0.held.map(|held| held.digest);
        let is_other = |step: &Step| step.file == file && step.held.map(|held| held.digest) != digest;
        let next = self.steps[at..].iter().find(|(step, _)| is_other(step)).map(|(_, number)| *number);
        let last = self.steps.iter().map(|(_, number)| *number).max().unwrap_or_default();
        Some(next.map_or(last, |next| next.saturating_sub(1).max(began)))
    }

    /// What the files held at the end of a sitting; those that are left out did not hold anything.
    pub fn at_the_end_of(&self, sitting: usize) -> BTreeMap<FileId, Held> {
        let mut held = BTreeMap::new();
        for (step, _) in self.steps.iter().filter(|(_, number)| *number <= sitting) {
            match step.held {
                Some(now) => held.insert(step.file, now),
                None => held.remove(&step.file),
            };
        }
        held
    }

    /// What came for a file in the sitting of what another one holds now, and was put aside again before that came.
    pub fn came_too_early(&self, member: FileId, base: FileId) -> Option<Held> {
        let (_, base_came) = self.now(base)?;
        let mut steps = self.steps.iter().rev().filter(|(step, _)| step.file == member);
        let (last, _) = steps.next()?;
        if last.held.is_some() || last.by != By::Following {
            return None;
        }
        steps.next().filter(|(_, number)| *number == base_came).and_then(|(step, _)| step.held)
    }
}

impl Current {
    fn begun_by(step: &Step, number: usize) -> Self {
        Self { number, by: step.by, last: step.at, files: BTreeSet::from([step.file]) }
    }

    /// `orders`: which file came before which in one sitting. Programs keep to their order.
    fn goes_on_with(&self, step: &Step, orders: &BTreeSet<(FileId, FileId)>) -> bool {
        match step.by {
            By::Following => true,
            By::Person(_) => {
                let is_its_turn =
                    !self.files.iter().any(|file| *file == step.file || orders.contains(&(step.file, *file)));
                self.by == step.by && step.at - self.last <= LONGEST_PAUSE && is_its_turn
            }
            By::Job(_) | By::Restoring(_) => self.by == step.by,
        }
    }

    fn and(mut self, step: &Step) -> Self {
        if step.by != By::Following {
            self.files.insert(step.file);
            self.last = step.at;
        }
        self
    }
}
