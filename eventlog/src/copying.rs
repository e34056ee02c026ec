//! Moving a log from one engine to another: order, ids, times and which events were one append are kept; positions are not.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::port::{AppendError, EventLog, LogError};
use crate::recorded::{NewEvent, Position, RecordedEvent};

/// Events read at once.
const PAGE: usize = 1_000;

/// A log that can be copied from and to. Nobody else may append to the copy meanwhile.
#[async_trait]
pub trait Copying: EventLog {
    /// For each of these positions, in order, how many events of the same append come after its event.
    async fn following(&self, positions: &[Position]) -> Result<Vec<u64>, LogError>;

    /// Appends what another log had, each append whole, in this order, with the other log's times. When it fails, a beginning
    /// of it may be there.
    async fn restore(&self, appends: Vec<CopiedAppend>) -> Result<(), AppendError>;
}

/// The events of one append, as another log has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedAppend(pub Vec<RecordedEvent>);

impl CopiedAppend {
    pub(crate) fn events(&self) -> Vec<NewEvent> {
        let new = |event: &RecordedEvent| NewEvent {
            event_id: event.event_id,
            event_type: event.event_type.clone(),
            event_version: event.event_version.clone(),
            payload: event.payload.clone(),
            metadata: event.metadata.clone(),
        };
        self.0.iter().map(new).collect()
    }

    pub(crate) fn times(&self) -> Vec<DateTime<Utc>> {
        self.0.iter().map(|event| event.recorded_at).collect()
    }

    /// The sequence its stream was at before it.
    pub(crate) fn expected(&self) -> u64 {
        self.0.first().map_or(0, |first| first.sequence - 1)
    }
}

/// What a copy came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Events that were there from an earlier try.
    pub found: u64,
    /// Events in the copy, all of which were compared.
    pub events: u64,
    /// SHA-256 over all of them, in hex: the same for every log that holds the same.
    pub digest: String,
}

/// Why a copy was not made, or not whole.
#[derive(Debug, Error)]
pub enum CopyError {
    /// Both are one log.
    #[error("{0} is both, expected two logs")]
    SameLog(String),
    /// What is there is no beginning of the copy.
    #[error(
        "{to} has at position {position} an event that {from} does not have there, expected an empty log or the beginning of a copy"
    )]
    AnotherLog {
        /// Where it was copied from.
        from: String,
        /// Where it was copied to.
        to: String,
        /// In the latter.
        position: Position,
    },
    /// The copy ends where the other log goes on.
    #[error("{to} ends after {events} events, expected more of {from}")]
    Short {
        /// Where it was copied from.
        from: String,
        /// Where it was copied to.
        to: String,
        /// How many are there.
        events: u64,
    },
    /// One of the logs failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The copy did not take an append.
    #[error(transparent)]
    Append(#[from] AppendError),
}

/// Copies everything `from` holds, going on where an earlier try broke off, and compares both in the end.
/// `told` hears now and then how many events this try has copied.
pub async fn copy(from: &dyn Copying, to: &dyn Copying, told: impl Fn(u64) + Send) -> Result<Copied, CopyError> {
    if from.log_id() == to.log_id() {
        return Err(CopyError::SameLog(from.describe()));
    }
    let until = from.head().await?;
    let mut after = resume(from, to).await?;
    let mut copied = 0;
    while after < until {
        let appends = whole_appends(from, after).await?;
        let Some(last) = appends.last().and_then(|append| append.0.last()) else { break };
        after = last.position;
        copied += appends.iter().map(|append| append.0.len() as u64).sum::<u64>();
        to.restore(appends).await?;
        told(copied);
    }
    let (events, digest) = compare(from, to, after).await?;
    Ok(Copied { found: events - copied, events, digest })
}

