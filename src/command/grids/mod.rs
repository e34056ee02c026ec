//! `fieldlog grids`: transformation grids for PROJ, in a folder that the containers of jobs may read.
//!
//! Containers have no network, so what they shall transform exactly has to be there before.

mod area;
mod download;
mod fetch;
mod folder;
mod import;
mod index;
mod kind;
mod list;
mod name;
mod source;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

use crate::settings::Settings;

/// What can be done with transformation grids.
#[derive(Subcommand)]
pub enum GridsCommand {
    /// Lists the grids that are there, and what PROJ's index says of them
    List(list::ListArgs),
    /// Fetches grids from PROJ's server or a copy of it, each verified by its SHA-256; goes on where it broke off
    Fetch(fetch::FetchArgs),
    /// Takes grids from files and folders of this machine
    Import(import::ImportArgs),
}

/// Runs it.
pub async fn run(settings: &Settings, command: GridsCommand) -> Result<ExitCode> {
    match command {
        GridsCommand::List(args) => list::run(settings, args).await,
        GridsCommand::Fetch(args) => fetch::run(settings, args).await,
        GridsCommand::Import(args) => import::run(settings, args),
    }
}

/// A number of bytes, for people.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
