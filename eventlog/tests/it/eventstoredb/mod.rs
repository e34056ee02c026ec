//! What the log in EventStoreDB does when its server, its connections or its neighbours fail. All but the conformance suite
//! run against the fake only: a real server cannot be told to fail.

mod bad_servers;
mod damage;
mod dropped;
mod index;
mod leaders;
mod strange_answers;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use fieldlog_esdb_fake::{Fake, Held};
use fieldlog_eventlog::eventstoredb::{EventStoreDbLog, EventStoreDbOptions};
use fieldlog_eventlog::{AppendError, EventLog, Position, Receipt, RecordedEvent};
use tokio::task::JoinHandle;

use crate::build::{several, stream};
use crate::engine::{Engine, soon};

/// An append that has reached the server and is not committed yet.
pub enum HeldOpen {
    Fake(Held, JoinHandle<Result<Receipt, AppendError>>),
    /// A real server holds none open: it comes, if it comes, when it ends.
    Real(Arc<dyn EventLog>),
}

impl HeldOpen {
    pub async fn end(self, commit: bool) {
        match self {
            Self::Fake(held, append) => {
                held.end(commit);
                assert_eq!(append.await.unwrap().is_ok(), commit);
            }
            Self::Real(log) if commit => drop(log.append(&stream(), 0, several(1)).await.unwrap()),
            Self::Real(_) => {}
        }
    }
}

pub async fn hold_open(engine: &Engine) -> HeldOpen {
    let log = engine.open().await;
    let Some(fake) = &engine.fake else { return HeldOpen::Real(log) };
    let held = fake.faults().hold_next_append();
    let append = tokio::spawn(async move { log.append(&stream(), 0, several(1)).await });
    soon("the held append", fake.faults().held(1)).await;
    HeldOpen::Fake(held, append)
}

async fn opened(fake: &Fake) -> Arc<EventStoreDbLog> {
    EventStoreDbLog::connect(&fake.url(), EventStoreDbOptions::default()).await.unwrap()
}

fn impatient() -> EventStoreDbOptions {
    EventStoreDbOptions { patience: Duration::from_millis(500), ..EventStoreDbOptions::default() }
}

async fn whole(log: &EventStoreDbLog) -> Vec<RecordedEvent> {
    let mut all: Vec<RecordedEvent> = Vec::new();
    loop {
        let after = all.last().map_or(Position::START, |event| event.position);
        let page = log.read_feed(after, 1_000).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}
