//! When a job that applied edits ended, the files it made are in their place and each edit says what came of it.
//!
//! This is where nothing is lost and nothing is applied twice. The log's order decides: whoever handles the end of a job has
//! handled the ends of all earlier ones. A job's results count as a whole or not at all. They count when every file that it
//! changed still holds the bytes that the job was given, and when every edit still waits for this job; otherwise they are thrown
//! away and another job does the work again. Everything carries ids that follow from the job, so that a process that died in the
//! middle is followed by one that does the rest, and two processes at once do it once.

pub(super) mod outcomes;
mod sets;

use std::collections::BTreeMap;

use fieldlog_domain::change_set::{ChangeSet, ChangeSetCommand, DeltaOutcome, SettleDeltas};
use fieldlog_domain::file::{AddFileVersion, File, FileCommand, FileRefusal, Onto};
use fieldlog_domain::job::{
    DELTA_OUTCOMES, Job, JobCause, JobCommand, JobEvent, JobKind, JobOutput, RemovedInput, Settlement,
};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{AccountId, ChangeSetId, DeltaId, Event, FileId, JobId, ResourceId, VersionId};
use fieldlog_projections::View;

use self::outcomes::Outcomes;
use super::occasion::{Later, Occasion, answered};
use super::request_apply_when_deltas_received::ask;
use crate::dispatch::Dispatch;
use crate::file::{set_aside_given, settle_set};
use crate::job::first_of;
use crate::{CommandError, streams};

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let Event::Job(event) = occasion.event else { return Ok(()) };
    if !matches!(event, JobEvent::JobFinished { .. } | JobEvent::JobFailed { .. } | JobEvent::JobCancelled {}) {
        return Ok(());
    }
    let Some(JobEvent::JobRequested { kind: JobKind::ApplyDeltas, resource, requester, .. }) =
        first_of(occasion.app, &occasion.recorded.stream).await?
    else {
        return Ok(());
    };
    let Ok(job) = occasion.recorded.stream.id.as_str().parse::<JobId>() else { return Ok(()) };
    if occasion.app.fresh::<Job, _>(&streams::job(job), |job, _| job.is_settled()).await? {
        return Ok(());
    }
    let command = occasion.command("settle edits when apply ended")?.about(resource);
    let ended = Ended { occasion, command, job, resource, requester };
    match event {
        JobEvent::JobFinished { outputs, removed, .. } => ended.settle_results(outputs, removed).await,
        JobEvent::JobFailed { error, .. } => ended.settle_nothing(&error.message).await,
        _ => ended.settle_nothing("the job that should apply it was cancelled").await,
    }
}

/// A job that came to its end.
struct Ended<'a> {
    occasion: &'a Occasion<'a>,
    command: Dispatch<'a>,
    job: JobId,
    resource: ResourceId,
    requester: Option<AccountId>,
}

/// A file that the job made.
struct Made<'a> {
    output: &'a JobOutput,
    path: FilePath,
    file: FileId,
}

