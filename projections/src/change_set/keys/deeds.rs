//! Which feature had a key, one after another.

use std::cmp::Ordering;

use fieldlog_domain::DeltaId;
use uuid::Uuid;

use super::rows::{DeletedFeature, EditOfFeature, Loss};

/// The place of an edit among all that were applied to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    /// Position of the event that told so.
    pub(super) applied: i64,
    /// The job, whose events do not come in the order of its edits.
    pub(super) job: Uuid,
    /// The edit's key: a job applies edits in the order in which they came.
    pub(super) key: i64,
}

impl Ord for Step {
    fn cmp(&self, other: &Self) -> Ordering {
        match self.job == other.job {
            true => self.key.cmp(&other.key),
            false => (self.applied, self.key).cmp(&(other.applied, other.key)),
        }
    }
}

impl PartialOrd for Step {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// An applied edit that made a feature with a key, or deleted one.
#[derive(Debug, Clone)]
pub(super) struct Deed {
    pub(super) step: Step,
    pub(super) is_delete: bool,
    /// The edit that it undoes.
    pub(super) undoes: Option<DeltaId>,
    pub(super) edit: EditOfFeature,
}

/// What a device knows of what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Knowledge {
    /// Nobody can tell.
    Untold,
    /// All up to its own last edit of the feature, which was a deletion or not, and up to when its package was made.
    UpTo { last: Option<(Step, bool)>, packaged: Option<i64> },
}

impl Knowledge {
    fn covers(self, deed: &Deed) -> bool {
        let Self::UpTo { last, packaged } = self else { return false };
        let by_itself = last.is_some_and(|(last, was_delete)| deed.step < last || (deed.step == last && !was_delete));
        by_itself || packaged.is_some_and(|packaged| deed.step.applied < packaged)
    }
}

/// What became of a feature, as edits of its key tell it.
#[derive(Debug, Default)]
pub(super) struct Fate<'d> {
    deletion: Option<&'d Deed>,
    /// What made another feature with its key.
    successor: Option<&'d Deed>,
}

impl<'d> Fate<'d> {
    /// Of the feature that somebody with this knowledge means by a key, by all that was done with the key, in order.
    pub(super) fn of(deeds: &'d [Deed], knowledge: Knowledge) -> Self {
        match knowledge {
            Knowledge::Untold => Self::of_any(deeds),
            Knowledge::UpTo { .. } => Self::after(deeds.iter().filter(|deed| !knowledge.covers(deed))),
        }
    }

    fn after(deeds: impl Iterator<Item = &'d Deed>) -> Self {
        let mut fate = Self::default();
        for deed in deeds {
            match (deed.is_delete, fate.deletion) {
                (true, None) if fate.successor.is_none() => fate.deletion = Some(deed),
                (false, Some(deletion)) if deed.undoes == Some(deletion.edit.delta) => fate = Self::default(),
                (false, _) => fate.successor = fate.successor.or(Some(deed)),
                (true, _) => {}
            }
        }
        fate
    }

    /// Of the feature that was deleted last: it may be the one that is meant.
    fn of_any(deeds: &'d [Deed]) -> Self {
        let is_undone = |deletion: &Deed| deeds.iter().any(|deed| deed.undoes == Some(deletion.edit.delta));
        let Some(place) = deeds.iter().rposition(|deed| deed.is_delete && !is_undone(deed)) else {
            return Self::default();
        };
        Self { deletion: Some(&deeds[place]), successor: deeds[place + 1..].iter().find(|deed| !deed.is_delete) }
    }

    /// Why it no longer has its key.
    pub(super) fn loss(&self) -> Option<Loss> {
        match (self.deletion, self.successor) {
            (Some(deletion), _) => Some(Loss::Deleted(deletion.edit.clone())),
            (None, Some(successor)) => Some(Loss::GivenAway(successor.edit.clone())),
            (None, None) => None,
        }
    }

    /// The edit that deleted it.
    pub(super) fn deleted(&self, knowledge: Knowledge) -> Option<DeletedFeature> {
        let is_certain = self.successor.is_none() || knowledge != Knowledge::Untold;
        self.deletion.map(|deletion| DeletedFeature { edit: deletion.edit.clone(), is_certain })
    }
}
