//! Tells other processes what a container prints: now and then, from the beginning, and never in anybody's way.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use fieldlog_commands::live_lines::{count_told_lines, tell_lines};
use fieldlog_domain::JobId;
use fieldlog_storage::Storage;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::Run;
use crate::options::ProgressPace;

/// The most bytes of one attempt that are told: less than the first half of the log that is kept, so that everybody can go on there.
const MOST: usize = 4 << 20;
/// About the most bytes that are told at once.
const AT_ONCE: usize = 256 << 10;

/// What a container printed, on its way to other processes as long as this lives.
pub(super) struct Loudspeaker {
    waiting: Arc<Waiting>,
    task: JoinHandle<()>,
}

impl Drop for Loudspeaker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Default)]
struct Waiting {
    lines: Mutex<Lines>,
    came: Notify,
}

#[derive(Default)]
struct Lines {
    /// Those that were not told yet, with their numbers.
    queue: VecDeque<(u64, String)>,
    /// How many there were so far.
    count: u64,
    /// Bytes of all of them.
    bytes: usize,
    /// The number of the last one that was told.
    told: u64,
}

impl Lines {
    fn push(&mut self, line: &str) {
        self.count += 1;
        self.bytes += line.len() + 1;
        // Once something is left out, so is all that follows: what is told has no gaps.
        if self.bytes <= MOST && self.count > self.told {
            self.queue.push_back((self.count, line.to_owned()));
        }
    }

    /// The next ones to be told, with the number of the first. They stay until they were.
    fn next(&self) -> Option<(u64, Vec<String>)> {
        let (first, _) = self.queue.front()?;
        let mut bytes = 0;
        let fits = |(_, line): &&(u64, String)| {
            let had_room = bytes < AT_ONCE;
            bytes += line.len() + 1;
            had_room
        };
        Some((*first, self.queue.iter().take_while(fits).map(|(_, line)| line.clone()).collect()))
    }

    fn were_told(&mut self, up_to: u64) {
        self.told = up_to;
        while self.queue.front().is_some_and(|(number, _)| *number <= up_to) {
            self.queue.pop_front();
        }
    }
}

impl Loudspeaker {
    /// Says what was printed next.
    pub(super) fn say(&self, lines: &[String]) {
        let mut waiting = self.waiting.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().for_each(|line| waiting.push(line));
        drop(waiting);
        self.waiting.came.notify_one();
    }
}

impl Run {
    /// Tells other processes about this attempt's container.
    pub(super) fn loudspeaker(&self) -> Loudspeaker {
        let waiting = Arc::<Waiting>::default();
        let (storage, pace) = (self.ctx.app.storage().clone(), self.ctx.options.progress);
        let task = tokio::spawn(keep_telling(storage, (self.job.id, self.attempt), pace, waiting.clone()));
        Loudspeaker { waiting, task }
    }
}

async fn keep_telling(storage: Storage, attempt: (JobId, u32), pace: ProgressPace, waiting: Arc<Waiting>) {
    let lines = || waiting.lines.lock().unwrap_or_else(PoisonError::into_inner);
    sleep(pace.after).await;
    // A container's log is read from its start, by each process of this worker.
    let known = loop {
        match count_told_lines(&storage, attempt).await {
            Ok(known) => break known,
            Err(error) => tracing::debug!(job = %attempt.0, %error, "nobody knows what was told of a job"),
        }
        sleep(pace.every).await;
    };
    lines().were_told(known);
    loop {
        let next = lines().next();
        let Some((first, chunk)) = next else {
            waiting.came.notified().await;
            continue;
        };
        match tell_lines(&storage, attempt, first, &chunk).await {
            Ok(()) => lines().were_told(first + chunk.len() as u64 - 1),
            Err(error) => tracing::debug!(job = %attempt.0, %error, "what a job prints cannot be told"),
        }
        sleep(pace.every).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_in_their_order_and_once() {
        let mut lines = Lines::default();
        assert_eq!(lines.next(), None);
        ["a", "b", "c"].iter().for_each(|line| lines.push(line));
        assert_eq!(lines.next(), Some((1, vec!["a".to_owned(), "b".to_owned(), "c".to_owned()])));
        lines.were_told(2);
        assert_eq!(lines.next(), Some((3, vec!["c".to_owned()])));
        // Another process told more than this one has read so far.
        lines.were_told(4);
        ["d", "e"].iter().for_each(|line| lines.push(line));
        assert_eq!(lines.next(), Some((5, vec!["e".to_owned()])));
    }

    #[test]
    fn a_flood_is_told_in_parts_and_only_from_its_beginning() {
        let (mut lines, line) = (Lines::default(), "x".repeat(1_000));
        (0..20_000).for_each(|_| lines.push(&line));
        let mut told = 0;
        while let Some((first, chunk)) = lines.next() {
            assert_eq!(first, told + 1);
            assert!(chunk.len() * line.len() < AT_ONCE + line.len());
            told += chunk.len() as u64;
            lines.were_told(told);
        }
        let bytes = told as usize * (line.len() + 1);
        assert!((MOST - 2_000..=MOST).contains(&bytes), "{bytes}");
        lines.push("short");
        assert_eq!(lines.next(), None, "what is told has no gaps");
    }
}
