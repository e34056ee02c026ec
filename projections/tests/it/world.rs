//! A log with a model over it, and ways to look into the model's files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use cqrs_es::DomainEvent;
use fieldlog_domain::provenance::{Actor, Metadata};
use fieldlog_domain::shared::ClientType;
use fieldlog_domain::{ResourceId, StreamId, StreamKind};
use fieldlog_eventlog::sqlite::{SqliteLog, SqliteOptions};
use fieldlog_eventlog::{EventLog, Position, Receipt};
use fieldlog_projections::{ReadModel, ReadModelOptions, View};
use proptest::prelude::*;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;
use uuid::Uuid;

use crate::simulation::{ACTIONS, Appended, Simulation, Step, append_all, new_event, start_of_time};

pub const PATIENCE: Duration = Duration::from_secs(60);

/// A log in a folder of its own, whose clock stands still until it is moved.
pub struct World {
    pub dir: TempDir,
    pub log: Arc<dyn EventLog>,
    seconds: Arc<AtomicI64>,
}

impl World {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let seconds = Arc::new(AtomicI64::new(0));
        let told = Arc::clone(&seconds);
        let clock = Arc::new(move || start_of_time() + chrono::Duration::seconds(told.load(Ordering::Relaxed)));
        let options = SqliteOptions { clock, ..SqliteOptions::default() };
        let log = SqliteLog::open(dir.path().join("log.sqlite"), options).unwrap();
        Self { dir, log, seconds }
    }

    /// A log with a history in it, the clock moving with every few commands.
    pub async fn with(steps: &[Step]) -> (Self, Vec<Appended>) {
        let world = Self::new();
        let appended = simulate(steps);
        for some in appended.chunks(16) {
            world.seconds.fetch_add(1, Ordering::Relaxed);
            append_all(&world.log, some.to_vec()).await;
        }
        (world, appended)
    }

    pub fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    pub fn now(&self) -> DateTime<Utc> {
        start_of_time() + chrono::Duration::seconds(self.seconds.load(Ordering::Relaxed))
    }

    pub fn models(&self) -> PathBuf {
        self.dir.path().join("models")
    }

    /// Appends events to the end of a stream, whatever is there.
    pub async fn given<E: DomainEvent>(
        &self,
        kind: StreamKind,
        id: Uuid,
        resource: Option<ResourceId>,
        events: Vec<E>,
    ) -> Receipt {
        let stream = StreamId::new(kind, id);
        let expected = self.log.read_stream(&stream, 0, usize::MAX).await.unwrap().len() as u64;
        let metadata = Metadata {
            actor: Actor::System,
            client: ClientType::Fieldlog,
            command_id: Uuid::new_v4().into(),
            correlation_id: Uuid::new_v4().into(),
            causation_id: None,
            resource,
        };
        let new = events.iter().map(|event| new_event(Uuid::new_v4().into(), event, metadata.clone())).collect();
        self.log.append(&stream, expected, new).await.unwrap()
    }

    /// The model over the log in the usual folder.
    pub async fn model(&self) -> ReadModel {
        self.model_in(&self.models()).await
    }

    pub async fn model_in(&self, dir: &Path) -> ReadModel {
        let model = ReadModel::start(dir, Arc::clone(&self.log), quick()).await.unwrap();
        self.caught_up(&model).await;
        model
    }

    pub async fn caught_up(&self, model: &ReadModel) {
        model.wait_until(self.log.head().await.unwrap(), PATIENCE).await.unwrap();
    }

    /// A view of a new model with all events in it.
    pub async fn view(&self) -> View {
        let model = self.model().await;
        let view = model.view();
        model.shutdown().await;
        view
    }
}

pub fn quick() -> ReadModelOptions {
    ReadModelOptions { kept_moments: 4, milestone_every: 64, watch_every: Duration::from_millis(20), copy_of: None }
}

pub fn simulate(steps: &[Step]) -> Vec<Appended> {
    let mut simulation = Simulation::default();
    steps.iter().flat_map(|step| simulation.take(*step)).collect()
}

/// Histories that begin with a few people, so that something happens.
pub fn histories(steps: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (0..ACTIONS, any::<u16>(), any::<u16>(), any::<u16>());
    let steps = prop::collection::vec(step.prop_map(|(action, a, b, c)| Step { action, a, b, c }), steps);
    steps.prop_map(|mut steps| {
        for (at, action) in [0, 1, 0, 2, 2, 19, 19, 12].into_iter().enumerate() {
            if let Some(step) = steps.get_mut(at) {
                step.action = action;
            }
        }
        steps
    })
}

/// A long history from a seed.
pub fn long_history(seed: u64, steps: usize) -> Vec<Step> {
    use rand::{Rng, SeedableRng};
    let mut random = rand::rngs::StdRng::seed_from_u64(seed);
    let mut steps: Vec<Step> = (0..steps)
        .map(|_| Step {
            action: random.random_range(0..ACTIONS),
            a: random.random(),
            b: random.random(),
            c: random.random(),
        })
        .collect();
    for (step, action) in steps.iter_mut().zip([0, 1, 0, 2, 2, 19, 19, 12]) {
        step.action = action;
    }
    steps
}

/// The file that the folder names as current.
pub fn current(dir: &Path) -> PathBuf {
    dir.join(std::fs::read_to_string(dir.join("current")).unwrap())
}

/// The file of an earlier moment.
pub fn kept(dir: &Path, at: Position) -> PathBuf {
    let begin = format!("at-{at}-");
    let mut entries = std::fs::read_dir(dir.join("history")).unwrap().map(|entry| entry.unwrap().path());
    entries.find(|path| path.file_name().unwrap().to_str().unwrap().starts_with(&begin)).unwrap()
}

/// Everything in a file, table by table, with the words a search finds in place of how FTS5 keeps them.
pub fn dump(path: &Path) -> String {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    connection.execute_batch("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, resource_text, instance)").unwrap();
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'resource_text%' ORDER BY name";
    let tables: Vec<String> =
        connection.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let mut dump = String::new();
    for table in tables.iter().map(String::as_str).chain(["temp.words"]) {
        let mut query = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let width = query.column_count();
        let rows = query.query_map([], |row| {
            let values: Vec<Value> = (0..width).map(|column| row.get(column).unwrap()).collect();
            Ok(format!("  {table} {values:?}\n"))
        });
        let mut rows: Vec<String> = rows.unwrap().collect::<Result<_, _>>().unwrap();
        rows.sort_unstable();
        dump.extend(rows);
    }
    dump
}

/// Compares two dumps and shows only where they differ.
#[track_caller]
pub fn assert_same(what: &str, one: &str, other: &str) {
    let first = one.lines().zip(other.lines()).find(|(one, other)| one != other);
    assert!(one == other, "{what}: {first:?} (lengths {} and {})", one.lines().count(), other.lines().count());
}
