//! `fieldlog jobs watch`: a bar for each job that waits or runs; lines where nobody draws.

mod bars;
mod lines;

use std::collections::HashMap;
use std::io::{IsTerminal, stdout};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use clap::Args;
use fieldlog_domain::job::JobState;
use fieldlog_domain::{JobId, ResourceId};
use fieldlog_projections::{JobRow, ListJobs, Page, View};

use super::reading::{Reading, Setback};
use super::{log, words};
use crate::settings::Settings;

use bars::Bars;
use lines::Lines;

/// Times go on also when nothing happens.
const TICK: Duration = Duration::from_millis(500);
/// More jobs than anybody looks at.
const MOST: usize = 200;
/// How shells tell that a program was ended by Ctrl-C.
const INTERRUPTED: u8 = 130;

/// Which jobs.
#[derive(Args)]
pub struct WatchArgs {
    /// This job, to its end; the exit code says whether it finished. Without it: all jobs, until Ctrl-C
    #[arg(value_name = "ID", conflicts_with = "project")]
    id: Option<JobId>,
    /// Only those of this project, or of the project with this id
    #[arg(long, value_name = "OWNER/NAME")]
    project: Option<String>,
    /// Print the container's log at the end
    #[arg(long, requires = "id")]
    output: bool,
}

/// Runs it.
pub async fn run(settings: &Settings, args: WatchArgs) -> Result<ExitCode> {
    // Before anything is read, so that what is temporary is removed whenever it comes.
    let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    let reading = Reading::open(settings).await?;
    let watched = tokio::select! {
        watched = watch(&reading, settings, &args) => watched,
        _ = interrupt.recv() => Ok(if args.id.is_some() { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS }),
    };
    reading.close().await;
    watched
}

async fn watch(reading: &Reading, settings: &Settings, args: &WatchArgs) -> Result<ExitCode> {
    let which = match (args.id, &args.project) {
        (Some(id), _) => Which::One(reading.job(id)?.id),
        (None, Some(project)) => Which::Of(reading.project(project)?),
        (None, None) => Which::All,
    };
    let mut watch = Watch { reading, which, began: Utc::now(), screen: Screen::new(), known: HashMap::new() };
    let mut changes = reading.model.changes();
    loop {
        changes.mark_unchanged();
        let now = Utc::now();
        for row in watch.rows()? {
            watch.see(&row, now).await?;
            if matches!(watch.which, Which::One(_)) && row.state.is_final() {
                if args.output {
                    log::print(settings, &row).await?;
                }
                let is_done = row.state == JobState::Finished;
                return Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE });
            }
        }
        tokio::select! {
            changed = changes.changed() => changed.context("the log is no longer read")?,
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// Which jobs are looked at.
enum Which {
    One(JobId),
    Of(ResourceId),
    All,
}

struct Watch<'a> {
    reading: &'a Reading,
    which: Which,
    began: DateTime<Utc>,
    screen: Screen,
    known: HashMap<JobId, Known>,
}

/// A job that was seen before.
struct Known {
    title: String,
    /// Up to where its stream was read.
    sequence: u64,
    /// What was seen of it last.
    last: Option<JobRow>,
}

impl Watch<'_> {
    /// Every job that waits, runs, or ended since it was last seen; oldest first.
    fn rows(&self) -> Result<Vec<JobRow>> {
        let view = self.reading.view().pinned()?;
        let resource = match self.which {
            Which::One(id) => return Ok(vec![self.reading.job(id)?]),
            Which::Of(project) => Some(project),
            Which::All => None,
        };
        let under_way = vec![JobState::Requested, JobState::Claimed, JobState::Started];
        let mut rows = newest(&view, resource, Some(under_way))?;
        // Those that were requested after the last look, and are over already.
        let new = newest(&view, resource, None)?.into_iter().filter(|row| row.requested_at >= self.began);
        let running = self.known.iter().filter(|(_, known)| !known.is_over()).map(|(id, _)| *id).collect::<Vec<_>>();
        rows.extend(new.chain(view.jobs_by_id(&running)?));
        rows.sort_by_key(|row| (row.requested_at, row.id));
        rows.dedup_by_key(|row| row.id);
        Ok(rows)
    }

    /// Shows a job, if there is anything new to show.
    async fn see(&mut self, row: &JobRow, now: DateTime<Utc>) -> Result<()> {
        if !self.known.contains_key(&row.id) {
            let title = format!("{} {}", self.reading.name_of(row.resource)?, row.kind.as_ref());
            self.known.insert(row.id, Known { title, sequence: 0, last: None });
        }
        let Some(known) = self.known.get_mut(&row.id) else { return Ok(()) };
        if known.is_over() {
            return Ok(());
        }
        if known.last.as_ref().is_none_or(|last| (last.state, last.attempt) != (row.state, row.attempt)) {
            let (setbacks, sequence) = self.reading.setbacks(row.id, known.sequence).await?;
            known.sequence = sequence;
            for setback in setbacks {
                self.screen.note(&told(&setback, row, &known.title))?;
            }
        }
        self.screen.show(row, &known.title, now)?;
        known.last = Some(row.clone());
        Ok(())
    }
}

impl Known {
    fn is_over(&self) -> bool {
        self.last.as_ref().is_some_and(|row| row.state.is_final())
    }
}

fn newest(view: &View, resource: Option<ResourceId>, states: Option<Vec<JobState>>) -> Result<Vec<JobRow>> {
    Ok(view.jobs(ListJobs { resource, states, page: Page::first(MOST) })?.rows)
}

fn told(setback: &Setback, row: &JobRow, title: &str) -> String {
    let attempt = format!("attempt {} of {}", setback.attempt, row.max_attempts);
    let reason = words::harmless(&setback.reason);
    format!("{}  {}  {title}: {attempt} came to nothing: {reason}", words::moment(setback.at), row.id)
}

/// How a job is told of when it cannot be drawn, or is over.
fn line(row: &JobRow, title: &str, now: DateTime<Utc>) -> String {
    let percent = row.percent.map(|percent| format!(", {percent} %")).unwrap_or_default();
    let standing = words::harmless(&words::standing(row, now));
    format!("{}  {}  {title}: {standing}{percent}", words::moment(now), row.id)
}

/// Where jobs are shown.
enum Screen {
    Bars(Box<Bars>),
    Lines(Lines),
}

impl Screen {
    /// Bars on a terminal, lines everywhere else.
    fn new() -> Self {
        match stdout().is_terminal().then(Bars::new).flatten() {
            Some(bars) => Self::Bars(Box::new(bars)),
            None => Self::Lines(Lines::default()),
        }
    }

    fn show(&mut self, row: &JobRow, title: &str, now: DateTime<Utc>) -> Result<()> {
        match self {
            Self::Bars(bars) => bars.show(row, title, now),
            Self::Lines(lines) => lines.show(row, title, now),
        }
    }

    fn note(&mut self, line: &str) -> Result<()> {
        match self {
            Self::Bars(bars) => bars.note(line),
            Self::Lines(lines) => lines.note(line),
        }
    }
}
