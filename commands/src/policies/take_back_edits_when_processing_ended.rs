//! When a job that looked at a project ended, edits that are no longer in its data say so, and by whose file; edits that are there
//! again say that.
//!
//! The container compares contents; here it is decided what its answer is worth. A file is to blame only when somebody brought it after
//! the job began that applied the edit, and not after the one that looked: what came later is looked at by another job.

use std::collections::{BTreeMap, HashMap};

use fieldlog_domain::change_set::{BroughtFile, ChangeSet, ChangeSetCommand, TakeBackDeltas, TakenBackDelta};
use fieldlog_domain::job::{EDITS_LOOKED_FOR, JobEvent};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{ChangeSetId, DeltaId, Event, JobId};
use fieldlog_eventlog::Position;
use fieldlog_projections::DeltaStatus;
use serde::Deserialize;

use super::occasion::{Later, Occasion, answered};
use super::settle_edits_when_apply_ended::outcomes::kept;
use crate::streams;

/// What the container found out about one edit.
#[derive(Debug, Deserialize)]
struct Found {
    delta: DeltaId,
    /// The file of its layer, in the project.
    file: String,
    is_there: bool,
    #[serde(default)]
    why: String,
}

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let (Event::Job(JobEvent::JobFinished { outputs, .. }), Some(resource)) = (occasion.event, occasion.resource())
    else {
        return Ok(());
    };
    let Some(output) = outputs.iter().find(|output| output.name == EDITS_LOOKED_FOR) else { return Ok(()) };
    let Ok(job) = occasion.recorded.stream.id.as_str().parse::<JobId>() else { return Ok(()) };
    let Some(json) = kept(occasion.app.storage(), &output.digest).await? else { return Ok(()) };
    let found: Vec<Found> = serde_json::from_slice(&json).unwrap_or_default();
    let view = occasion.view().await?;
    let Some(began) = view.claimed(job)? else { return Ok(()) };
    let brought = view.brought_after(resource, Position(0))?;
    let ids: Vec<DeltaId> = found.iter().map(|found| found.delta).collect();
    let known: HashMap<_, _> = view.applied_edits(resource, &ids)?.into_iter().map(|edit| (edit.id, edit)).collect();
    let (mut taken_back, mut there): (BTreeMap<_, Vec<_>>, BTreeMap<_, Vec<_>>) = Default::default();
    for found in found {
        let Some(edit) = known.get(&found.delta) else { continue };
        match (edit.status, found.is_there) {
            (DeltaStatus::Applied, false) => {
                if let Some(place) = to_blame(&brought, &found.file, edit.applied_after, began) {
                    let delta = TakenBackDelta { id: found.delta, why: found.why };
                    taken_back.entry((edit.change_set, place)).or_default().push(delta);
                }
            }
            (DeltaStatus::TakenBack, true) => there.entry(edit.change_set).or_default().push(found.delta),
            _ => {}
        }
    }
    let command = occasion.command("take back edits when processing ended")?.about(resource);
    let tell = async |change_set: ChangeSetId, step: &str, said: ChangeSetCommand| {
        let told = command.step(step).dispatch::<ChangeSet>(&streams::change_set(change_set), said).await;
        answered(told).map(|_| ())
    };
    for ((change_set, place), deltas) in taken_back {
        let (_, brought) = &brought[place];
        let take = TakeBackDeltas { job, brought: brought.clone(), deltas };
        tell(change_set, brought.path.as_str(), ChangeSetCommand::TakeBack(take)).await?;
    }
    for (change_set, deltas) in there {
        tell(change_set, "", ChangeSetCommand::FindAgain { job, deltas }).await?;
    }
    Ok(())
}

/// The place of what took an edit out of this file: the file itself, else the latest that belongs to it. None when nothing was
/// brought since the edit, or when something was brought that the job did not see.
fn to_blame(brought: &[(Position, BroughtFile)], file: &str, after: Position, began: Position) -> Option<usize> {
    let belong = brought.iter().enumerate().filter(|(_, (at, brought))| *at > after && belongs(&brought.path, file));
    let (mut exact, mut latest) = (None, None);
    for (place, (at, brought)) in belong {
        if *at > began {
            return None;
        }
        latest = Some(place);
        exact = exact.or((brought.path.as_str() == file).then_some(place));
    }
    exact.or(latest)
}

/// Whether a layer that is in `other` is read from a file: from itself, from one of its set, or from one below it when it is a folder.
fn belongs(file: &FilePath, other: &str) -> bool {
    let is_below = file.as_str().strip_prefix(other).is_some_and(|rest| rest.starts_with('/'));
    let Ok(other) = FilePath::try_new(other) else { return false };
    is_below || file.key() == other.key() || other.members().iter().any(|(member, _)| member.key() == file.key())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn brought(files: &[(&str, u64)]) -> Vec<(Position, BroughtFile)> {
        let file = |(path, at): &(&str, u64)| {
            let path = FilePath::try_new(path).unwrap();
            (Position(*at), BroughtFile { path, version: None, by: None, at: chrono::DateTime::UNIX_EPOCH })
        };
        files.iter().map(file).collect()
    }

    /// What was brought, and when; of which file an edit is; which of what was brought took it back.
    type Case = (&'static [(&'static str, u64)], &'static str, Option<usize>);

    #[test]
    fn the_file_that_was_brought_between_applying_and_looking_is_to_blame() {
        let table: [Case; 9] = [
            (&[("trees.gpkg", 15)], "trees.gpkg", Some(0)),
            (&[("trees.gpkg", 9)], "trees.gpkg", None),
            (&[("trees.gpkg", 21)], "trees.gpkg", None),
            (&[("bees.gpkg", 15)], "trees.gpkg", None),
            (&[("a/trees.dbf", 15)], "a/trees.shp", Some(0)),
            (&[("a/trees.shp", 14), ("a/trees.dbf", 15)], "a/trees.shp", Some(0)),
            (&[("a/trees.shp", 9), ("a/trees.dbf", 15)], "a/trees.shp", Some(1)),
            (&[("trees.gpkg-wal", 15)], "trees.gpkg", Some(0)),
            (&[("shapes/trees.shp", 15), ("trees", 16)], "shapes", Some(0)),
        ];
        for (files, file, expected) in table {
            assert_eq!(to_blame(&brought(files), file, Position(10), Position(20)), expected, "{files:?}");
        }
    }
}
