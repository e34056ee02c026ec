//! A log with many mixed, valid events, made once and kept under `.cache/bench`.
//!
//! Every payload is decided by an aggregate of the domain and appended through the log's port, many streams at a time, as people
//! would do it. Ids follow from the place in the seed, so whoever reads the log knows them without looking. Each benchmark uses a part of this.
#![allow(dead_code)]

mod accounts;
pub mod crew;
pub mod field;
mod ids;
mod jobs;
mod projects;
mod script;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use fieldlog_domain::{AccountId, ResourceId, SessionId};
use fieldlog_eventlog::sqlite::{SqliteLog, SqliteOptions};
use fieldlog_eventlog::{EventLog, Position};
use fieldlog_projections::rebuild_beside;
use fieldlog_vault::{KeyStore, MasterKey, NewDataKey, SqliteKeyStore, Vault, VaultUrl};
use futures::StreamExt;

use self::script::Script;
use crate::support::disk;

/// Goes up when the stories change, so that logs of another shape are not used.
const SHAPE: u32 = 2;
/// Stories told at the same time.
const AT_ONCE: u64 = 256;
/// The token that the surveyor's session was opened with.
pub const TOKEN: &str =
    "benchmarkbenchmarkbenchmarkbenchmarkbenchmarkbenchmarkbenchmarkbenchmarkbenchmarkbenchmarkbenchmark0";

/// How much there is in a log.
#[derive(Debug, Clone, Copy)]
pub struct Seed {
    /// Projects, retired ones included.
    pub projects: u64,
    /// Events, about; never fewer.
    pub events: u64,
}

impl Seed {
    /// The log of the figures: 1,000,000 events of 100,000 projects.
    pub const MILLION: Self = Self { projects: 100_000, events: 1_000_000 };
    /// The same mix, a hundredth of it.
    pub const SMALL: Self = Self { projects: 1_000, events: 10_000 };

    /// The person who works on every project: owns a few and is a collaborator of all others.
    pub fn surveyor(self) -> AccountId {
        ids::person(0)
    }

    /// The surveyor's session, opened with [`TOKEN`].
    pub fn session(self) -> SessionId {
        ids::session(0)
    }

    /// The project with this number; those with [`is_retired`](Self::is_retired) are out of the lists.
    pub fn project(self, number: u64) -> ResourceId {
        ids::project(number)
    }

    /// Whether the story of this project ends with its retirement.
    pub fn is_retired(self, number: u64) -> bool {
        projects::is_retired(number)
    }

    fn persons(self) -> u64 {
        (self.projects / 50).max(2)
    }

    /// The data folder, its read model built, made now when it is not there. Whoever wants to write into it copies it.
    pub async fn folder(self) -> PathBuf {
        let name = format!("seed-{SHAPE}-{}-{}", self.projects, self.events);
        kept(&name, |folder| async move { self.write(&folder).await }).await
    }

    async fn write(self, folder: &Path) {
        let began = Instant::now();
        eprintln!("seeding {} events of {} projects, once …", self.events, self.projects);
        let log = SqliteLog::open(folder.join("log.sqlite"), SqliteOptions::default()).expect("a new log opens");
        tell(&log, self.persons(), move |number| accounts::person(self, number)).await;
        tell(&log, self.persons() / 20 + 1, move |number| accounts::organization(self, number)).await;
        tell(&log, self.projects, move |number| projects::project(self, number)).await;
        self.fill_up(&log).await;
        finish(folder, log, began).await;
    }

    /// Descriptions are revised until there are enough events.
    async fn fill_up(self, log: &Arc<SqliteLog>) {
        let head = log.head().await.expect("the log can be read").0;
        if head < self.events {
            projects::revisions(self, self.events - head).await.append_to(log.as_ref()).await;
        }
    }
}

/// The folder of this name, written now when it is not there.
async fn kept<F: Future<Output = ()>>(name: &str, write: impl FnOnce(PathBuf) -> F) -> PathBuf {
    let folder = disk::cache().join(name);
    if !folder.join("log.sqlite").exists() {
        let unfinished = disk::scratch("seed");
        write(unfinished.path().to_owned()).await;
        // A folder under its name is whole.
        std::fs::rename(unfinished.keep(), &folder).expect("the seed could be given its name");
    }
    if !folder.join("vault.sqlite").exists() {
        give_vault(&folder).await;
    }
    folder
}

/// What stories seal is sealed under no real key; a server wants to find the first one in its vault all the same.
async fn give_vault(folder: &Path) {
    let log = SqliteLog::open(folder.join("log.sqlite"), SqliteOptions::default()).expect("the seed opens");
    let first = log.read_feed(Position::START, 100).await.expect("the log can be read");
    let key = first.iter().find_map(|event| {
        let (_, rest) = event.payload.split_once("\"key\":\"")?;
        rest.split('"').next()?.parse().ok()
    });
    let Some(id) = key else { return };
    let path = folder.join("vault.sqlite");
    let master = MasterKey::from_file_or_create(&folder.join("master.key")).expect("a key can be made");
    let fingerprint = master.fingerprint();
    Vault::open(&VaultUrl::Sqlite(path.clone()), master).await.expect("a new vault opens");
    let store = SqliteKeyStore::open(path).await.expect("the vault opens again");
    let key = NewDataKey { id, subject: id, purpose: "seed".to_owned(), shared: false, wrapped: vec![0; 32] };
    store.insert(key, &fingerprint).await.expect("the vault takes a key");
}

/// Tells the first `count` stories of a kind.
async fn tell<F>(log: &Arc<SqliteLog>, count: u64, story: impl Fn(u64) -> F + Copy + Send + 'static)
where
    F: Future<Output = Script> + Send + 'static,
{
    let told = futures::stream::iter(0..count).map(|number| {
        let log = Arc::clone(log);
        tokio::spawn(async move { story(number).await.append_to(log.as_ref()).await })
    });
    told.buffer_unordered(AT_ONCE as usize).for_each(|done| async { done.expect("a story is told to its end") }).await;
}

/// Everything is told: builds the read model.
async fn finish(folder: &Path, log: Arc<SqliteLog>, began: Instant) {
    let events = log.head().await.expect("the log can be read").0;
    policies_saw(folder, log.as_ref(), events);
    let model = rebuild_beside(&folder.join("read-models"), log, None).await.expect("the seed can be folded");
    eprintln!("folded in {:.1} s", model.took.as_secs_f64());
    eprintln!("seeded {events} events in {:.1} s", began.elapsed().as_secs_f64());
}

/// As if the policies had followed: they would find everything done.
fn policies_saw(folder: &Path, log: &SqliteLog, position: u64) {
    let folder = folder.join("policies");
    std::fs::create_dir(&folder).expect("a folder can be made");
    let kept = serde_json::json!({ "log": log.log_id(), "position": position });
    std::fs::write(folder.join("policies.json"), kept.to_string()).expect("a file can be written");
}

/// The token that a person's session was opened with; for the surveyor [`TOKEN`].
fn token(person: u64) -> String {
    match person {
        0 => TOKEN.to_owned(),
        person => format!("{person:0>100}"),
    }
}