/// The position in `from` up to which `to` has everything, as far as its last event tells.
async fn resume(from: &dyn Copying, to: &dyn Copying) -> Result<Position, CopyError> {
    let head = to.head().await?;
    let Some(last) = to.events_at(&[head]).await?.pop() else { return Ok(Position::START) };
    match from.event(last.event_id).await? {
        Some(source) if is_same(&source, &last) => Ok(source.position),
        _ => Err(CopyError::AnotherLog { from: from.describe(), to: to.describe(), position: head }),
    }
}

/// The next page of appends; one that goes on after the page is left for the next, unless it is the only one.
async fn whole_appends(from: &dyn Copying, after: Position) -> Result<Vec<CopiedAppend>, LogError> {
    let mut events = from.read_feed(after, PAGE).await?;
    loop {
        let positions: Vec<_> = events.iter().map(|event| event.position).collect();
        let following = from.following(&positions).await?;
        let (mut appends, mut open) = (Vec::new(), Vec::new());
        for (event, following) in events.iter().zip(following) {
            open.push(event.clone());
            if following == 0 {
                appends.push(CopiedAppend(std::mem::take(&mut open)));
            }
        }
        if !appends.is_empty() || open.is_empty() {
            return Ok(appends);
        }
        let last = events.last().map_or(after, |last| last.position);
        let more = from.read_feed(last, PAGE).await?;
        if more.is_empty() {
            return Err(LogError::Damaged(format!("{} ends in the middle of an append, at {last}", from.describe())));
        }
        events.extend(more);
    }
}

/// Both logs event by event, up to a position of `from`: how many there are, and their digest.
async fn compare(from: &dyn Copying, to: &dyn Copying, until: Position) -> Result<(u64, String), CopyError> {
    let (mut ours, mut theirs) = (Walk::of(from), Walk::of(to));
    let mut digest = Sha256::new();
    let mut events = 0;
    while let Some((source, following)) = ours.next().await?.filter(|(event, _)| event.position <= until) {
        let Some((copy, copied_following)) = theirs.next().await? else {
            return Err(CopyError::Short { from: from.describe(), to: to.describe(), events });
        };
        if !is_same(&source, &copy) || following != copied_following {
            let position = copy.position;
            return Err(CopyError::AnotherLog { from: from.describe(), to: to.describe(), position });
        }
        digest.update(line(&copy));
        events += 1;
    }
    match theirs.next().await? {
        Some((more, _)) => {
            let position = more.position;
            Err(CopyError::AnotherLog { from: from.describe(), to: to.describe(), position })
        }
        None => Ok((events, hex::encode(digest.finalize()))),
    }
}

/// Everything but the position.
fn is_same(one: &RecordedEvent, other: &RecordedEvent) -> bool {
    let with_position = RecordedEvent { position: one.position, ..other.clone() };
    *one == with_position
}

/// An event as the digest sees it: JSON, one line, without the position.
fn line(event: &RecordedEvent) -> String {
    let RecordedEvent {
        position: _,
        stream,
        sequence,
        event_id,
        event_type,
        event_version,
        payload,
        metadata,
        recorded_at,
    } = event;
    let time = recorded_at.timestamp_micros();
    format!("{}\n", serde_json::json!([stream, sequence, event_id, event_type, event_version, payload, metadata, time]))
}

/// A log from its start, event by event.
struct Walk<'a> {
    log: &'a dyn Copying,
    page: std::vec::IntoIter<(RecordedEvent, u64)>,
    after: Position,
}

impl<'a> Walk<'a> {
    fn of(log: &'a dyn Copying) -> Self {
        Self { log, page: Vec::new().into_iter(), after: Position::START }
    }

    async fn next(&mut self) -> Result<Option<(RecordedEvent, u64)>, LogError> {
        if self.page.as_slice().is_empty() {
            let events = self.log.read_feed(self.after, PAGE).await?;
            let positions: Vec<_> = events.iter().map(|event| event.position).collect();
            self.after = positions.last().copied().unwrap_or(self.after);
            let following = self.log.following(&positions).await?;
            self.page = events.into_iter().zip(following).collect::<Vec<_>>().into_iter();
        }
        Ok(self.page.next())
    }
}
