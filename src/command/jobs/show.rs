//! `fieldlog jobs show`.

use std::io::{Write, stdout};
use std::process::ExitCode;

use anyhow::Result;
use chrono::Utc;
use clap::Args;
use fieldlog_domain::JobId;
use fieldlog_projections::JobRow;
use serde_json::json;

use super::reading::{Reading, Setback};
use super::{log, words};
use crate::settings::Settings;

/// Which job.
#[derive(Args)]
pub struct ShowArgs {
    /// The job
    #[arg(value_name = "ID")]
    id: JobId,
    /// One JSON object with everything that is known
    #[arg(long)]
    json: bool,
    /// Print the container's log as well, once it is kept
    #[arg(long, conflicts_with = "json")]
    output: bool,
}

/// Runs it.
pub async fn run(settings: &Settings, args: ShowArgs) -> Result<ExitCode> {
    let reading = Reading::open(settings).await?;
    let shown = show(&reading, settings, &args).await;
    reading.close().await;
    shown.map(|()| ExitCode::SUCCESS)
}

async fn show(reading: &Reading, settings: &Settings, args: &ShowArgs) -> Result<()> {
    let row = reading.job(args.id)?;
    let project = reading.name_of(row.resource)?;
    let (setbacks, _) = reading.setbacks(args.id, 0).await?;
    if args.json {
        let mut all = words::as_json(&row, &project);
        all["setbacks"] = setbacks.iter().map(as_json).collect();
        writeln!(stdout(), "{all}")?;
        return Ok(());
    }
    tell(&row, &project, &setbacks)?;
    if args.output {
        log::print(settings, &row).await?;
    }
    Ok(())
}

fn as_json(setback: &Setback) -> serde_json::Value {
    json!({ "attempt": setback.attempt, "at": setback.at, "reason": setback.reason })
}

fn tell(row: &JobRow, project: &str, setbacks: &[Setback]) -> Result<()> {
    let mut out = stdout().lock();
    let mut line = |what: &str, value: &str| writeln!(out, "{what:<13} {}", words::harmless(value));
    let percent = row.percent.map(|percent| format!(", {percent} %")).unwrap_or_default();
    line("job", &row.id.to_string())?;
    line("kind", row.kind.as_ref())?;
    line("project", &format!("{project} ({})", row.resource))?;
    line("state", &format!("{}: {}{percent}", row.state.as_ref(), words::standing(row, Utc::now())))?;
    line("attempt", &format!("{} of {}", row.attempt, row.max_attempts))?;
    for setback in setbacks {
        line("", &format!("{}  attempt {}: {}", words::moment(setback.at), setback.attempt, setback.reason))?;
    }
    line("requested", &format!("{} ({})", words::moment(row.requested_at), row.cause.as_ref()))?;
    for (what, time) in
        [("claimed", row.claimed_at), ("started", row.started_at), ("ended", row.ended_at), ("settled", row.settled_at)]
    {
        if let Some(time) = time {
            line(what, &words::moment(time))?;
        }
    }
    for (what, value) in [
        ("worker", row.worker.map(|worker| worker.to_string())),
        ("project file", row.project_file.as_ref().map(ToString::to_string)),
        ("container", row.container.clone()),
        ("image", row.image.clone()),
        ("image digest", row.image_digest.clone()),
        ("exit code", row.exit_code.map(|code| code.to_string())),
        ("error", row.error.as_ref().map(|error| format!("{}: {}", error.kind.as_ref(), words::why(error)))),
    ] {
        if let Some(value) = value {
            line(what, &value)?;
        }
    }
    for output in &row.outputs {
        line("output", &format!("{} ({} bytes, {})", output.name, output.size, output.media_type))?;
    }
    Ok(())
}
