//! What the process says about itself, on standard error.

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

/// How the process tells what it does.
#[derive(Args)]
pub struct TraceArgs {
    /// What is told, for example `info` or `fieldlog_worker=debug,info`
    #[arg(long, env = "FIELDLOG_TRACE", global = true, default_value = "info", value_name = "FILTER")]
    trace: String,
    /// Shape of the lines
    #[arg(long, env = "FIELDLOG_TRACE_FORMAT", global = true, default_value = "text", value_name = "FORMAT")]
    trace_format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Starts telling.
pub fn start(args: &TraceArgs) {
    // What this client says comes back as errors of the log, too; what it tries first of all is meant to fail (ADR 0017).
    let quiet = if args.trace.contains("eventstore") { "" } else { ",eventstore=off" };
    let filter = EnvFilter::try_new(format!("{}{quiet}", args.trace)).unwrap_or_else(|error| {
        eprintln!("fieldlog: the setting \"trace\" is wrong ({error}), using \"info\"");
        EnvFilter::new(format!("info{quiet}"))
    });
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match args.trace_format {
        Format::Text => lines.init(),
        Format::Json => lines.json().init(),
    }
}
