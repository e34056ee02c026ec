//! `fieldlog jobs cancel`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use fieldlog_commands::job::{CancelJob, cancel_job};
use fieldlog_commands::{App, CommandError, Viewer};
use fieldlog_domain::JobId;

use crate::parts;
use crate::settings::Settings;

/// How long reading the log may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// Which job.
#[derive(Args)]
pub struct CancelArgs {
    /// The job
    #[arg(value_name = "ID")]
    id: JobId,
}

/// Runs it.
pub async fn run(settings: &Settings, args: CancelArgs) -> Result<ExitCode> {
    parts::existing_log(settings).await?;
    let models = tempfile::tempdir().context("cannot make a temporary folder")?;
    let app = parts::app(settings, models.path()).await?;
    let said = cancel(&app, args.id).await;
    app.model().shutdown().await;
    println!("{}", said?);
    Ok(ExitCode::SUCCESS)
}

/// In the operator's name; its worker notices by itself.
async fn cancel(app: &App, job: JobId) -> Result<String> {
    app.model().wait_until(app.log().head().await?, PATIENCE).await?;
    match cancel_job(app, &Viewer::operator(), CancelJob { command_id: None, job }).await {
        Ok(done) if done.receipt.is_some() => Ok(format!("cancelled job {job}")),
        Ok(_) => Ok(format!("job {job} was cancelled already")),
        Err(CommandError::NotFound(_)) => bail!("there is no job {job} in the log {}", app.log().describe()),
        Err(CommandError::Refused(refusal)) => bail!("job {job} cannot be cancelled: {refusal}"),
        Err(other) => bail!("{other}"),
    }
}
