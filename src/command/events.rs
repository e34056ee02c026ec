//! `fieldlog events`: what happened, in order, from the log itself.

use std::io::{BufWriter, Write, stdout};
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use fieldlog_domain::ResourceId;
use fieldlog_domain::provenance::Actor;
use fieldlog_eventlog::{EventLog, Position, RecordedEvent, subscribe};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::parts;
use crate::settings::Settings;

/// Which events.
#[derive(Args)]
pub struct EventsArgs {
    /// Only those about this resource, its files and its jobs
    #[arg(long, value_name = "ID")]
    resource: Option<ResourceId>,
    /// Only those after this position
    #[arg(long, value_name = "POSITION", default_value = "0")]
    after: Position,
    /// Only those of this type, for example file_version_added; may be given several times
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Go on with those that happen from now on
    #[arg(long)]
    follow: bool,
    /// One JSON object a line, with everything the log knows
    #[arg(long)]
    json: bool,
}

const PAGE: usize = 1_000;

/// Runs it.
pub async fn run(settings: &Settings, args: EventsArgs) -> Result<ExitCode> {
    let log = parts::existing_log(settings).await?;
    let mut out = BufWriter::new(stdout().lock());
    if args.follow {
        let mut feed = std::pin::pin!(subscribe(log, args.after));
        while let Some(events) = feed.next().await {
            match events {
                Ok(events) => print(&mut out, &args, &events)?,
                Err(error) => tracing::warn!("{error}; trying again"),
            }
        }
    } else {
        print_until_head(log.as_ref(), &mut out, &args).await?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn print_until_head(log: &dyn EventLog, out: &mut impl Write, args: &EventsArgs) -> Result<()> {
    let mut after = args.after;
    loop {
        let events = log.read_feed(after, PAGE).await?;
        let Some(last) = events.last() else { return Ok(()) };
        after = last.position;
        print(out, args, &events)?;
    }
}

fn print(out: &mut impl Write, args: &EventsArgs, events: &[RecordedEvent]) -> Result<()> {
    for event in events.iter().filter(|event| is_wanted(args, event)) {
        if args.json {
            writeln!(out, "{}", as_json(event))?;
        } else {
            writeln!(
                out,
                "{:>8}  {}  {:<26}  {}#{}  {}",
                event.position,
                event.recorded_at.format("%Y-%m-%d %H:%M:%S%.3f"),
                event.event_type,
                event.stream,
                event.sequence,
                who(event.metadata.actor),
            )?;
        }
    }
    Ok(out.flush()?)
}

fn is_wanted(args: &EventsArgs, event: &RecordedEvent) -> bool {
    (args.resource.is_none() || event.metadata.resource == args.resource)
        && (args.types.is_empty() || args.types.contains(&event.event_type))
}

/// Everything the log knows of an event; sealed values stay sealed.
pub fn as_json(event: &RecordedEvent) -> Value {
    json!({
        "position": event.position,
        "stream": event.stream,
        "sequence": event.sequence,
        "event_id": event.event_id,
        "type": event.event_type,
        "version": event.event_version,
        "recorded_at": event.recorded_at,
        "payload": serde_json::from_str::<Value>(&event.payload).unwrap_or_else(|_| Value::String(event.payload.clone())),
        "metadata": event.metadata,
    })
}

fn who(actor: Actor) -> String {
    match actor {
        Actor::Anonymous => "anonymous".to_owned(),
        Actor::Account(id) => format!("account-{id}"),
        Actor::System => "system".to_owned(),
        Actor::Operator => "operator".to_owned(),
    }
}
