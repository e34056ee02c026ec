//! `fieldlog log`: the event log as a whole.

use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use fieldlog_eventlog::{LogUrl, copy, open_to_copy};
use indicatif::ProgressBar;

use crate::settings::Settings;

/// What can be done with a log.
#[derive(Subcommand)]
pub enum LogCommand {
    /// Copies a log, for example to another engine, and compares both in the end; started again, it goes on where it broke off
    Copy(CopyArgs),
}

/// From where to where.
#[derive(Args)]
pub struct CopyArgs {
    /// The log that is copied: sqlite:PATH, postgres://… or esdb://…
    #[arg(long, value_name = "URL")]
    from: String,
    /// The log it is copied to: empty, or the beginning of such a copy; nobody else may write to it
    #[arg(long, value_name = "URL")]
    to: String,
}

impl LogCommand {
    /// The logs it opens.
    pub fn logs(&self) -> Result<Vec<LogUrl>> {
        match self {
            Self::Copy(args) => Ok(vec![url("from", &args.from)?, url("to", &args.to)?]),
        }
    }
}

/// A wrong URL may hold a password, so only its parser decides what of it is quoted.
fn url(name: &str, text: &str) -> Result<LogUrl> {
    text.parse::<LogUrl>().map_err(anyhow::Error::new).with_context(|| format!("--{name} is wrong"))
}

/// Runs it.
pub async fn run(settings: &Settings, command: LogCommand) -> Result<ExitCode> {
    let LogCommand::Copy(args) = command;
    let (from, to) = (url("from", &args.from)?, url("to", &args.to)?);
    if let LogUrl::Sqlite(path) = &from {
        ensure!(path.exists(), "there is no log at {}, expected one to copy from", path.display());
    }
    let folder = settings.data.is_dir().then_some(settings.data.as_path());
    let source = open_to_copy(&from, folder).await.with_context(|| format!("cannot open the log {from}"))?;
    let target = open_to_copy(&to, folder).await.with_context(|| format!("cannot open the log {to}"))?;
    let bar = ProgressBar::new_spinner();
    let copied = copy(&*source, &*target, |events| bar.set_message(format!("{events} events copied"))).await?;
    bar.finish_and_clear();
    println!(
        "{to} holds all {} events of {from}, {} of them from an earlier try; both have the digest {}",
        copied.events, copied.found, copied.digest
    );
    Ok(ExitCode::SUCCESS)
}