impl Ended<'_> {
    async fn settle_results(&self, outputs: &[JobOutput], removed: &[RemovedInput]) -> Result<(), Later> {
        let files = outputs.iter().filter(|output| output.name != DELTA_OUTCOMES).filter_map(|output| {
            let path = FilePath::try_new(&output.name).ok()?;
            Some(Made { output, file: FileId::of(self.resource, &path), path })
        });
        let files: Vec<_> = files.collect();
        let outcomes = match self.outcomes(outputs).await? {
            Some(outcomes) => outcomes,
            None if !self.has_begun(&files).await? => return self.conclude(Settlement::OutOfDate).await,
            // Its files are in their place, so the work must not be done again.
            None => return self.settle_nothing("it may be in the data: what came of it is lost").await,
        };
        let Outcomes { all, in_databases } = outcomes;
        let mut outcomes = self.with_change_sets(all).await?;
        let settlement = match self.is_current(&outcomes, &files, removed).await? && self.put_files(&files).await? {
            true => {
                self.remove(removed, &files).await?;
                self.settle_deltas(outcomes).await?;
                Settlement::Taken
            }
            false => {
                // What is in a database would be there twice if another job did it again.
                outcomes.values_mut().for_each(|of| of.retain(|outcome| in_databases.contains(&outcome.id)));
                outcomes.retain(|_, of| !of.is_empty());
                self.settle_deltas(outcomes).await?;
                Settlement::OutOfDate
            }
        };
        self.conclude(settlement).await
    }

    /// A job that made nothing: its edits are not in the data, and say why.
    async fn settle_nothing(&self, why: &str) -> Result<(), Later> {
        let view = self.occasion.view().await?;
        let given = match self.given(&view).await? {
            Some(given) => given,
            // It never began, or nobody can tell what it was given: what waited for it waits no longer.
            None => view.pending_before(self.resource, self.occasion.recorded.position)?,
        };
        let why = match view.may_have_committed(self.job)? {
            true => format!("{why}; what it did in a database may be there: trying again finds out"),
            false => why.to_owned(),
        };
        let failed = given.into_iter().map(|delta| outcomes::failed(delta, &why)).collect();
        self.settle_deltas(self.with_change_sets(failed).await?).await?;
        self.conclude(Settlement::Nothing).await
    }

    /// The edits that the job was given; none when it never began, or when the list is lost.
    async fn given(&self, view: &View) -> Result<Option<Vec<DeltaId>>, Later> {
        match view.job(self.job)?.and_then(|row| row.inputs) {
            Some(inputs) => outcomes::given(self.occasion.app.storage(), &inputs).await,
            None => Ok(None),
        }
    }

    /// What came of each edit; none when that is lost.
    async fn outcomes(&self, outputs: &[JobOutput]) -> Result<Option<Outcomes>, Later> {
        let Some(output) = outputs.iter().find(|output| output.name == DELTA_OUTCOMES) else {
            // A job that found no edits is done without any.
            return Ok(Some(Outcomes::default()));
        };
        let Some(given) = self.given(&self.occasion.view().await?).await? else { return Ok(None) };
        outcomes::read(self.occasion.app.storage(), &output.digest, given).await
    }

    async fn with_change_sets(
        &self,
        outcomes: Vec<DeltaOutcome>,
    ) -> Result<BTreeMap<ChangeSetId, Vec<DeltaOutcome>>, Later> {
        let ids: Vec<_> = outcomes.iter().map(|outcome| outcome.id).collect();
        let change_sets = self.occasion.view().await?.change_sets_of(self.resource, &ids)?;
        let mut grouped: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (outcome, change_set) in outcomes.into_iter().zip(change_sets) {
            if let Some(change_set) = change_set {
                grouped.entry(change_set).or_default().push(outcome);
            }
        }
        Ok(grouped)
    }

    /// Whether the results still fit, or are being put in their place already.
    async fn is_current(
        &self,
        outcomes: &BTreeMap<ChangeSetId, Vec<DeltaOutcome>>,
        files: &[Made<'_>],
        removed: &[RemovedInput],
    ) -> Result<bool, Later> {
        if self.has_begun(files).await? {
            return Ok(true);
        }
        for (change_set, outcomes) in outcomes {
            let do_wait = |known: &ChangeSet, _| outcomes.iter().all(|outcome| known.awaits(outcome.id, self.job));
            if !self.occasion.app.fresh(&streams::change_set(*change_set), do_wait).await? {
                return Ok(false);
            }
        }
        for made in files {
            let holds = |file: &File, _| file.holds(made.onto());
            if !self.occasion.app.fresh(&streams::file(made.file), holds).await? {
                return Ok(false);
            }
        }
        sets::are_as_given(self, files, removed).await
    }

    /// Sets aside what is in the files that were made, or was made for what they were before.
    async fn remove(&self, removed: &[RemovedInput], files: &[Made<'_>]) -> Result<(), Later> {
        for removed in removed {
            answered(set_aside_given(&self.command, (self.resource, self.job), removed).await)?;
        }
        for made in files {
            answered(settle_set(&self.command, self.resource, &made.path).await)?;
        }
        Ok(())
    }

    async fn has_begun(&self, files: &[Made<'_>]) -> Result<bool, Later> {
        for made in files {
            let knows = |file: &File, _| file.knows(VersionId::of_job(self.job, made.file));
            if self.occasion.app.fresh(&streams::file(made.file), knows).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Puts the files in their place. `false`: the first of them does not fit any more, and none was.
    async fn put_files(&self, files: &[Made<'_>]) -> Result<bool, Later> {
        let mut has_begun = self.has_begun(files).await?;
        for made in files {
            let onto = if has_begun { Onto::Whatever } else { made.onto() };
            let version = AddFileVersion::made(self.job, self.resource, made.path.clone(), made.output, onto);
            let add = FileCommand::AddVersion(version);
            match self.command.dispatch::<File>(&streams::file(made.file), add).await {
                Err(CommandError::Refused(FileRefusal::ChangedMeanwhile(_))) if !has_begun => return Ok(false),
                answer => answered(answer)?,
            };
            has_begun = true;
        }
        Ok(true)
    }

    async fn settle_deltas(&self, outcomes: BTreeMap<ChangeSetId, Vec<DeltaOutcome>>) -> Result<(), Later> {
        for (change_set, outcomes) in outcomes {
            let settle = ChangeSetCommand::Settle(SettleDeltas { job: self.job, outcomes });
            answered(self.command.dispatch::<ChangeSet>(&streams::change_set(change_set), settle).await)?;
        }
        Ok(())
    }

    /// Says that it is done, and has the rest done: edits of results that were thrown away, or that were too many for one job.
    async fn conclude(&self, settlement: Settlement) -> Result<(), Later> {
        let settled = self.command.dispatch::<Job>(&streams::job(self.job), JobCommand::Settle(settlement)).await;
        self.occasion.seen(answered(settled)?.flatten()).await?;
        ask(self.occasion, &self.command, self.resource, JobCause::OutOfDate, self.requester).await
    }
}

impl Made<'_> {
    /// What the path has to hold for the results to fit.
    fn onto(&self) -> Onto {
        self.output.replaces.map_or(Onto::Nothing, Onto::Bytes)
    }
}
