//! A bar for each job, redrawn in place.

use std::collections::HashMap;

use anyhow::Result;
use chrono::{DateTime, Utc};
use fieldlog_domain::JobId;
use fieldlog_projections::JobRow;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::super::words;
use super::line;

/// Bars at the end of the terminal; what is over stays above them as a line.
pub struct Bars {
    all: MultiProgress,
    bars: HashMap<JobId, ProgressBar>,
    measured: ProgressStyle,
    unmeasured: ProgressStyle,
}

impl Bars {
    /// None on a terminal that cannot draw.
    pub fn new() -> Option<Self> {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stdout());
        if all.is_hidden() {
            return None;
        }
        let measured = ProgressStyle::with_template("{prefix} [{bar:24}] {pos:>3} % {wide_msg}").ok()?;
        let unmeasured = ProgressStyle::with_template("{prefix}  {spinner}  {wide_msg}").ok()?;
        Some(Self { all, bars: HashMap::new(), measured: measured.progress_chars("=> "), unmeasured })
    }

    pub fn show(&mut self, row: &JobRow, title: &str, now: DateTime<Utc>) -> Result<()> {
        if row.state.is_final() {
            if let Some(bar) = self.bars.remove(&row.id) {
                bar.finish_and_clear();
                self.all.remove(&bar);
            }
            return self.note(&line(row, title, now));
        }
        let bar = self.bars.entry(row.id).or_insert_with(|| self.all.add(ProgressBar::new(100)));
        bar.set_prefix(title.to_owned());
        match row.percent {
            Some(percent) => {
                bar.set_style(self.measured.clone());
                bar.set_position(percent.into());
            }
            None => bar.set_style(self.unmeasured.clone()),
        }
        let standing = words::harmless(&words::standing(row, now));
        let elapsed = words::elapsed(row, now).map(|time| format!(", {}", words::length(time))).unwrap_or_default();
        bar.set_message(format!("{standing}{elapsed}"));
        bar.tick();
        Ok(())
    }

    /// A line above the bars, which stays.
    pub fn note(&mut self, line: &str) -> Result<()> {
        Ok(self.all.println(line)?)
    }
}
