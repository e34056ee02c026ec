//! One line per figure, which `scripts/bench` puts into one table.

use std::fmt::Display;

/// A figure that the issue names, and what was measured.
pub struct Figure {
    name: String,
    target: String,
    measured: String,
    ratio: String,
    verdict: &'static str,
}

impl Figure {
    pub fn new(name: impl Display, target: impl Display, measured: impl Display) -> Self {
        Self {
            name: name.to_string(),
            target: target.to_string(),
            measured: measured.to_string(),
            ratio: "–".to_owned(),
            verdict: "for comparison",
        }
    }

    /// Beside what it was compared with in the same run.
    pub fn ratio(mut self, ratio: impl Display) -> Self {
        self.ratio = ratio.to_string();
        self
    }

    /// Whether the target is reached.
    pub fn reached(mut self, reached: bool) -> Self {
        self.verdict = if reached { "ok" } else { "MISSED" };
        self
    }

    /// It could not be measured here.
    pub fn skipped(name: impl Display, target: impl Display, why: impl Display) {
        let mut figure = Self::new(name, target, why);
        figure.verdict = "not measured";
        figure.print();
    }

    pub fn print(self) {
        println!("figure\t{}\t{}\t{}\t{}\t{}", self.name, self.target, self.measured, self.ratio, self.verdict);
    }
}

/// `12345.6` as `12,346`.
pub fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let grouped: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    grouped.join(",")
}

/// Of one hundred.
pub fn percent(ratio: f64) -> String {
    format!("{:.0} %", ratio * 100.0)
}
