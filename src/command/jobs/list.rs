//! `fieldlog jobs list`.

use std::io::{BufWriter, Write, stdout};
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use chrono::Utc;
use clap::Args;
use fieldlog_domain::job::JobState;
use fieldlog_projections::{JobRow, ListJobs, Page};
use strum::IntoEnumIterator;

use super::reading::Reading;
use super::words;
use crate::settings::Settings;

/// Rows that are read at a time.
const PAGE: usize = 500;

/// Which jobs.
#[derive(Args)]
pub struct ListArgs {
    /// Only those of this project, or of the project with this id
    #[arg(long, value_name = "OWNER/NAME")]
    project: Option<String>,
    /// Only those in this state: requested, claimed, started, finished, failed or cancelled; may be given several times
    #[arg(long = "state", value_name = "STATE", value_parser = state)]
    states: Vec<JobState>,
    /// At most so many
    #[arg(long, value_name = "N", default_value = "100")]
    limit: usize,
    /// One JSON object a line, with everything that is known
    #[arg(long)]
    json: bool,
}

fn state(text: &str) -> Result<JobState> {
    text.parse().map_err(|_| {
        let known: Vec<_> = JobState::iter().map(|state| state.as_ref().to_owned()).collect();
        anyhow!("expected one of {}, found {text:?}", known.join(", "))
    })
}

/// Runs it.
pub async fn run(settings: &Settings, args: ListArgs) -> Result<ExitCode> {
    let reading = Reading::open(settings).await?;
    let listed = print(&reading, &args);
    reading.close().await;
    listed.map(|()| ExitCode::SUCCESS)
}

fn print(reading: &Reading, args: &ListArgs) -> Result<()> {
    let rows = rows(reading, args)?;
    let mut out = BufWriter::new(stdout().lock());
    if !args.json && !rows.is_empty() {
        let (id, state, kind, at) = ("ID", "STATE", "KIND", "REQUESTED");
        writeln!(out, "{id:<36}  {state:<9}  {kind:<20}  {at:<19}  {:<24}  HOW IT IS", "PROJECT")?;
    }
    let now = Utc::now();
    for row in rows {
        let project = reading.name_of(row.resource)?;
        if args.json {
            writeln!(out, "{}", words::as_json(&row, &project))?;
            continue;
        }
        let percent = row.percent.map(|percent| format!(", {percent} %")).unwrap_or_default();
        let standing = words::harmless(&words::standing(&row, now));
        let (state, kind, at) = (row.state.as_ref(), row.kind.as_ref(), words::moment(row.requested_at));
        writeln!(out, "{}  {state:<9}  {kind:<20}  {at}  {project:<24}  {standing}{percent}", row.id)?;
    }
    Ok(out.flush()?)
}

/// Newest first.
fn rows(reading: &Reading, args: &ListArgs) -> Result<Vec<JobRow>> {
    let resource = args.project.as_deref().map(|project| reading.project(project)).transpose()?;
    let states = Some(args.states.clone()).filter(|states| !states.is_empty());
    let view = reading.view().pinned()?;
    let (mut rows, mut after) = (vec![], None);
    while rows.len() < args.limit {
        let some = PAGE.min(args.limit - rows.len());
        let page = after.map_or_else(|| Page::first(some), |cursor| Page::after(some, cursor));
        let listed = view.jobs(ListJobs { resource, states: states.clone(), page })?;
        rows.extend(listed.rows);
        after = listed.cursors.last().cloned();
        if !listed.has_next {
            break;
        }
    }
    Ok(rows)
}
