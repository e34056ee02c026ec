//! What a container printed: lines for whoever looks on, and the whole of it, within bounds, for later.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use crate::redaction::{Hidden, redact};

/// Longer lines are cut, so that one without an end cannot fill the memory.
const LONGEST_LINE: usize = 16 << 10;

/// Cuts chunks into lines, without secrets and credentials.
#[derive(Debug, Default)]
pub(crate) struct LineCutter {
    open: BytesMut,
    is_cut: bool,
    hidden: Hidden,
}

impl LineCutter {
    /// Takes these texts out of every line, too.
    pub(crate) fn hiding(hidden: Hidden) -> Self {
        Self { hidden, ..Self::default() }
    }

    /// The lines that are complete with this chunk.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> Vec<String> {
        let mut lines = vec![];
        let mut parts = chunk.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            let room = LONGEST_LINE - self.open.len();
            self.open.extend_from_slice(&part[..part.len().min(room)]);
            self.is_cut |= part.len() > room;
            if parts.peek().is_some() {
                lines.push(self.close());
            }
        }
        lines
    }

    /// The last line, when it had no line feed.
    pub(crate) fn finish(&mut self) -> Option<String> {
        (!self.open.is_empty()).then(|| self.close())
    }

    fn close(&mut self) -> String {
        let line = self.open.split();
        let text = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(&line));
        match std::mem::take(&mut self.is_cut) {
            true => redact(&self.hidden.redact_cut(&text)).into_owned() + " […]",
            false => redact(&self.hidden.redact(&text)).into_owned(),
        }
    }
}

/// The whole log: its start and its end when it is too long for both.
#[derive(Debug)]
pub(crate) struct WholeLog {
    half: usize,
    start: Vec<u8>,
    end: VecDeque<String>,
    end_bytes: usize,
    left_out: usize,
}

impl WholeLog {
    /// Keeps about `limit` bytes.
    pub(crate) fn within(limit: usize) -> Self {
        Self { half: limit / 2, start: vec![], end: VecDeque::new(), end_bytes: 0, left_out: 0 }
    }

    pub(crate) fn push(&mut self, line: &str) {
        if self.end.is_empty() && self.left_out == 0 && self.start.len() + line.len() < self.half {
            self.start.extend_from_slice(line.as_bytes());
            self.start.push(b'\n');
            return;
        }
        self.end_bytes += line.len() + 1;
        self.end.push_back(line.to_owned());
        while self.end_bytes > self.half
            && let Some(oldest) = self.end.pop_front()
        {
            self.end_bytes -= oldest.len() + 1;
            self.left_out += 1;
        }
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        let mut whole = self.start;
        if self.left_out > 0 {
            whole.extend_from_slice(format!("[… {} lines left out …]\n", self.left_out).as_bytes());
        }
        for line in &self.end {
            whole.extend_from_slice(line.as_bytes());
            whole.push(b'\n');
        }
        whole.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_wherever_the_chunks_end() {
        let text = "first\nsecond ü\r\n\nlast";
        for size in 1..text.len() {
            let mut cutter = LineCutter::default();
            let mut lines: Vec<_> = text.as_bytes().chunks(size).flat_map(|chunk| cutter.push(chunk)).collect();
            lines.extend(cutter.finish());
            assert_eq!(lines, ["first", "second ü", "", "last"]);
        }
    }

    #[test]
    fn a_line_without_an_end_is_cut() {
        let mut cutter = LineCutter::default();
        for _ in 0..100 {
            assert!(cutter.push(&[b'a'; 1_000]).is_empty());
        }
        let lines = cutter.push(b"\nnext\n");
        assert_eq!((lines[0].len(), lines[0].ends_with("a […]")), (LONGEST_LINE + " […]".len(), true));
        assert_eq!(lines[1], "next");
    }

    #[test]
    fn what_is_hidden_is_in_no_line_wherever_the_line_is_cut() {
        let secret = "hunter2-is-the-password";
        for room in 0..=secret.len() + 1 {
            let mut cutter = LineCutter::hiding(Hidden::of([secret].into_iter()));
            let before = "a".repeat(LONGEST_LINE - room);
            let lines = cutter.push(format!("{before}{secret} and more\n{secret}\n").as_bytes());
            assert!(!lines[0].contains("hunt"), "{}", &lines[0][before.len()..]);
            assert_eq!(lines[1], "***");
        }
    }

    #[test]
    fn a_long_log_keeps_its_start_and_its_end() {
        let mut log = WholeLog::within(1_000);
        (0..1_000).for_each(|n| log.push(&format!("line {n}")));
        let whole = String::from_utf8_lossy(&log.into_bytes()).into_owned();
        assert!(whole.len() < 1_100 && whole.starts_with("line 0\nline 1\n") && whole.ends_with("line 999\n"));
        let (said, kept) = (whole.lines().find(|line| line.contains("left out")), whole.lines().count() - 1);
        assert_eq!(said, Some(format!("[… {} lines left out …]", 1_000 - kept).as_str()));
    }

    #[test]
    fn a_short_log_is_kept_whole() {
        let mut log = WholeLog::within(1_000);
        ["a", "b"].iter().for_each(|line| log.push(line));
        assert_eq!(log.into_bytes(), "a\nb\n");
    }
}
