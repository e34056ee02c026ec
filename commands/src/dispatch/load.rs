//! Folds a stream into its aggregate; long streams start from a snapshot.

use std::sync::Arc;

use fieldlog_domain::{Event, StreamId};
use fieldlog_eventlog::{EventLog, LogError, RecordedEvent, Snapshot};

use super::HotAggregate;

/// Names the shape of all aggregates' states: another program version folds from the start.
const SCHEMA: &str = env!("FIELDLOG_DOMAIN_SCHEMA");
/// A stream longer than this gets a snapshot, and another one after as many events.
const LONG: u64 = 200;
const PAGE: usize = 1_000;

/// A state and where in its stream it is.
pub(crate) struct Kept<A> {
    pub(crate) state: A,
    pub(crate) sequence: u64,
}

/// Reads a stream from its start, or from its snapshot when it is long.
pub(super) async fn load<A: HotAggregate>(log: &Arc<dyn EventLog>, stream: &StreamId) -> Result<Kept<A>, LogError> {
    let first = log.read_stream(stream, 0, LONG as usize).await?;
    let is_long = first.len() == LONG as usize;
    if is_long && let Some(mut kept) = from_snapshot(log, stream).await? {
        catch_up(log, stream, &mut kept).await?;
        return Ok(kept);
    }
    let mut kept = Kept { state: A::default(), sequence: 0 };
    fold(&mut kept, stream, first)?;
    if is_long {
        catch_up(log, stream, &mut kept).await?;
        save(log, stream, &kept);
    }
    Ok(kept)
}

/// Folds what was appended since; says whether anything was.
pub(super) async fn catch_up<A: HotAggregate>(
    log: &Arc<dyn EventLog>,
    stream: &StreamId,
    kept: &mut Kept<A>,
) -> Result<bool, LogError> {
    let before = kept.sequence;
    loop {
        let page = log.read_stream(stream, kept.sequence, PAGE).await?;
        let is_last = page.len() < PAGE;
        fold(kept, stream, page)?;
        if is_last {
            return Ok(kept.sequence > before);
        }
    }
}

/// Keeps a snapshot when the last `count` events made the stream longer by a whole step.
pub(super) fn keep_snapshot<A: HotAggregate>(log: &Arc<dyn EventLog>, stream: &StreamId, kept: &Kept<A>, count: u64) {
    if kept.sequence / LONG > (kept.sequence - count) / LONG {
        save(log, stream, kept);
    }
}

async fn from_snapshot<A: HotAggregate>(
    log: &Arc<dyn EventLog>,
    stream: &StreamId,
) -> Result<Option<Kept<A>>, LogError> {
    let Some(snapshot) = log.load_snapshot(stream).await? else { return Ok(None) };
    if snapshot.schema != SCHEMA {
        return Ok(None);
    }
    Ok(serde_json::from_str(&snapshot.state).ok().map(|state| Kept { state, sequence: snapshot.sequence }))
}

/// A snapshot is a cache: nobody waits for it, and that it failed is no failure.
fn save<A: HotAggregate>(log: &Arc<dyn EventLog>, stream: &StreamId, kept: &Kept<A>) {
    let Ok(state) = serde_json::to_string(&kept.state) else { return };
    let snapshot = Snapshot { sequence: kept.sequence, schema: SCHEMA.to_owned(), state };
    let (log, stream) = (Arc::clone(log), stream.clone());
    tokio::spawn(async move {
        if let Err(error) = log.save_snapshot(&stream, snapshot).await {
            tracing::warn!(%stream, %error, "a snapshot was not kept");
        }
    });
}

fn fold<A: HotAggregate>(kept: &mut Kept<A>, stream: &StreamId, events: Vec<RecordedEvent>) -> Result<(), LogError> {
    for recorded in events {
        let event = read(&recorded)?;
        let own = A::own(event).ok_or_else(|| LogError::Damaged(format!("{stream} holds an event of another kind")))?;
        kept.state.apply(own);
        kept.sequence = recorded.sequence;
    }
    Ok(())
}

/// Reads an event as the domain knows it.
pub(crate) fn read(recorded: &RecordedEvent) -> Result<Event, LogError> {
    Event::read(recorded.stream.kind, &recorded.event_type, &recorded.event_version, &recorded.payload)
        .map_err(|error| LogError::Damaged(format!("position {}: {error}", recorded.position)))
}
