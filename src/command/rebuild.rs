//! `fieldlog rebuild`: read models are disposable; this makes new ones, without downtime.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use fieldlog_projections::{PROJECTIONS, rebuild_beside};

use crate::parts;
use crate::settings::Settings;

/// What is rebuilt.
#[derive(Args)]
pub struct RebuildArgs {
    /// Only this projection; the others are copied
    #[arg(long, value_name = "NAME")]
    projection: Option<String>,
}

/// Runs it.
pub async fn run(settings: &Settings, args: RebuildArgs) -> Result<ExitCode> {
    let names: Vec<_> = PROJECTIONS.iter().map(|projection| projection.name()).collect();
    if let Some(unknown) = args.projection.as_deref().filter(|name| !names.contains(name)) {
        bail!("expected one of the projections {}, found {unknown:?}", names.join(", "));
    }
    let log = parts::existing_log(settings).await?;
    let report = rebuild_beside(&settings.read_models, log, args.projection.as_deref()).await?;
    println!(
        "rebuilt {} from {} events up to position {} in {:.1} s; a server that runs over {} switches by itself",
        report.projections.join(", "),
        report.events,
        report.position,
        report.took.as_secs_f64(),
        settings.read_models.display(),
    );
    Ok(ExitCode::SUCCESS)
}
