//! A whole Fieldlog of the test's own: log, storage, model, and as many workers as it wants.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fieldlog_commands::{App, Clock, Viewer};
use fieldlog_domain::account::{AccountEvent, AccountKind};
use fieldlog_domain::change_set::{ChangeSetEvent, ChangeSetSource, DeltaMethod, ReceivedDelta};
use fieldlog_domain::file::{FileEvent, VersionSource};
use fieldlog_domain::job::{JobCause, JobEvent, JobKind, JobState};
use fieldlog_domain::provenance::{Actor, Metadata};
use fieldlog_domain::resource::{ResourceEvent, ResourceKind, ResourceSource, Visibility};
use fieldlog_domain::shared::{AccountName, ClientType, FilePath, ResourceName};
use fieldlog_domain::*;
use fieldlog_eventlog::sqlite::{SqliteLog, SqliteOptions};
use fieldlog_eventlog::{EventLog, NewEvent};
use fieldlog_projections::{JobRow, ReadModel, ReadModelOptions};
use fieldlog_storage::{Storage, StorageOptions, StorageUrl};
use fieldlog_vault::{MasterKey, Vault, VaultUrl};
use fieldlog_worker::WorkerOptions;
use serde::Serialize;
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

/// Longer than anything here takes, also on a machine with a lot to do.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Cloud {
    pub dir: PathBuf,
    pub log: Arc<dyn EventLog>,
    pub storage: Storage,
    pub app: App,
    /// The clock of the log and of all nodes that have none of their own.
    pub clock: SetClock,
    pub max_attempts: u32,
    _temp: Option<TempDir>,
}

