//! The lines of a job: live from the worker of this process, or from the blob that is left of them.
//!
//! A worker in another process speaks to nobody here: then there are no lines until the job is over, and all of them after.

use async_graphql::SimpleObject;
use fieldlog_commands::{App, JobLogLine as Line};
use fieldlog_domain::JobId;
use fieldlog_projections::JobRow;
use futures::stream::BoxStream;
use futures::{FutureExt, Stream, StreamExt, stream};

use crate::graphql::failure::Failure;

/// More of a log than workers keep.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// A line that a job's container printed.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub struct JobLogLine {
    /// 1, 2, 3…
    pub number: u64,
    /// The attempt that printed it.
    pub attempt: u32,
    /// Without its line feed.
    pub text: String,
}

impl From<Line> for JobLogLine {
    fn from(line: Line) -> Self {
        Self { number: line.number, attempt: line.attempt, text: line.text }
    }
}

/// Every line of a job from number `from` on, until the job is over.
pub fn lines(app: App, job: JobId, from: u64) -> impl Stream<Item = Result<JobLogLine, Failure>> + Send {
    let live = app.job_logs().subscribe(job, from).boxed();
    let follower = Follower { app, job, from, live, has_spoken: false, is_over: false };
    let batches =
        stream::unfold(follower, |mut follower| async move { follower.next().await.map(|batch| (batch, follower)) });
    batches.flat_map(|batch| match batch {
        Ok(lines) => stream::iter(lines.into_iter().map(Ok).collect::<Vec<_>>()),
        Err(failure) => stream::iter(vec![Err(failure)]),
    })
}

struct Follower {
    app: App,
    job: JobId,
    from: u64,
    live: BoxStream<'static, Vec<Line>>,
    has_spoken: bool,
    is_over: bool,
}

impl Follower {
    async fn next(&mut self) -> Option<Result<Vec<JobLogLine>, Failure>> {
        if self.is_over {
            return None;
        }
        let app = self.app.clone();
        let mut ended = std::pin::pin!(ended(&app, self.job).fuse());
        let answer = tokio::select! {
            biased;
            batch = self.live.next() => match batch {
                Some(batch) => Ok(self.heard(batch)),
                None => self.rest().await,
            },
            ended = &mut ended => match ended {
                Ok(()) => match self.live.next().now_or_never().flatten() {
                    Some(batch) => Ok(self.heard(batch)),
                    None => self.rest().await,
                },
                Err(failure) => Err(failure),
            },
        };
        self.is_over |= answer.is_err();
        Some(answer)
    }

    fn heard(&mut self, batch: Vec<Line>) -> Vec<JobLogLine> {
        self.has_spoken = true;
        batch.into_iter().map(JobLogLine::from).collect()
    }

    /// Nobody says anything more: what was printed is in the blob, unless it was heard already.
    async fn rest(&mut self) -> Result<Vec<JobLogLine>, Failure> {
        self.is_over = true;
        if self.has_spoken {
            return Ok(Vec::new());
        }
        let Some(JobRow { log: Some(log), attempt, .. }) = self.app.view().job(self.job)? else {
            return Ok(Vec::new());
        };
        let bytes = self.app.storage().read_to_bytes(&log, MOST_BYTES).await?;
        let text = String::from_utf8_lossy(&bytes);
        let numbered = (1..).zip(text.lines()).skip_while(|(number, _)| *number < self.from);
        Ok(numbered.map(|(number, text)| JobLogLine { number, attempt, text: text.to_owned() }).collect())
    }
}

/// Waits until the model knows that the job is over.
async fn ended(app: &App, job: JobId) -> Result<(), Failure> {
    let mut changes = app.model().changes();
    loop {
        changes.mark_unchanged();
        if app.view().job(job)?.is_none_or(|row| row.state.is_final()) {
            return Ok(());
        }
        changes.changed().await.map_err(Failure::unavailable)?;
    }
}
