//! The `fieldlog` command: command line, settings and wiring; nothing else.

mod command;
mod installation;
mod parts;
mod settings;
mod trace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::settings::{Overrides, Settings};

/// An event-sourced cloud for QGIS field projects.
#[derive(Parser)]
#[command(name = "fieldlog", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    settings: Overrides,
    #[command(flatten)]
    trace: trace::TraceArgs,
}

#[derive(Subcommand)]
enum Command {
    /// Runs everything in one process: gateway, policies and worker
    Serve,
    /// Runs the gateway and the policies; any number of them over a shared log and storage
    Gateway,
    /// Runs the worker and the policies; any number of them over a shared log and storage
    Worker,
    /// Accounts
    #[command(subcommand)]
    Account(command::account::AccountCommand),
    /// Jobs: lists them, follows them, stops them
    #[command(subcommand)]
    Jobs(command::jobs::JobsCommand),
    /// Transformation grids for PROJ
    #[command(subcommand)]
    Grids(command::grids::GridsCommand),
    /// Prints what happened, in order
    Events(command::events::EventsArgs),
    /// Writes a resource's state and files as they were at some moment into a folder
    Replay(command::replay::ReplayArgs),
    /// Builds the read models anew, beside the live ones, and switches
    Rebuild(command::rebuild::RebuildArgs),
    /// The event log as a whole: copies it to another engine
    #[command(subcommand)]
    Log(command::log::LogCommand),
    /// Looks whether everything is there that is needed, and says what to do if not
    Doctor,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    trace::start(&cli.trace);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&anyhow::Error::from(error).context("cannot start the runtime")),
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => failed(&error),
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let settings = Settings::resolve(&cli.settings)?;
    name_tls_provider(&settings, &cli.command).await?;
    match cli.command {
        Command::Serve => command::serve::run(settings, command::serve::Roles { gateway: true, worker: true }).await,
        Command::Gateway => command::serve::run(settings, command::serve::Roles { gateway: true, worker: false }).await,
        Command::Worker => command::serve::run(settings, command::serve::Roles { gateway: false, worker: true }).await,
        Command::Account(account) => command::account::run(&settings, account).await,
        Command::Jobs(jobs) => command::jobs::run(&settings, jobs).await,
        Command::Grids(grids) => command::grids::run(&settings, grids).await,
        Command::Events(args) => command::events::run(&settings, args).await,
        Command::Replay(args) => command::replay::run(&settings, args).await,
        Command::Rebuild(args) => command::rebuild::run(&settings, args).await,
        Command::Log(log) => command::log::run(&settings, log).await,
        Command::Doctor => command::doctor::run(&settings).await,
    }
}

/// Several TLS users are linked in; one provider for all of them has to be named before the first connection.
async fn name_tls_provider(settings: &Settings, command: &Command) -> anyhow::Result<()> {
    let copied = match command {
        Command::Log(log) => log.logs()?,
        _ => Vec::new(),
    };
    let logs: Vec<_> = copied.iter().chain([&settings.log]).collect();
    Ok(fieldlog_eventlog::install_tls_provider(&logs).await?)
}

fn failed(error: &anyhow::Error) -> ExitCode {
    // A reader that went away (`fieldlog events | head`) is no failure.
    let pipe_closed = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    if pipe_closed.into_iter().any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    eprintln!("fieldlog: {error:#}");
    ExitCode::FAILURE
}
