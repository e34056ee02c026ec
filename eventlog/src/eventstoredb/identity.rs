//! Which server and which log this is, and whether it can serve.

use eventstore::{AppendToStreamOptions, EventData, ExpectedRevision, ReadStreamOptions};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::Failure;
use super::names;
use super::node::{Node, in_time};
use crate::port::LogError;

/// The first version whose filtered subscriptions and answers to appends are as they are needed.
const OLDEST: (usize, usize) = (21, 10);
/// The format of streams and metadata.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Identity {
    id: Uuid,
    format: u32,
}

/// Refuses a server that cannot serve.
pub(super) async fn check_server(node: &Node) -> Result<(), LogError> {
    let failed = |failure: Failure| failure.of_reading(node.place());
    let info = node.ask(|client| async move { in_time(node.patience, client.server_info()).await }).await;
    let version = info.map_err(failed)?.version();
    if (version.major(), version.minor()) >= OLDEST {
        return Ok(());
    }
    let found = match (version.major(), version.minor()) {
        (0, 0) => "a version that does not say its number, so before 21.6".to_owned(),
        _ => format!("version {version}"),
    };
    Err(LogError::Unavailable(format!(
        "{} is EventStoreDB in {found}, expected {}.{} or newer",
        node.place(),
        OLDEST.0,
        OLDEST.1
    )))
}

/// The id of the log, which gets one when it has none.
pub(super) async fn log_id(node: &Node) -> Result<Uuid, LogError> {
    if let Some(id) = read(node).await? {
        return Ok(id);
    }
    let identity = Identity { id: Uuid::now_v7(), format: FORMAT };
    let event = EventData::json("log-created", &identity)
        .map_err(|error| LogError::Damaged(format!("the log's identity cannot be written: {error}")))?
        .id(identity.id);
    let name = names::of_identity(node.log_name());
    let options = AppendToStreamOptions::default().expected_revision(ExpectedRevision::NoStream);
    let options = node.signed(options.deadline(node.patience));
    let written = node.ask(|client| {
        let (options, name, event) = (&options, name.as_str(), event.clone());
        async move { in_time(node.patience, client.append_to_stream(name, options, event)).await.map(|_| ()) }
    });
    match written.await {
        // Another process may have been first.
        Ok(()) | Err(Failure::WrongRevision) => {}
        Err(failure) => return Err(failure.of_reading(node.place())),
    }
    let missing = || LogError::Damaged(format!("{}: stream {name} was written and is not there", node.place()));
    read(node).await?.ok_or_else(missing)
}

async fn read(node: &Node) -> Result<Option<Uuid>, LogError> {
    let name = names::of_identity(node.log_name());
    let options = node.signed(ReadStreamOptions::default().max_count(1));
    let first = node.ask(|client| {
        let (options, name) = (&options, name.as_str());
        async move {
            let mut events = in_time(node.patience, client.read_stream(name, options)).await?;
            Ok(in_time(node.patience, events.next()).await?.and_then(|event| event.event))
        }
    });
    let unreadable = |what: String| LogError::Damaged(format!("{}: stream {name}: {what}", node.place()));
    let event = match first.await {
        Ok(None) | Err(Failure::NoStream) => return Ok(None),
        Ok(Some(event)) => event,
        Err(Failure::Deleted) => return Err(unreadable("it was deleted, and with it the log's identity".to_owned())),
        Err(failure) => return Err(failure.of_reading(node.place())),
    };
    let identity: Identity = serde_json::from_slice(&event.data).map_err(|error| {
        unreadable(format!("expected the identity of a log, found another program's event: {error}"))
    })?;
    if identity.format > FORMAT {
        let found = identity.format;
        return Err(unreadable(format!("written by a newer Fieldlog: format {found}, this program knows {FORMAT}")));
    }
    Ok(Some(identity.id))
}
