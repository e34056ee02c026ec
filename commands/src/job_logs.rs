//! Log lines of running jobs, from the worker to whoever looks on, inside one process.
//!
//! It is a loudspeaker, not a record: what a job printed is kept as a blob when the job ends. A gateway without a worker in
//! its process hears of the lines a moment later ([`live_lines`](crate::live_lines)).

use std::collections::VecDeque;
use std::sync::Arc;

use fieldlog_domain::JobId;
use futures::Stream;
use futures::stream::unfold;
use moka::sync::Cache;
use parking_lot::Mutex;
use tokio::sync::watch;

/// The most lines of one job that are kept; older ones fall out.
const MAX_LINES: usize = 10_000;
/// The most jobs whose lines are kept; those nobody spoke of for longest fall out.
const MAX_JOBS: u64 = 256;

/// One line that a job printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobLogLine {
    /// 1, 2, 3… over all attempts.
    pub number: u64,
    /// The attempt that printed it.
    pub attempt: u32,
    /// Without its line feed.
    pub text: String,
}

/// Log lines of the jobs that run in this process.
#[derive(Clone)]
pub struct JobLogs {
    jobs: Cache<JobId, Arc<JobLog>>,
}

#[derive(Default)]
struct JobLog {
    lines: Mutex<Lines>,
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct Lines {
    kept: VecDeque<JobLogLine>,
    last: u64,
    is_closed: bool,
}

impl Default for JobLogs {
    fn default() -> Self {
        Self { jobs: Cache::new(MAX_JOBS) }
    }
}

impl JobLogs {
    /// Says that a job printed these lines.
    pub fn append<T: Into<String>>(&self, job: JobId, attempt: u32, lines: impl IntoIterator<Item = T>) {
        let log = self.log(job);
        {
            let mut all = log.lines.lock();
            for text in lines {
                all.last += 1;
                let number = all.last;
                all.kept.push_back(JobLogLine { number, attempt, text: text.into() });
                if all.kept.len() > MAX_LINES {
                    all.kept.pop_front();
                }
            }
        }
        log.changed.send_replace(());
    }

    /// Says that a job is over: whoever looks on gets what is left, and then the end.
    pub fn close(&self, job: JobId) {
        let log = self.log(job);
        log.lines.lock().is_closed = true;
        log.changed.send_replace(());
    }

    /// Every kept line of a job from number `from` on, then each new one, until the job is over.
    pub fn subscribe(&self, job: JobId, from: u64) -> impl Stream<Item = Vec<JobLogLine>> + Send + 'static {
        let log = self.log(job);
        let changed = log.changed.subscribe();
        unfold((log, changed, from), |(log, mut changed, from)| async move {
            loop {
                changed.mark_unchanged();
                let (page, is_closed) = log.lines.lock().from(from);
                if let Some(last) = page.last() {
                    let next = last.number + 1;
                    return Some((page, (log, changed, next)));
                }
                if is_closed || changed.changed().await.is_err() {
                    return None;
                }
            }
        })
    }

    fn log(&self, job: JobId) -> Arc<JobLog> {
        self.jobs.get_with(job, Arc::default)
    }
}

impl Lines {
    fn from(&self, number: u64) -> (Vec<JobLogLine>, bool) {
        let first = self.kept.partition_point(|line| line.number < number);
        (self.kept.range(first..).cloned().collect(), self.is_closed)
    }
}
