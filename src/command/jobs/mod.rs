//! `fieldlog jobs`: work for QGIS, seen and stopped from the server's own machine, whether a server runs or not.
//!
//! Everything is read from a read model that lives as long as the command, and begins as a copy of the server's own, which belongs to it.

mod cancel;
mod list;
mod log;
mod reading;
mod show;
mod watch;
mod words;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

use crate::settings::Settings;

/// What can be done with jobs.
#[derive(Subcommand)]
pub enum JobsCommand {
    /// Lists jobs, newest first
    List(list::ListArgs),
    /// Shows what is known of a job
    Show(show::ShowArgs),
    /// Follows jobs while they run: one to its end, or all until Ctrl-C
    Watch(watch::WatchArgs),
    /// Stops a job that nobody wants any more
    Cancel(cancel::CancelArgs),
}

/// Runs it.
pub async fn run(settings: &Settings, command: JobsCommand) -> Result<ExitCode> {
    match command {
        JobsCommand::List(args) => list::run(settings, args).await,
        JobsCommand::Show(args) => show::run(settings, args).await,
        JobsCommand::Watch(args) => watch::run(settings, args).await,
        JobsCommand::Cancel(args) => cancel::run(settings, args).await,
    }
}
