//! Passes on what a container prints, each line once.

use bytes::Bytes;
use fieldlog_commands::App;
use fieldlog_domain::JobId;

use crate::log_lines::{LineCutter, WholeLog};
use crate::redaction::Hidden;

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
}

impl<'a> Transcript<'a> {
    pub(super) fn of(app: &'a App, job: JobId, attempt: u32, hidden: Hidden) -> Self {
        let (cutter, whole) = (LineCutter::hiding(hidden.clone()), WholeLog::within(KEPT));
        Self { app, job, attempt, hidden, cutter, whole, lines: 0, known: 0 }
    }

    /// The log is read from its start again.
    pub(super) fn rewind(&mut self) {
        self.known = self.lines;
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
            if self.lines > self.known {
                self.whole.push(&line);
                new.push(line);
            }
        }
        if !new.is_empty() {
            self.app.job_logs().append(self.job, self.attempt, new);
        }
    }
}
