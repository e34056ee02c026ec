//! Log lines of running jobs, from a worker to gateways in other processes.
//!
//! They lie as notes in storage, which all processes share, from a moment after the job began until it is over: then its whole log
//! is a blob. Each note holds lines of one attempt that follow each other, and is named by the attempt and the number of its
//! first line, so that names order what was printed.

use std::time::Duration;

use fieldlog_domain::JobId;
use fieldlog_storage::{Storage, StorageError};
use futures::stream::{Stream, unfold};
use tokio::time::sleep;

use crate::{App, JobLogLine};

/// How often somebody who looks on looks for more.
const LOOKED_FOR_EVERY: Duration = Duration::from_millis(500);

fn folder(job: JobId) -> String {
    format!("job-{job}")
}

/// Where a note belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    attempt: u32,
    /// The number of its first line, from 1, in this attempt.
    first: u64,
}

impl Place {
    fn name(self) -> String {
        format!("{:06}-{:09}", self.attempt, self.first)
    }

    fn named(name: &str) -> Option<Self> {
        let (attempt, first) = name.split_once('-')?;
        Some(Self { attempt: attempt.parse().ok()?, first: first.parse().ok()? })
    }
}

/// Tells other processes lines of an attempt, of which `first` is the number of the first one, from 1.
pub async fn tell_lines(
    storage: &Storage,
    (job, attempt): (JobId, u32),
    first: u64,
    lines: &[String],
) -> Result<(), StorageError> {
    storage.put_note(&folder(job), &Place { attempt, first }.name(), lines.join("\n").into()).await
}

/// How many lines of an attempt were told, by whichever process.
pub async fn count_told_lines(storage: &Storage, (job, attempt): (JobId, u32)) -> Result<u64, StorageError> {
    let names = storage.notes(&folder(job), "").await?;
    let Some(last) = names.iter().filter_map(|name| Place::named(name)).rfind(|place| place.attempt == attempt) else {
        return Ok(0);
    };
    let note = storage.note(&folder(job), &last.name()).await?;
    Ok(note.map_or(0, |note| last.first - 1 + lines_of(&note).count() as u64))
}

/// Forgets the lines of a job.
pub async fn forget_lines(storage: &Storage, job: JobId) -> Result<(), StorageError> {
    storage.remove_notes(&folder(job)).await
}

/// Forgets the lines of all jobs that are over, whoever told them and died.
pub async fn forget_lines_of_ended_jobs(app: &App) -> Result<(), StorageError> {
    for folder in app.storage().folders_of_notes().await? {
        let Some(job) = folder.strip_prefix("job-").and_then(|id| id.parse().ok()) else { continue };
        // A job that nobody knows may be newer than the read model.
        if matches!(app.view().job(job), Ok(Some(row)) if row.state.is_final()) {
            forget_lines(app.storage(), job).await?;
        }
    }
    Ok(())
}

/// What was told of a job and then everything that is told, as soon as it is found; without an end. Lines are numbered over all
/// attempts.
pub fn told_lines(storage: Storage, job: JobId) -> impl Stream<Item = Vec<JobLogLine>> + Send + 'static {
    let listener = Listener { storage, job, last: String::new(), number: 0 };
    unfold(listener, |mut listener| async move {
        loop {
            match listener.more().await {
                Ok(lines) if !lines.is_empty() => return Some((lines, listener)),
                Ok(_) => {}
                Err(error) => tracing::debug!(job = %listener.job, %error, "the lines of a job cannot be looked for"),
            }
            sleep(LOOKED_FOR_EVERY).await;
        }
    })
}

struct Listener {
    storage: Storage,
    job: JobId,
    /// The name of the last note that was read.
    last: String,
    /// The number of the last line.
    number: u64,
}

impl Listener {
    async fn more(&mut self) -> Result<Vec<JobLogLine>, StorageError> {
        let mut lines = Vec::new();
        for name in self.storage.notes(&folder(self.job), &self.last).await? {
            let Some(place) = Place::named(&name) else { continue };
            let Some(note) = self.storage.note(&folder(self.job), &name).await? else { break };
            for text in lines_of(&note) {
                self.number += 1;
                lines.push(JobLogLine { number: self.number, attempt: place.attempt, text: text.to_owned() });
            }
            self.last = name;
        }
        Ok(lines)
    }
}

fn lines_of(note: &[u8]) -> impl Iterator<Item = &str> {
    // They were texts when they were told.
    std::str::from_utf8(note).unwrap_or_default().split('\n')
}
