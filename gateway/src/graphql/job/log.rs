//! The lines of a job: at once from the worker of this process, a moment later from the notes of another process's worker, and from
//! the blob that is left of them.

use async_graphql::SimpleObject;
use fieldlog_commands::live_lines::told_lines;
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
    let here = app.job_logs().subscribe(job, from).boxed();
    let elsewhere = told_lines(app.storage().clone(), job).boxed();
    let follower = Follower { app, job, from, here, elsewhere, heard: Heard::Nothing, is_over: false };
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
    here: BoxStream<'static, Vec<Line>>,
    elsewhere: BoxStream<'static, Vec<Line>>,
    heard: Heard,
    is_over: bool,
}

/// From whom lines were heard: whoever speaks first is listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Nothing,
    /// From this process, which says everything.
    Here,
    /// From another one, which leaves the rest to the blob.
    Elsewhere(Last),
}

/// The last line that was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Last {
    number: u64,
    attempt: u32,
    /// Its number in the attempt.
    in_attempt: u64,
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
            batch = self.here.next(), if !matches!(self.heard, Heard::Elsewhere(_)) => match batch {
                Some(batch) => Ok(self.heard_here(batch)),
                None => self.rest().await,
            },
            ended = &mut ended => match ended {
                Ok(()) => match self.here.next().now_or_never().flatten() {
                    Some(batch) if !matches!(self.heard, Heard::Elsewhere(_)) => Ok(self.heard_here(batch)),
                    _ => self.rest().await,
                },
                Err(failure) => Err(failure),
            },
            Some(batch) = self.elsewhere.next(), if self.heard != Heard::Here => Ok(self.heard_elsewhere(batch)),
        };
        self.is_over |= answer.is_err();
        Some(answer)
    }

    fn heard_here(&mut self, batch: Vec<Line>) -> Vec<JobLogLine> {
        self.heard = Heard::Here;
        batch.into_iter().map(JobLogLine::from).collect()
    }

    fn heard_elsewhere(&mut self, batch: Vec<Line>) -> Vec<JobLogLine> {
        for line in &batch {
            let in_attempt = match self.heard {
                Heard::Elsewhere(last) if last.attempt == line.attempt => last.in_attempt + 1,
                _ => 1,
            };
            self.heard = Heard::Elsewhere(Last { number: line.number, attempt: line.attempt, in_attempt });
        }
        batch.into_iter().filter(|line| line.number >= self.from).map(JobLogLine::from).collect()
    }

    /// Nobody says anything more: what was printed is in the blob; what of it was heard already is left out.
    async fn rest(&mut self) -> Result<Vec<JobLogLine>, Failure> {
        self.is_over = true;
        if self.heard == Heard::Here {
            return Ok(Vec::new());
        }
        let Some(JobRow { log: Some(log), attempt, .. }) = self.app.view().job(self.job)? else {
            return Ok(Vec::new());
        };
        let bytes = self.app.storage().read_to_bytes(&log, MOST_BYTES).await?;
        let text = String::from_utf8_lossy(&bytes);
        // The blob has the lines of the last attempt.
        let (first, known) = match self.heard {
            Heard::Elsewhere(last) if last.attempt == attempt => (last.number + 1, last.in_attempt as usize),
            Heard::Elsewhere(last) => (last.number + 1, 0),
            Heard::Nothing | Heard::Here => (1, 0),
        };
        let numbered = (first..).zip(text.lines().skip(known)).skip_while(|(number, _)| *number < self.from);
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
