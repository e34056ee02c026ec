//! Snapshots: a stream for each, of which only the last event counts.

use eventstore::{
    AppendToStreamOptions, EventData, ExpectedRevision, ReadStreamOptions, StreamMetadataBuilder, StreamPosition,
};
use fieldlog_domain::StreamId;
use serde::{Deserialize, Serialize};

use super::error::Failure;
use super::names;
use super::node::{Node, in_time};
use crate::port::{LogError, Snapshot};

/// Longer states are not kept: it is a cache, and an append takes little more.
const LONGEST: usize = 900 << 10;

#[derive(Serialize, Deserialize)]
struct Label {
    sequence: u64,
    schema: String,
}

/// A snapshot and the revision it is at.
struct Kept {
    revision: u64,
    snapshot: Snapshot,
}

pub(super) async fn load(node: &Node, stream: &StreamId) -> Result<Option<Snapshot>, LogError> {
    Ok(kept(node, stream).await.map_err(|failure| failure.of_reading(node.place()))?.map(|kept| kept.snapshot))
}

/// An older one of the same schema changes nothing.
pub(super) async fn save(node: &Node, stream: &StreamId, snapshot: &Snapshot) -> Result<(), LogError> {
    if snapshot.state.len() > LONGEST {
        tracing::debug!(%stream, bytes = snapshot.state.len(), "a snapshot is too long to be kept");
        return Ok(());
    }
    let failed = |failure: Failure| failure.of_reading(node.place());
    loop {
        let kept = kept(node, stream).await.map_err(failed)?;
        if let Some(Kept { snapshot: kept, .. }) = &kept
            && kept.schema == snapshot.schema
            && kept.sequence > snapshot.sequence
        {
            return Ok(());
        }
        let revision = kept.map(|kept| kept.revision);
        match write(node, stream, revision, snapshot).await {
            Ok(()) => return Ok(()),
            // Another one was saved meanwhile.
            Err(Failure::WrongRevision) => {}
            Err(failure) => return Err(failed(failure)),
        }
    }
}

async fn kept(node: &Node, stream: &StreamId) -> Result<Option<Kept>, Failure> {
    let name = names::of_snapshot(node.log_name(), stream);
    let options = node.signed(ReadStreamOptions::default().position(StreamPosition::End).backwards().max_count(1));
    let last = node.ask(|client| {
        let (options, name) = (&options, name.as_str());
        async move {
            let mut events = in_time(node.patience, client.read_stream(name, options)).await?;
            Ok(in_time(node.patience, events.next()).await?.and_then(|event| event.event))
        }
    });
    let Some(event) = (match last.await {
        Err(Failure::NoStream) => None,
        answer => answer?,
    }) else {
        return Ok(None);
    };
    let unreadable =
        |what: &str| Failure::Refused(LogError::Damaged(format!("{}: stream {name}: {what}", node.place())));
    let label: Label =
        serde_json::from_slice(&event.custom_metadata).map_err(|_| unreadable("expected a snapshot's metadata"))?;
    let state = String::from_utf8(event.data.to_vec()).map_err(|_| unreadable("expected a state in UTF-8"))?;
    let snapshot = Snapshot { sequence: label.sequence, schema: label.schema, state };
    Ok(Some(Kept { revision: event.revision, snapshot }))
}

async fn write(node: &Node, stream: &StreamId, after: Option<u64>, snapshot: &Snapshot) -> Result<(), Failure> {
    let name = names::of_snapshot(node.log_name(), stream);
    let label = Label { sequence: snapshot.sequence, schema: snapshot.schema.clone() };
    let event = EventData::binary("snapshot", snapshot.state.clone().into())
        .metadata_as_json(&label)
        .map_err(|error| Failure::Refused(LogError::Damaged(format!("a snapshot's label cannot be written: {error}"))))?
        .id(uuid::Uuid::now_v7());
    let expected = after.map_or(ExpectedRevision::NoStream, ExpectedRevision::Exact);
    let options = node.signed(AppendToStreamOptions::default().expected_revision(expected).deadline(node.patience));
    node.ask(|client| {
        let (options, name, event) = (&options, name.as_str(), event.clone());
        async move { in_time(node.patience, client.append_to_stream(name, options, event)).await.map(|_| ()) }
    })
    .await?;
    if after.is_none() {
        forget_older(node, &name).await;
    }
    Ok(())
}

/// Lets the server remove those before the last one. Without it they only take room.
async fn forget_older(node: &Node, name: &str) {
    let only_last = StreamMetadataBuilder::new().max_count(1).build();
    let options = AppendToStreamOptions::default().expected_revision(ExpectedRevision::NoStream);
    let options = node.signed(options.deadline(node.patience));
    let set = node.ask(|client| {
        let (options, only_last) = (&options, &only_last);
        async move { in_time(node.patience, client.set_stream_metadata(name, options, only_last)).await.map(|_| ()) }
    });
    if let Err(failure) = set.await {
        tracing::debug!(?failure, name, "older snapshots stay");
    }
}
