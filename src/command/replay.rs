//! `fieldlog replay`: a resource as it was, into a folder: `state.json`, `events.jsonl` and `files/`.

mod state;

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{Context, Result, anyhow, ensure};
use chrono::{DateTime, Utc};
use clap::Args;
use fieldlog_domain::ResourceId;
use fieldlog_eventlog::{EventLog, Position};
use fieldlog_projections::{History, Moment, ReadModelOptions, View};
use fieldlog_storage::Storage;

use super::events::as_json;
use crate::parts;
use crate::settings::Settings;

/// What, when and where to.
#[derive(Args)]
pub struct ReplayArgs {
    /// The resource
    #[arg(long, value_name = "ID")]
    resource: ResourceId,
    /// A position of the log, or a time such as 2026-11-22T10:00:00Z
    #[arg(long, value_name = "TIME|POSITION")]
    at: At,
    /// A folder that is empty or not there yet
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[derive(Clone, Copy)]
struct At(Moment);

impl FromStr for At {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Ok(position) = text.parse::<Position>() {
            return Ok(Self(Moment::Position(position)));
        }
        DateTime::parse_from_rfc3339(text)
            .map(|time| Self(Moment::Time(time.with_timezone(&Utc))))
            .map_err(|_| anyhow!("expected a position or a time such as 2026-11-22T10:00:00Z, found {text:?}"))
    }
}

/// Runs it.
pub async fn run(settings: &Settings, args: ReplayArgs) -> Result<ExitCode> {
    let At(moment) = args.at;
    let is_free = !args.out.exists() || fs::read_dir(&args.out)?.next().is_none();
    ensure!(is_free, "expected an empty folder or none at {}, found files in it", args.out.display());

    let log = parts::existing_log(settings).await?;
    let storage = parts::storage(settings)?;
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let history = History::open(folder.path(), log.clone(), &ReadModelOptions::default())?;
    let view = history.as_of(moment).await?;
    let state = state::of(&view, args.resource)?
        .with_context(|| format!("there was no resource {} at that moment", args.resource))?;

    fs::create_dir_all(&args.out).with_context(|| format!("cannot make the folder {}", args.out.display()))?;
    let missing = write_files(&view, &storage, args.resource, &args.out.join("files")).await?;
    let events = write_events(log.as_ref(), &view, args.resource, &args.out.join("events.jsonl")).await?;
    fs::write(args.out.join("state.json"), serde_json::to_string_pretty(&state)?)?;

    let files = view.all_current_versions(args.resource)?.len();
    println!(
        "{} as of position {}: {files} files and {events} events in {}",
        args.resource,
        view.position()?,
        args.out.display()
    );
    for path in &missing {
        eprintln!("the bytes of {path} are no longer in the storage");
    }
    Ok(if missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes every file the resource held; returns the paths whose bytes are gone.
async fn write_files(view: &View, storage: &Storage, resource: ResourceId, dir: &Path) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    for version in view.all_current_versions(resource)? {
        // A recorded path is relative and has no `..`: the domain refuses others.
        let target = dir.join(version.path.as_str());
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        if !storage.exists(&version.digest).await? {
            missing.push(version.path.to_string());
            continue;
        }
        storage
            .materialize(&version.digest, &target)
            .await
            .with_context(|| format!("cannot write {}", version.path))?;
    }
    Ok(missing)
}

async fn write_events(log: &dyn EventLog, view: &View, resource: ResourceId, path: &Path) -> Result<usize> {
    let until = view.position()?;
    let mut out = BufWriter::new(fs::File::create(path)?);
    let (mut after, mut written) = (Position::START, 0);
    loop {
        let list = fieldlog_projections::ListEvents { after, resource: Some(resource), types: vec![], limit: 1_000 };
        let positions: Vec<_> = view.events(list)?.into_iter().map(|row| row.position).collect();
        let Some(last) = positions.last().copied() else { break };
        for event in log.events_at(&positions).await?.iter().filter(|event| event.position <= until) {
            writeln!(out, "{}", as_json(event))?;
            written += 1;
        }
        after = last;
    }
    out.flush()?;
    Ok(written)
}
