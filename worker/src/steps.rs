//! Lines by which a container says how far it is, among all that it prints.
//!
//! ```text
//! ::<<<::<uuid> <name>      a step begins
//! ::===::<uuid> <percent>   so much of it is done
//! ::>>>::<uuid> <stage>     it ends
//! ```
//!
//! Viewers of the log fold it at the first and the last; the one between is for nobody's eyes.

use uuid::Uuid;

/// Longer names are cut: they are shown on one line.
const LONGEST_NAME: usize = 100;

/// How far a container is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The name of the step it is at.
    pub(crate) step: String,
    /// How much of the step is done; none when it does not say.
    pub(crate) percent: Option<u8>,
}

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Something printed; the container is where it was.
    Line,
    /// A line that people see as well: a step begins.
    Step(Progress),
    /// A line for the worker alone, and how far the container is when it says something new.
    Percent(Option<Progress>),
}

/// Follows a container from step to step.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    open: Option<(Uuid, Progress)>,
}

impl Steps {
    /// Takes note of a line that was printed.
    pub(crate) fn hear(&mut self, line: &str) -> Heard {
        if let Some((step, name)) = marker("::<<<::", line) {
            let progress = Progress { step: shown(name), percent: None };
            self.open = Some((step, progress.clone()));
            return Heard::Step(progress);
        }
        match marker("::===::", line).and_then(|(step, percent)| Some((step, percent_of(percent)?))) {
            Some((step, percent)) => Heard::Percent(self.is_at(step, percent)),
            None => Heard::Line,
        }
    }

    /// Of a step that is not the open one nothing is known, and within the open one nothing goes back.
    fn is_at(&mut self, step: Uuid, percent: u8) -> Option<Progress> {
        let (open, progress) = self.open.as_mut()?;
        if *open != step || progress.percent >= Some(percent) {
            return None;
        }
        progress.percent = Some(percent);
        Some(progress.clone())
    }
}

/// What stands after the kind and the id of a marker.
fn marker<'l>(kind: &str, line: &'l str) -> Option<(Uuid, &'l str)> {
    let (id, rest) = line.strip_prefix(kind)?.split_once(' ')?;
    Some((Uuid::try_parse(id).ok()?, rest.trim())).filter(|(_, rest)| !rest.is_empty())
}

/// A whole number from 0 to 100; what is behind a decimal point is left out.
fn percent_of(text: &str) -> Option<u8> {
    let percent: f64 = text.parse().ok()?;
    (0.0..=100.0).contains(&percent).then_some(percent as u8)
}

/// A name as it may be shown anywhere.
fn shown(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &str = "8d3ea27a-8d75-4b40-a0a5-6e7f6a1d5c11";
    const OTHER: &str = "1f0c60a2-52a6-4d39-8b8e-0a8b3a4c2f77";

    fn at(step: &str, percent: Option<u8>) -> Progress {
        Progress { step: step.to_owned(), percent }
    }

    fn begun() -> Steps {
        let mut steps = Steps::default();
        let heard = steps.hear(&format!("::<<<::{OPEN} Convert layers"));
        assert_eq!(heard, Heard::Step(at("Convert layers", None)));
        steps
    }

    #[test]
    fn a_step_begins_goes_on_and_makes_room_for_the_next() {
        let mut steps = begun();
        assert_eq!(steps.hear("converting"), Heard::Line);
        let half = steps.hear(&format!("::===::{OPEN} 50"));
        assert_eq!(half, Heard::Percent(Some(at("Convert layers", Some(50)))));
        assert_eq!(steps.hear(&format!("::>>>::{OPEN} 2")), Heard::Line);
        assert_eq!(steps.hear(&format!("::<<<::{OTHER} Write")), Heard::Step(at("Write", None)));
        assert_eq!(steps.hear(&format!("::===::{OTHER} 0")), Heard::Percent(Some(at("Write", Some(0)))));
    }

    #[test]
    fn within_a_step_nothing_goes_back_and_nothing_is_news_twice() {
        let mut steps = begun();
        assert_eq!(steps.hear(&format!("::===::{OPEN} 50.7")), Heard::Percent(Some(at("Convert layers", Some(50)))));
        for no_news in ["50", "49", "0"] {
            assert_eq!(steps.hear(&format!("::===::{OPEN} {no_news}")), Heard::Percent(None));
        }
    }

    #[test]
    fn percents_of_other_steps_say_nothing_and_are_not_shown_either() {
        assert_eq!(begun().hear(&format!("::===::{OTHER} 50")), Heard::Percent(None));
        assert_eq!(Steps::default().hear(&format!("::===::{OPEN} 50")), Heard::Percent(None));
    }

    #[test]
    fn what_only_looks_like_a_marker_is_a_line_like_any_other() {
        for line in [
            "::===::".to_owned(),
            "::===::50".to_owned(),
            "::===::nonsense 50".to_owned(),
            format!("::===::{OPEN}"),
            format!("::===::{OPEN} "),
            format!("::===::{OPEN} half"),
            format!("::===::{OPEN} -1"),
            format!("::===::{OPEN} 101"),
            format!("::===::{OPEN} NaN"),
            format!(" ::===::{OPEN} 50"),
            format!("::<<<::{OPEN} "),
        ] {
            assert_eq!(begun().hear(&line), Heard::Line, "{line}");
        }
    }

    #[test]
    fn names_are_cut_and_do_nothing_to_whoever_shows_them() {
        let mut steps = Steps::default();
        let heard = steps.hear(&format!("::<<<::{OPEN} \u{1b}[2J{}", "ü".repeat(200)));
        assert_eq!(heard, Heard::Step(at(&format!("[2J{}", "ü".repeat(97)), None)));
    }
}
