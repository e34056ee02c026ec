//! What goes wrong, when somebody says so. Each fault hits the next call of its kind, once.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{oneshot, watch};

/// Kinds of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// A read of a stream.
    ReadStream,
    /// A read of `$all`.
    ReadAll,
    /// A subscription.
    Subscribe,
    /// An append.
    Append,
}

/// What happens to a call.
#[derive(Debug)]
pub enum Fault {
    /// All connections of the node break after so many messages of the answer.
    CutAfter(usize),
    /// A message of no known kind comes after so many of the answer, or instead of it.
    UnknownAfter(usize),
    /// The answer ends after so many messages, as if it were whole.
    EndAfter(usize),
    /// All connections of the node break before the append is committed.
    CutBeforeCommit,
    /// All connections of the node break after the append was committed, before it is answered.
    CutAfterCommit,
    /// The answer takes so long.
    Slow(Duration),
    /// The append waits to be let go.
    Hold(oneshot::Receiver<bool>),
}

/// How the server is, and what goes wrong.
pub struct Faults {
    next: Mutex<Vec<(Call, Fault)>>,
    settings: Mutex<Settings>,
    held: watch::Sender<usize>,
}

/// How the server is.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// What it says of itself; none: it does not know the question.
    pub(crate) version: Option<String>,
    /// `user:password`; none: anybody may do anything.
    pub(crate) user: Option<String>,
    /// Bytes of an append.
    pub(crate) largest_append: usize,
}

impl Default for Faults {
    fn default() -> Self {
        let settings = Settings { version: Some("24.10.0".to_owned()), user: None, largest_append: 1 << 20 };
        Self { next: Mutex::default(), settings: Mutex::new(settings), held: watch::Sender::new(0) }
    }
}

/// An append that waits.
pub struct Held(oneshot::Sender<bool>);

impl Held {
    /// Lets it be committed, or refuses it.
    pub fn end(self, commit: bool) {
        self.0.send(commit).ok();
    }
}

impl Faults {
    /// The next call of this kind meets it.
    pub fn next(&self, call: Call, fault: Fault) {
        self.next.lock().push((call, fault));
    }

    /// The next append waits.
    pub fn hold_next_append(&self) -> Held {
        let (end, ended) = oneshot::channel();
        self.next(Call::Append, Fault::Hold(ended));
        Held(end)
    }

    /// Waits until so many appends in all have been held.
    pub async fn held(&self, appends: usize) {
        self.held.subscribe().wait_for(|held| *held >= appends).await.ok();
    }

    /// Faults nobody has met yet.
    pub fn left(&self) -> usize {
        self.next.lock().len()
    }

    /// The server says it has this version; none: it does not know the question.
    pub fn version(&self, version: Option<&str>) {
        self.settings.lock().version = version.map(str::to_owned);
    }

    /// Only this user may do anything: `name:password`.
    pub fn only(&self, user: &str) {
        self.settings.lock().user = Some(user.to_owned());
    }

    /// An append may have so many bytes; 1 MiB unless said otherwise.
    pub fn largest_append(&self, bytes: usize) {
        self.settings.lock().largest_append = bytes;
    }

    pub(crate) fn settings(&self) -> Settings {
        self.settings.lock().clone()
    }

    pub(crate) fn take(&self, call: Call) -> Option<Fault> {
        let mut next = self.next.lock();
        let index = next.iter().position(|(of, _)| *of == call)?;
        Some(next.remove(index).1)
    }

    pub(crate) fn tell_held(&self) {
        self.held.send_modify(|held| *held += 1);
    }
}