impl Cloud {
    pub async fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let cloud = Self::open(temp.path(), "main").await;
        Self { _temp: Some(temp), ..cloud }
    }

    /// The cloud in a folder that outlives it; `node` is whose read model it uses.
    pub async fn open(dir: &Path, node: &str) -> Self {
        let clock = SetClock::default();
        let of_log = clock.clone();
        let options = SqliteOptions { clock: Arc::new(move || of_log.now()), ..SqliteOptions::default() };
        let log: Arc<dyn EventLog> = SqliteLog::open(dir.join("log.sqlite"), options).unwrap();
        let url = StorageUrl::File(dir.join("blobs"));
        let storage = Storage::open(&url, &StorageOptions::default()).unwrap();
        let app = app(dir, node, log.clone(), storage.clone(), &clock).await;
        Self { dir: dir.to_owned(), log, storage, app, clock, max_attempts: 3, _temp: None }
    }

    /// Another node's app on the same log, which may be wrapped.
    pub async fn node(&self, name: &str, log: Arc<dyn EventLog>) -> App {
        app(&self.dir, name, log, self.storage.clone(), &self.clock).await
    }

    /// A node on another machine.
    pub async fn node_by(&self, clock: &SetClock, name: &str) -> App {
        app(&self.dir, name, self.log.clone(), self.storage.clone(), clock).await
    }

    pub fn options(&self, worker: &str) -> WorkerOptions {
        WorkerOptions {
            image: "qgis".to_owned(),
            warm: 0,
            retry_delay: Duration::from_millis(20),
            look_again: Duration::from_millis(20),
            shutdown_grace: Duration::from_millis(50),
            result_patience: Duration::from_secs(2),
            ..WorkerOptions::new(self.dir.join(worker))
        }
    }

    pub async fn append(&self, stream: StreamId, resource: ResourceId, event: impl Fact) {
        let after = self.log.read_stream(&stream, 0, 10_000).await.unwrap().len() as u64;
        let metadata = Metadata {
            actor: Actor::Operator,
            client: ClientType::Fieldlog,
            command_id: CommandId(Uuid::now_v7()),
            correlation_id: CorrelationId(Uuid::now_v7()),
            causation_id: None,
            resource: Some(resource),
        };
        let event = NewEvent {
            event_id: EventId(Uuid::now_v7()),
            event_type: event.name().to_owned(),
            event_version: "1.0.0".to_owned(),
            payload: serde_json::to_string(&event).unwrap(),
            metadata,
        };
        let receipt = self.log.append(&stream, after, vec![event]).await.unwrap();
        self.app.model().wait_until(receipt.position, PATIENCE).await.unwrap();
    }

    pub async fn put_file(&self, project: ResourceId, path: &str, content: &[u8]) -> Sha256Digest {
        let blob = self.storage.put_bytes(content.to_vec().into()).await.unwrap();
        self.put_version(project, path, blob.digest, content.len() as u64).await;
        blob.digest
    }

    /// A version whose bytes nobody has put anywhere.
    pub async fn put_version(&self, project: ResourceId, path: &str, digest: Sha256Digest, size: u64) {
        // Not through `try_new`: a damaged log may hold any path.
        let path: FilePath = serde_json::from_value(path.into()).unwrap();
        let event = FileEvent::FileVersionAdded {
            resource: project,
            path: path.clone(),
            version: VersionId(Uuid::now_v7()),
            digest,
            md5: None,
            etag: digest.to_hex(),
            size,
            media_type: "application/octet-stream".to_owned(),
            source: VersionSource::Upload,
        };
        self.append(StreamId::new(StreamKind::File, FileId::of(project, &path)), project, event).await;
    }

    /// A job for a project that has these files; the first is the project file.
    pub async fn job(&self, files: &[(&str, &[u8])]) -> JobId {
        self.job_of(AccountId(Uuid::now_v7()), files).await
    }

    /// The same for a project of this owner.
    pub async fn job_of(&self, owner: AccountId, files: &[(&str, &[u8])]) -> JobId {
        let project = ResourceId(Uuid::now_v7());
        self.register_for(owner, project).await;
        let mut digests = vec![];
        for (path, content) in files {
            digests.push(self.put_file(project, path, content).await);
        }
        self.request(project, files[0].0, digests[0]).await
    }

    pub async fn register(&self, project: ResourceId) {
        self.register_for(AccountId(Uuid::now_v7()), project).await;
    }

    /// A person.
    pub async fn account(&self, name: &str) -> AccountId {
        let account = AccountId(Uuid::now_v7());
        let name = AccountName::try_new(name).unwrap();
        let event = AccountEvent::AccountRegistered { name, kind: AccountKind::Person, owner: None };
        // Accounts belong to no resource; nobody here minds.
        self.append(StreamId::new(StreamKind::Account, account), ResourceId(Uuid::now_v7()), event).await;
        account
    }

    pub async fn register_for(&self, owner: AccountId, project: ResourceId) {
        let event = ResourceEvent::ResourceRegistered {
            kind: ResourceKind::Project,
            owner,
            name: ResourceName::try_new(&format!("p{}", project.uuid().simple())).unwrap(),
            description: String::new(),
            visibility: Visibility::Private,
            source: ResourceSource::Created,
        };
        self.append(StreamId::new(StreamKind::Resource, project), project, event).await;
    }

    pub async fn small_job(&self) -> JobId {
        self.job(&[("farm.qgs", b"<qgis/>")]).await
    }

    /// A project with data, edits that wait to be applied to it, and a job that shall do that.
    pub async fn apply_job(&self, edits: &[Value]) -> (ResourceId, JobId) {
        let project = ResourceId(Uuid::now_v7());
        self.register(project).await;
        let digest = self.put_file(project, "farm.qgs", b"<qgis/>").await;
        for (path, content) in [("data/bees.gpkg", "bees"), ("hives.csv", "hives"), ("DCIM/hive.jpg", "a hive")] {
            self.put_file(project, path, content.as_bytes()).await;
        }
        self.push(project, edits).await;
        (project, self.request_kind(JobKind::ApplyDeltas, project, "farm.qgs", digest).await)
    }

    /// A project with data, and a job that shall package it.
    pub async fn package_job(&self) -> (ResourceId, JobId) {
        let project = ResourceId(Uuid::now_v7());
        self.register(project).await;
        let digest = self.put_file(project, "farm.qgs", b"<qgis/>").await;
        self.put_file(project, "data/bees.gpkg", b"bees").await;
        self.put_file(project, "DCIM/hive.jpg", b"a hive").await;
        (project, self.request_kind(JobKind::Package, project, "farm.qgs", digest).await)
    }

    /// A project without files, and a job that shall make them.
    pub async fn create_job(&self) -> (ResourceId, JobId) {
        let project = ResourceId(Uuid::now_v7());
        self.register(project).await;
        let job = JobId(Uuid::now_v7());
        let event = JobEvent::JobRequested {
            kind: JobKind::CreateProject,
            resource: project,
            revision: None,
            project_file: None,
            project_file_digest: None,
            requester: None,
            cause: JobCause::ProjectRegistered,
            max_attempts: self.max_attempts,
            is_private: false,
        };
        self.append(StreamId::new(StreamKind::Job, job), project, event).await;
        (project, job)
    }

    /// Edits of one delta file.
    pub async fn push(&self, project: ResourceId, edits: &[Value]) {
        let delta_file = Uuid::now_v7();
        let change_set = StreamId::new(StreamKind::ChangeSet, ChangeSetId::of(project, delta_file));
        let received = ChangeSetEvent::ChangeSetReceived {
            resource: project,
            delta_file,
            digest: Sha256Digest::of(b"delta file"),
            size: 10,
            source: ChangeSetSource::Pushed,
        };
        self.append(change_set.clone(), project, received).await;
        let delta = |content: &Value| ReceivedDelta {
            id: content["uuid"].as_str().unwrap().parse().unwrap(),
            method: DeltaMethod::Patch,
            is_permitted: true,
            content: content.clone(),
            origin: None,
        };
        let deltas = edits.iter().map(delta).collect();
        let event = ChangeSetEvent::DeltasReceived { resource: project, delta_file, deltas };
        self.append(change_set, project, event).await;
    }

    pub async fn request(&self, project: ResourceId, path: &str, digest: Sha256Digest) -> JobId {
        self.request_kind(JobKind::ProcessProjectFile, project, path, digest).await
    }

    pub async fn request_kind(&self, kind: JobKind, project: ResourceId, path: &str, digest: Sha256Digest) -> JobId {
        self.request_because(JobCause::Asked, kind, project, path, digest).await
    }

    pub async fn request_because(
        &self,
        cause: JobCause,
        kind: JobKind,
        project: ResourceId,
        path: &str,
        digest: Sha256Digest,
    ) -> JobId {
        let revision = RevisionId(Uuid::now_v7());
        let job = JobId::of_revision(revision);
        let event = JobEvent::JobRequested {
            kind,
            resource: project,
            revision: Some(revision),
            project_file: Some(serde_json::from_value(path.into()).unwrap()),
            project_file_digest: Some(digest),
            requester: None,
            cause,
            max_attempts: self.max_attempts,
            is_private: false,
        };
        self.append(StreamId::new(StreamKind::Job, job), project, event).await;
        job
    }

    pub fn row(&self, job: JobId) -> JobRow {
        self.app.view().job(job).unwrap().expect("the job was requested")
    }

    /// Waits until a job is as wanted.
    pub async fn until(&self, job: JobId, is_so: impl Fn(&JobRow) -> bool) -> JobRow {
        self.until_within(PATIENCE, job, is_so).await
    }

    /// The same for what takes long.
    pub async fn until_within(&self, limit: Duration, job: JobId, is_so: impl Fn(&JobRow) -> bool) -> JobRow {
        let mut changes = self.app.model().changes();
        let waited = tokio::time::timeout(limit, async {
            loop {
                changes.mark_unchanged();
                let row = self.row(job);
                if is_so(&row) {
                    return row;
                }
                changes.changed().await.unwrap();
            }
        });
        waited.await.unwrap_or_else(|_| panic!("waited in vain; the job is {:?}", self.row(job)))
    }

    pub async fn ended(&self, job: JobId) -> JobRow {
        self.until(job, |row| row.state.is_final()).await
    }

    pub async fn finished(&self, job: JobId) -> JobRow {
        let row = self.ended(job).await;
        assert_eq!(row.state, JobState::Finished, "{:?}", row.error);
        row
    }

    /// What happened to a job, by the log.
    pub async fn events(&self, job: JobId) -> Vec<JobEvent> {
        let stream = StreamId::new(StreamKind::Job, job);
        let events = self.log.read_stream(&stream, 0, 10_000).await.unwrap();
        events.iter().map(|event| serde_json::from_str(&event.payload).unwrap()).collect()
    }

    pub async fn event_names(&self, job: JobId) -> Vec<&'static str> {
        self.events(job).await.iter().map(Into::into).collect()
    }

    pub async fn blob(&self, digest: Sha256Digest) -> String {
        let bytes = self.storage.read_to_bytes(&digest, 100 << 20).await.unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub fn viewer(&self) -> Viewer {
        Viewer::operator()
    }

    /// Names in a worker's folder of job directories.
    pub fn directories(&self, worker: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.dir.join(worker).join("jobs")) else { return vec![] };
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

async fn app(dir: &Path, node: &str, log: Arc<dyn EventLog>, storage: Storage, clock: &SetClock) -> App {
    let vault_url = VaultUrl::Sqlite(dir.join("vault.sqlite"));
    let master = MasterKey::from_file_or_create(&dir.join("master.key")).unwrap();
    let vault = Vault::open(&vault_url, master).await.unwrap();
    let model = dir.join(format!("model-{node}"));
    std::fs::create_dir_all(&model).unwrap();
    let model = ReadModel::start(&model, log.clone(), ReadModelOptions::default()).await.unwrap();
    App::builder(log, vault, storage, model).clock(Arc::new(clock.clone())).build()
}

/// The clock of a machine, which somebody may set.
#[derive(Debug, Clone, Default)]
pub struct SetClock(Arc<AtomicI64>);

impl SetClock {
    /// From now on it is wrong by so many hours.
    pub fn be_wrong_by(&self, hours: i64) {
        self.0.store(hours, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::hours(self.0.load(Ordering::SeqCst))
    }
}

/// An event of any stream.
pub trait Fact: Serialize {
    fn name(&self) -> &'static str;
}

impl Fact for JobEvent {
    fn name(&self) -> &'static str {
        self.into()
    }
}

impl Fact for AccountEvent {
    fn name(&self) -> &'static str {
        self.into()
    }
}

impl Fact for ResourceEvent {
    fn name(&self) -> &'static str {
        self.into()
    }
}

impl Fact for ChangeSetEvent {
    fn name(&self) -> &'static str {
        self.into()
    }
}

impl Fact for FileEvent {
    fn name(&self) -> &'static str {
        self.into()
    }
}

/// Waits until something is so that nobody tells about.
pub async fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !is_so() {
        assert!(tokio::time::Instant::now() < deadline, "waited in vain for: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
