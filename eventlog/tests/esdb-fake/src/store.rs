//! What is stored: records in one order, streams as lists of them.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;
use uuid::Uuid;

/// An event, where it is.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) position: u64,
    pub(crate) stream: String,
    pub(crate) revision: u64,
    pub(crate) event: Proposed,
    /// Tenths of microseconds since 1970.
    pub(crate) created: i64,
    pub(crate) is_scavenged: bool,
}

/// An event to be appended.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// Its id.
    pub id: Uuid,
    /// `type` and `content-type`.
    pub metadata: HashMap<String, String>,
    /// Of the client.
    pub custom_metadata: Vec<u8>,
    /// Its data.
    pub data: Vec<u8>,
}

/// Where a stream has to be for an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Anywhere.
    Any,
    /// It has no event.
    NoStream,
    /// It has one.
    Exists,
    /// Its last event has this revision.
    Revision(u64),
}

/// What became of an append.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Appended {
    /// Written; revision and position of the last event.
    Written(u64, u64),
    /// These events are there already, where they would be written.
    Repeated(u64),
    /// The stream is elsewhere.
    Wrong(Option<u64>),
    /// The stream was tombstoned.
    Deleted,
}

#[derive(Default)]
pub(crate) struct Stream {
    /// Places in `State::records`, by revision.
    pub(crate) records: Vec<usize>,
    pub(crate) truncated_before: u64,
    max_count: Option<u64>,
    pub(crate) is_tombstoned: bool,
}

impl Stream {
    /// The first revision that can be read.
    pub(crate) fn first(&self) -> u64 {
        let length = self.records.len() as u64;
        self.truncated_before.max(self.max_count.map_or(0, |most| length.saturating_sub(most)))
    }
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) records: Vec<Record>,
    pub(crate) streams: HashMap<String, Stream>,
    behind: i64,
}

/// All streams of a cluster.
pub struct Store {
    state: Mutex<State>,
    pub(crate) length: watch::Sender<usize>,
}

impl Default for Store {
    fn default() -> Self {
        let store = Self { state: Mutex::default(), length: watch::Sender::new(0) };
        // A fresh server has written about itself before anybody comes.
        store.noise(3);
        store
    }
}

impl Store {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Appends as somebody else would, or as the server does.
    pub fn append(&self, stream: &str, expected: Expected, events: Vec<Proposed>) -> bool {
        matches!(self.try_append(stream, expected, events), Appended::Written(..))
    }

    /// System events, as a server writes them all the time.
    pub fn noise(&self, events: usize) {
        for _ in 0..events {
            let event = proposed("$statistics", br#"{"proc-cpu": 0.1}"#);
            self.append("$stats-127.0.0.1:2113", Expected::Any, vec![event]);
        }
    }

    /// The server's clock is set back by so many milliseconds.
    pub fn set_clock_back(&self, milliseconds: i64) {
        self.lock().behind += milliseconds * 10_000;
    }

    /// What was truncated or deleted is removed from `$all`, too.
    pub fn scavenge(&self) {
        let state = &mut *self.lock();
        for stream in state.streams.values() {
            let first = usize::try_from(stream.first()).unwrap_or(usize::MAX).min(stream.records.len());
            for place in &stream.records[..first] {
                state.records[*place].is_scavenged = true;
            }
        }
    }

    /// The store as it was when it had so many events: what a restored backup is.
    pub fn rewind(&self, records: usize) {
        let state = &mut *self.lock();
        state.records.truncate(records);
        for stream in state.streams.values_mut() {
            stream.records.retain(|place| *place < records);
        }
        state.streams.retain(|_, stream| !stream.records.is_empty());
        self.length.send_replace(records);
    }

    /// How many events there are, with the server's own.
    pub fn records(&self) -> usize {
        self.lock().records.len()
    }

    /// How many events the streams have whose names begin so.
    pub fn events_of(&self, prefix: &str) -> usize {
        self.lock().records.iter().filter(|record| record.stream.starts_with(prefix)).count()
    }

    /// Reads of the stream begin here from now on.
    pub fn truncate(&self, stream: &str, before: u64) {
        self.lock().streams.entry(stream.to_owned()).or_default().truncated_before = before;
    }

    /// The stream is deleted for ever.
    pub fn tombstone(&self, stream: &str) {
        self.lock().streams.entry(stream.to_owned()).or_default().is_tombstoned = true;
    }

    pub(crate) fn try_append(&self, name: &str, expected: Expected, events: Vec<Proposed>) -> Appended {
        let state = &mut *self.lock();
        let current = match state.streams.get(name) {
            Some(stream) if stream.is_tombstoned => return Appended::Deleted,
            Some(stream) => (stream.records.len() as u64).checked_sub(1),
            None => None,
        };
        let is_right = match expected {
            Expected::Any => true,
            Expected::NoStream => current.is_none(),
            Expected::Exists => current.is_some(),
            Expected::Revision(revision) => current == Some(revision),
        };
        if !is_right {
            return state.repeated(name, expected, &events).map_or(Appended::Wrong(current), Appended::Repeated);
        }
        if let Some(settings) = name.strip_prefix("$$")
            && let Some(event) = events.last()
        {
            state.configure(settings, &event.data);
        }
        let count = events.len();
        for event in events {
            state.write(name, event);
        }
        let (last, length) = (state.records.last(), state.records.len());
        let (revision, position) = last.map_or((0, 0), |last| (last.revision, last.position));
        self.length.send_replace(length);
        if count == 0 { Appended::Repeated(current.unwrap_or_default()) } else { Appended::Written(revision, position) }
    }
}

impl State {
    /// The last revision, when exactly these events follow the expected one.
    fn repeated(&self, name: &str, expected: Expected, events: &[Proposed]) -> Option<u64> {
        let start = match expected {
            Expected::NoStream => 0,
            Expected::Revision(revision) => usize::try_from(revision).ok()? + 1,
            Expected::Any | Expected::Exists => return None,
        };
        let stream = self.streams.get(name)?;
        let there = stream.records.get(start..start + events.len())?;
        let same = there.iter().zip(events).all(|(place, event)| self.records[*place].event.id == event.id);
        same.then(|| (start + events.len()) as u64 - 1)
    }

    fn write(&mut self, name: &str, event: Proposed) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let created = i64::try_from(now.as_nanos() / 100).unwrap_or(i64::MAX) - self.behind;
        // As in a file of the server: a record begins where the one before ended.
        let position = self.records.last().map_or(1_411, |last| {
            let sizes = last.stream.len() + last.event.custom_metadata.len() + last.event.data.len();
            last.position + 112 + sizes as u64
        });
        let place = self.records.len();
        let stream = self.streams.entry(name.to_owned()).or_default();
        let revision = stream.records.len() as u64;
        stream.records.push(place);
        self.records.push(Record { position, stream: name.to_owned(), revision, event, created, is_scavenged: false });
    }

    fn configure(&mut self, name: &str, settings: &[u8]) {
        let Ok(settings) = serde_json::from_slice::<serde_json::Value>(settings) else { return };
        let stream = self.streams.entry(name.to_owned()).or_default();
        stream.max_count = settings["$maxCount"].as_u64();
        stream.truncated_before = settings["$tb"].as_u64().unwrap_or(stream.truncated_before);
    }
}

/// An event with nothing but a type and data.
pub(crate) fn proposed(event_type: &str, data: &[u8]) -> Proposed {
    let metadata = [("type", event_type), ("content-type", "application/json")];
    Proposed {
        id: Uuid::new_v4(),
        metadata: metadata.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        custom_metadata: Vec::new(),
        data: data.to_vec(),
    }
}
