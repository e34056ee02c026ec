//! Payloads that are too large for an append, of which a server takes 1 MiB where nobody configured it otherwise.
//!
//! They are written first, in parts, into a stream named by their digest; the event then says where. So writing one again
//! changes nothing, and what an append that failed leaves behind is either used later or never read.

use eventstore::{AppendToStreamOptions, EventData, ExpectedRevision, ReadStreamOptions};
use uuid::Uuid;

use super::envelope::{Elsewhere, Received};
use super::error::Failure;
use super::names;
use super::node::{Node, in_time};
use crate::port::LogError;
use crate::recorded::NewEvent;

/// Bytes of payload in one append, with room for everything else.
const MOST_IN_AN_APPEND: usize = 512 << 10;
const PART: usize = 768 << 10;

/// For each event, where its payload is, if it is not beside it: the largest go first.
pub(super) async fn put_large(node: &Node, events: &[NewEvent]) -> Result<Vec<Option<Elsewhere>>, Failure> {
    let mut elsewhere = vec![None; events.len()];
    let mut rest: usize = events.iter().map(|event| event.payload.len()).sum();
    if rest <= MOST_IN_AN_APPEND {
        return Ok(elsewhere);
    }
    let mut by_size: Vec<usize> = (0..events.len()).collect();
    by_size.sort_by_key(|index| std::cmp::Reverse(events[*index].payload.len()));
    for index in by_size {
        if rest <= MOST_IN_AN_APPEND {
            break;
        }
        let payload = &events[index].payload;
        let place = Elsewhere { sha256: names::digest(payload), bytes: payload.len() };
        if !elsewhere.contains(&Some(place.clone())) {
            put(node, &place, payload).await?;
        }
        elsewhere[index] = Some(place);
        rest -= payload.len();
    }
    Ok(elsewhere)
}

async fn put(node: &Node, place: &Elsewhere, payload: &str) -> Result<(), Failure> {
    let name = names::of_payload(node.log_name(), &place.sha256);
    for (number, part) in payload.as_bytes().chunks(PART).enumerate() {
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("part {number} of {}", place.sha256).as_bytes());
        let expected = match number as u64 {
            0 => ExpectedRevision::NoStream,
            number => ExpectedRevision::Exact(number - 1),
        };
        let options = node.signed(AppendToStreamOptions::default().expected_revision(expected).deadline(node.patience));
        let written = node.ask(|client| {
            let part = EventData::binary("payload-part", bytes::Bytes::copy_from_slice(part)).id(id);
            let (options, name) = (&options, name.as_str());
            async move { in_time(node.patience, client.append_to_stream(name, options, part)).await.map(|_| ()) }
        });
        written.await?;
    }
    Ok(())
}

/// The payload of an event, from wherever it is.
pub(super) async fn of(node: &Node, event: &Received) -> Result<String, LogError> {
    let unreadable = |what: &str| {
        LogError::Damaged(format!("{}: the payload of the event at position {} {what}", node.place(), event.position))
    };
    let Some(place) = &event.elsewhere else {
        return String::from_utf8(event.data.to_vec()).map_err(|_| unreadable("is not UTF-8"));
    };
    let name = names::of_payload(node.log_name(), &place.sha256);
    let options = node.signed(ReadStreamOptions::default());
    let parts = node.ask(|client| {
        let (options, name) = (&options, name.as_str());
        async move {
            let mut parts = in_time(node.patience, client.read_stream(name, options)).await?;
            let mut whole = Vec::with_capacity(place.bytes);
            while let Some(part) = in_time(node.patience, parts.next()).await? {
                whole.extend(part.event.map(|part| part.data).unwrap_or_default());
            }
            Ok(whole)
        }
    });
    let whole = match parts.await {
        Err(Failure::NoStream | Failure::Deleted) => return Err(unreadable(&format!("is gone: stream {name}"))),
        answer => answer.map_err(|failure| failure.of_reading(node.place()))?,
    };
    let payload = String::from_utf8(whole).map_err(|_| unreadable("is not UTF-8"))?;
    if names::digest(&payload) != place.sha256 {
        return Err(unreadable(&format!(
            "is not what was written: found {} bytes, expected {}",
            payload.len(),
            place.bytes
        )));
    }
    Ok(payload)
}
