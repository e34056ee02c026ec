//! Passes on what a container prints, each line once.

use bytes::Bytes;
use fieldlog_commands::App;
use fieldlog_domain::JobId;

use super::Run;
use super::loudspeaker::Loudspeaker;
use super::progress::ProgressKeeper;
use crate::log_lines::{LineCutter, WholeLog};
use crate::redaction::Hidden;
use crate::steps::{Heard, Steps};

/// The most bytes of a log that are kept.
const KEPT: usize = 10 << 20;

/// Everything one container printed so far, on its way to whoever looks on and to storage.
pub(super) struct Transcript<'a> {
    app: &'a App,
    job: JobId,
    attempt: u32,
    hidden: Hidden,
    cutter: LineCutter,
    whole: WholeLog,
    lines: u64,
    /// Lines of a log that is read once more from its start, and that were passed on before.
    known: u64,
    steps: Steps,
    progress: ProgressKeeper,
    loudspeaker: Loudspeaker,
}

impl<'a> Transcript<'a> {
    pub(super) fn of(run: &'a Run, hidden: Hidden) -> Self {
        Self {
            app: &run.ctx.app,
            job: run.job.id,
            attempt: run.attempt,
            cutter: LineCutter::hiding(hidden.clone()),
            hidden,
            whole: WholeLog::within(KEPT),
            lines: 0,
            known: 0,
            steps: Steps::default(),
            progress: run.keep_progress(),
            loudspeaker: run.loudspeaker(),
        }
    }

    /// The log is read from its start again.
    pub(super) fn rewind(&mut self) {
        // Also when nothing was read since the last time.
        self.known = self.known.max(self.lines);
        self.lines = 0;
        self.cutter = LineCutter::hiding(self.hidden.clone());
    }

    pub(super) fn push(&mut self, chunk: &[u8]) {
        let lines = self.cutter.push(chunk);
        self.pass_on(lines);
    }

    /// A line of the worker's own, at the end.
    pub(super) fn note(&mut self, line: String) {
        let last = self.cutter.finish();
        self.pass_on(last);
        self.whole.push(&line);
        self.app.job_logs().append(self.job, self.attempt, [line]);
    }

    pub(super) fn into_bytes(mut self) -> Bytes {
        let last = self.cutter.finish();
        self.pass_on(last);
        self.whole.into_bytes()
    }

    fn pass_on(&mut self, lines: impl IntoIterator<Item = String>) {
        let mut new = vec![];
        for line in lines {
            self.lines += 1;
            if self.lines > self.known && self.is_for_people(&line) {
                self.whole.push(&line);
                new.push(line);
            }
        }
        if !new.is_empty() {
            self.loudspeaker.say(&new);
            self.app.job_logs().append(self.job, self.attempt, new);
        }
    }

    /// Takes note of how far the container is; says whether anybody but the worker is to see the line.
    fn is_for_people(&mut self, line: &str) -> bool {
        let (progress, is_for_people) = match self.steps.hear(line) {
            Heard::Line => (None, true),
            Heard::Step(progress) => (Some(progress), true),
            Heard::Percent(progress) => (progress, false),
        };
        if let Some(progress) = progress {
            self.progress.is_at(progress);
        }
        is_for_people
    }
}
