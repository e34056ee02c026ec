//! One line for each change.

use std::collections::HashMap;
use std::io::{Write, stdout};

use anyhow::Result;
use chrono::{DateTime, Utc};
use fieldlog_domain::JobId;
use fieldlog_domain::job::JobState;
use fieldlog_projections::JobRow;

use super::line;

/// What makes a line worth printing.
type Shown = (JobState, u32, Option<String>, Option<u8>);

/// Prints a line when something changed.
#[derive(Default)]
pub struct Lines {
    shown: HashMap<JobId, Shown>,
}

impl Lines {
    pub fn show(&mut self, row: &JobRow, title: &str, now: DateTime<Utc>) -> Result<()> {
        let shown = (row.state, row.attempt, row.step.clone(), row.percent);
        if self.shown.insert(row.id, shown.clone()).as_ref() == Some(&shown) {
            return Ok(());
        }
        self.note(&line(row, title, now))
    }

    pub fn note(&mut self, line: &str) -> Result<()> {
        let mut out = stdout().lock();
        writeln!(out, "{line}")?;
        Ok(out.flush()?)
    }
}
