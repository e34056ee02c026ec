//! From the log into a file, as fast as both go: reading, decoding and writing each have their own thread.

use std::sync::Arc;

use fieldlog_eventlog::{EventLog, Position, RecordedEvent};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::error::ReadModelError;
use crate::projector::Recorded;
use crate::store::Writer;

const PAGE: usize = 4_096;
/// Pages between two threads. More would only cost memory.
const AHEAD: usize = 1;

/// Where a fold ended.
pub(super) struct Folded {
    pub(super) writer: Writer,
    pub(super) events: u64,
    /// Why it ended before it should.
    pub(super) unreadable: Option<ReadModelError>,
}

/// Folds every event after `after` up to `until` that the writer has not folded yet.
pub(super) async fn fold(
    log: &Arc<dyn EventLog>,
    writer: Writer,
    after: Position,
    until: Position,
) -> Result<Folded, ReadModelError> {
    let (read, to_decode) = mpsc::channel(AHEAD);
    let (decoded, to_write) = mpsc::channel(AHEAD);
    let decoding = spawn_blocking(move || decode_all(to_decode, &decoded));
    let writing = spawn_blocking(move || write_all(writer, to_write));
    let reading = read_all(log, after, until, read).await;
    let unreadable = decoding.await.map_err(stopped)?;
    let (writer, events) = writing.await.map_err(stopped)??;
    reading?;
    Ok(Folded { writer, events, unreadable })
}

fn stopped(error: tokio::task::JoinError) -> ReadModelError {
    ReadModelError::Stopped(error.to_string())
}

async fn read_all(
    log: &Arc<dyn EventLog>,
    mut after: Position,
    until: Position,
    pages: mpsc::Sender<Vec<RecordedEvent>>,
) -> Result<(), ReadModelError> {
    while after < until {
        let mut page = log.read_feed(after, PAGE).await?;
        page.truncate(page.partition_point(|event| event.position <= until));
        let Some(last) = page.last() else { break };
        after = last.position;
        // Nobody takes it: the writer or the decoder says why.
        if pages.send(page).await.is_err() {
            break;
        }
    }
    Ok(())
}

fn decode_all(
    mut pages: mpsc::Receiver<Vec<RecordedEvent>>,
    decoded: &mpsc::Sender<Vec<Recorded>>,
) -> Option<ReadModelError> {
    while let Some(page) = pages.blocking_recv() {
        let (events, unreadable) = decode(page);
        if decoded.blocking_send(events).is_err() || unreadable.is_some() {
            return unreadable;
        }
    }
    None
}

/// All in one transaction: a page that many events touch is written once, when the cache has no more room for it.
fn write_all(mut writer: Writer, mut pages: mpsc::Receiver<Vec<Recorded>>) -> Result<(Writer, u64), ReadModelError> {
    let mut events = 0;
    let pages = std::iter::from_fn(|| pages.blocking_recv());
    writer.fold_all(pages.inspect(|page| events += page.len() as u64))?;
    Ok((writer, events))
}

/// Reads events up to the first that cannot be read, and what is wrong with that one.
pub(super) fn decode(page: Vec<RecordedEvent>) -> (Vec<Recorded>, Option<ReadModelError>) {
    let mut events = Vec::with_capacity(page.len());
    for event in page {
        let position = event.position;
        match Recorded::read(event) {
            Ok(event) => events.push(event),
            Err(error) => return (events, Some(ReadModelError::Unreadable { position, reason: error.to_string() })),
        }
    }
    (events, None)
}
