//! Following a job: its states, and the lines its container prints.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use fieldlog_commands::authz::ResourceAction;
use fieldlog_domain::job::{JobEvent, JobState as State};
use fieldlog_domain::{Event, JobId, StreamId, StreamKind};
use fieldlog_eventlog::Position;
use fieldlog_projections::JobRow;
use futures::{Stream, StreamExt, stream};

use super::Job;
use super::log::{JobLogLine, lines};
use crate::graphql::context::RequestContext;
use crate::graphql::enums::JobState;
use crate::graphql::event::EventRecord;
use crate::graphql::event::subscriptions::Feed;
use crate::graphql::failure::Failure;
use crate::graphql::global_id::Named;
use crate::graphql::reading::Reading;
use crate::graphql::scalars::LogPosition;

/// A change of a job: of its state, or of how far its container is.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct JobChange {
    /// The event that was the change; for the state at the beginning the position up to which is known that it holds.
    position: LogPosition,
    /// The state from then on.
    state: JobState,
    /// When it happened.
    at: DateTime<Utc>,
    #[graphql(skip)]
    job: JobId,
    #[graphql(skip)]
    reading: Arc<Reading>,
}

#[ComplexObject]
impl JobChange {
    /// The job as it is by now, which may be further than this change.
    async fn job(&self) -> Result<Option<Job>, Failure> {
        Ok(self.reading.job(self.job)?.map(|row| Job::new(row, &self.reading)))
    }
}

/// Following jobs.
#[derive(Default)]
pub struct JobSubscriptions;

#[Subscription]
impl JobSubscriptions {
    /// The states of a job and its progress, until it is over: the state it is in first, unless the stream goes on after a
    /// position.
    async fn job_changed(
        &self,
        context: &Context<'_>,
        id: ID,
        #[graphql(desc = "Only what happened after this event.")] after: Option<LogPosition>,
    ) -> Result<impl Stream<Item = Result<JobChange, Failure>> + use<>, Failure> {
        let context = context.data_unchecked::<Arc<RequestContext>>().clone();
        let reading = context.now()?;
        let row = find(&reading, &id).await?;
        let resumed = context.resume.map(Position).or(after.map(|after| after.0));
        let beginning = match resumed {
            Some(_) => None,
            None => Some(JobChange::now(&row, &reading)),
        };
        let is_over = beginning.is_some() && row.state.is_final();
        let feed = Feed::new(context.clone(), resumed.unwrap_or(reading.position), Some(row.resource), Vec::new());
        let steps = Steps { feed, job: row.id, is_over };
        let steps = stream::unfold(steps, |mut steps| async move { steps.next().await.map(|batch| (batch, steps)) });
        let changes = stream::iter(beginning.map(Ok)).chain(steps.flat_map(stream::iter));
        Ok(changes.inspect(move |change| {
            if let Ok(change) = change {
                context.place.set(change.position.0.0);
            }
        }))
    }

    /// The lines a job's container prints, as it prints them, until the job is over; then what is left of them.
    async fn job_log(
        &self,
        context: &Context<'_>,
        id: ID,
        #[graphql(desc = "The number of the first line, from 1.")] from_line: Option<u64>,
    ) -> Result<impl Stream<Item = Result<JobLogLine, Failure>> + use<>, Failure> {
        let context = context.data_unchecked::<Arc<RequestContext>>().clone();
        let reading = context.now()?;
        let row = find(&reading, &id).await?;
        reading.demand(ResourceAction::ReadJobLog, row.resource)?;
        let resumed = context.resume.map(|last| last + 1);
        let lines = lines(context.gateway.app().clone(), row.id, resumed.or(from_line).unwrap_or(1));
        Ok(lines.inspect(move |line| {
            if let Ok(line) = line {
                context.place.set(line.number);
            }
        }))
    }
}

async fn find(reading: &Arc<Reading>, id: &ID) -> Result<JobRow, Failure> {
    let id = JobId::named(id).map_err(|error| Failure::bad_argument(format!("id: {error}")))?;
    let row = reading.job(id)?;
    row.ok_or_else(|| Failure::new("NOT_FOUND", "there is no such job, or you may not see it"))
}

impl JobChange {
    fn now(row: &JobRow, reading: &Arc<Reading>) -> Self {
        let at = [row.ended_at, row.started_at, row.claimed_at].into_iter().flatten().next();
        Self {
            position: reading.position.into(),
            state: row.state.into(),
            at: at.unwrap_or(row.requested_at),
            job: row.id,
            reading: reading.clone(),
        }
    }
}

/// The steps of one job out of what happens to its resource.
struct Steps {
    feed: Feed,
    job: JobId,
    is_over: bool,
}

impl Steps {
    async fn next(&mut self) -> Option<Vec<Result<JobChange, Failure>>> {
        if self.is_over {
            return None;
        }
        let stream = StreamId::new(StreamKind::Job, self.job);
        match self.feed.next().await? {
            Err(failure) => {
                self.is_over = true;
                Some(vec![Err(failure)])
            }
            Ok(events) => {
                let of_job = events.into_iter().filter(|event| event.event().stream == stream);
                let changes: Vec<_> = of_job.filter_map(|event| step(self.job, &event).transpose()).collect();
                self.is_over = changes.iter().any(|change| match change {
                    Ok(change) => State::from(change.state).is_final(),
                    Err(_) => true,
                });
                Some(changes)
            }
        }
    }
}

fn step(job: JobId, record: &EventRecord) -> Result<Option<JobChange>, Failure> {
    let event = record.event();
    let read = Event::read(event.stream.kind, &event.event_type, &event.event_version, &event.payload);
    let Event::Job(happened) = read.map_err(Failure::internal)? else { return Ok(None) };
    Ok(state_after(&happened).map(|state| JobChange {
        position: event.position.into(),
        state: state.into(),
        at: event.recorded_at,
        job,
        reading: record.reading().clone(),
    }))
}

/// The state an event leads to or goes on in; none when it says nothing about how far the job is.
fn state_after(event: &JobEvent) -> Option<State> {
    match event {
        JobEvent::JobRequested { .. } | JobEvent::LeaseExpired { .. } | JobEvent::JobRetryScheduled { .. } => {
            Some(State::Requested)
        }
        JobEvent::JobClaimed { .. } => Some(State::Claimed),
        // Before its container runs there is no progress.
        JobEvent::JobStarted { .. } | JobEvent::JobProgressed { .. } => Some(State::Started),
        JobEvent::CommitAnnounced { .. } | JobEvent::LeaseRenewed { .. } | JobEvent::JobSettled { .. } => None,
        JobEvent::JobFinished { .. } => Some(State::Finished),
        JobEvent::JobFailed { .. } => Some(State::Failed),
        JobEvent::JobCancelled {} => Some(State::Cancelled),
    }
}
