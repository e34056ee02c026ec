//! A whole Fieldlog in one process, in a temporary folder, with a clock that stands still.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::Utc;
use fieldlog_commands::account::{CreateAccount, CreateOrganization, Password, create_account, create_organization};
use fieldlog_commands::file::{UploadFile, UploadRefusal, UploadedVersion, upload_file};
use fieldlog_commands::policies::Policies;
use fieldlog_commands::project::{AddCollaborator, CreateProject, add_collaborator, create_project};
use fieldlog_commands::session::PasswordHashing;
use fieldlog_commands::{App, CommandError, Done, FixedClock, Settings, Viewer};
use fieldlog_domain::resource::{Collaborator, ProjectSettings, ResourceSource, Visibility};
use fieldlog_domain::shared::{ClientType, Role};
use fieldlog_domain::{AccountId, ResourceId, SessionId};
use fieldlog_eventlog::sqlite::{SqliteLog, SqliteOptions};
use fieldlog_eventlog::{Position, RecordedEvent};
use fieldlog_projections::{ReadModel, ReadModelOptions};
use fieldlog_storage::{Expected, Storage};
use fieldlog_vault::{MasterKey, Vault, VaultUrl};
use futures::stream;
use tempfile::TempDir;

use crate::faulty_log::FaultyLog;

pub const PATIENCE: Duration = Duration::from_secs(20);
pub const PASSWORD: &str = "correct horse battery";

pub struct Cloud {
    pub app: App,
    pub clock: Arc<FixedClock>,
    pub log: Arc<FaultyLog>,
    pub dir: TempDir,
    master: MasterKey,
}

impl Cloud {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let log = SqliteLog::open(dir.path().join("log.sqlite"), SqliteOptions::default()).unwrap();
        let model =
            ReadModel::start(&dir.path().join("model"), log.clone(), ReadModelOptions::default()).await.unwrap();
        let master = MasterKey::generate();
        let vault = Vault::open(&VaultUrl::Sqlite(dir.path().join("vault.sqlite")), master.clone()).await.unwrap();
        let clock = Arc::new(FixedClock::new(Utc::now()));
        let log = FaultyLog::over(log);
        let mut settings = Settings {
            password_hashing: PasswordHashing { memory_kib: 64, iterations: 1, at_once: 4 },
            claim_patience: Duration::from_millis(250),
            ..Settings::default()
        };
        change(&mut settings);
        let app = App::builder(log.clone(), vault, Storage::in_memory(), model)
            .clock(clock.clone())
            .settings(settings)
            .build();
        Self { app, clock, log, dir, master }
    }

    /// Starts again with other settings.
    pub fn change_settings(&mut self, change: impl FnOnce(&mut Settings)) {
        let mut settings = self.app.settings().clone();
        change(&mut settings);
        let (vault, storage) = (self.app.vault().clone(), self.app.storage().clone());
        let app = App::builder(self.log.clone(), vault, storage, self.app.model().clone());
        self.app = app.clock(self.clock.clone()).settings(settings).build();
    }

    /// Another process on the same log, as far as the log can tell: nothing kept in memory is shared.
    pub async fn another_process(&self) -> App {
        let dir = self.dir.path().join(format!("model-{}", uuid::Uuid::new_v4()));
        let model = ReadModel::start(&dir, self.log.clone(), ReadModelOptions::default()).await.unwrap();
        let vault =
            Vault::open(&VaultUrl::Sqlite(self.dir.path().join("vault.sqlite")), self.master.clone()).await.unwrap();
        let app = App::builder(self.log.clone(), vault, self.app.storage().clone(), model);
        app.clock(self.clock.clone()).settings(self.app.settings().clone()).build()
    }

    /// The value, once the read model has seen it.
    pub async fn seen<T, R: std::fmt::Debug>(&self, done: Result<Done<T>, CommandError<R>>) -> T {
        let done = done.unwrap();
        self.app.wait_for(done.receipt, PATIENCE).await.unwrap();
        done.value
    }

    pub async fn caught_up(&self) {
        let head = self.app.log().head().await.unwrap();
        self.app.model().wait_until(head, PATIENCE).await.unwrap();
    }

    pub async fn account(&self, name: &str) -> AccountId {
        let create = CreateAccount {
            command_id: None,
            name: name.into(),
            email: format!("{name}@example.com"),
            password: Password::new(PASSWORD),
            first_name: "Ana".into(),
            last_name: "Ng".into(),
            is_admin: false,
        };
        self.seen(create_account(&self.app, &Viewer::operator(), create).await).await
    }

    /// Somebody who is registered and logged in.
    pub async fn person(&self, name: &str) -> Viewer {
        viewer(self.account(name).await)
    }

    pub async fn organization(&self, owner: &Viewer, name: &str) -> AccountId {
        let create = CreateOrganization { command_id: None, name: name.into() };
        self.seen(create_organization(&self.app, owner, create).await).await
    }

    pub async fn project(&self, owner: &Viewer, name: &str) -> ResourceId {
        self.project_for(owner, None, name, Visibility::Private).await
    }

    pub async fn public_project(&self, owner: &Viewer, name: &str) -> ResourceId {
        self.project_for(owner, None, name, Visibility::Public).await
    }

    pub async fn project_for(
        &self,
        viewer: &Viewer,
        owner: Option<AccountId>,
        name: &str,
        visibility: Visibility,
    ) -> ResourceId {
        let create = CreateProject {
            command_id: None,
            owner,
            name: name.into(),
            description: "Bees".into(),
            visibility,
            settings: ProjectSettings::default(),
            source: ResourceSource::Created,
        };
        self.seen(create_project(&self.app, viewer, create).await).await
    }

    pub async fn collaborator(&self, owner: &Viewer, project: ResourceId, person: &Viewer, role: Role) {
        let collaborator = Collaborator::Person(person.account.unwrap());
        let add = AddCollaborator { command_id: None, project, collaborator, role };
        self.seen(add_collaborator(&self.app, owner, add).await).await;
    }

    pub async fn upload(
        &self,
        viewer: &Viewer,
        resource: ResourceId,
        path: &str,
        content: &str,
    ) -> Result<Done<UploadedVersion>, CommandError<UploadRefusal>> {
        let done = upload_file(&self.app, viewer, upload(resource, path), body(content)).await;
        if let Ok(done) = &done {
            self.app.wait_for(done.receipt, PATIENCE).await.unwrap();
        }
        done
    }

    /// Starts the policies, and waits until they and the read model have seen everything there is and will be.
    pub async fn settled(&self, policies: &Policies) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let head = self.app.log().head().await.unwrap();
            let mut changes = policies.changes();
            let reached = tokio::time::timeout(PATIENCE, changes.wait_for(|position| *position >= head)).await;
            reached.expect("the policies keep up").unwrap();
            if self.app.log().head().await.unwrap() == head {
                self.app.model().wait_until(head, PATIENCE).await.unwrap();
                return;
            }
            assert!(Instant::now() < deadline, "the policies never come to rest");
        }
    }

    pub async fn policies(&self, folder: &str) -> Policies {
        Policies::start(&self.app, &self.dir.path().join(folder)).await.unwrap()
    }

    pub async fn feed(&self) -> Vec<RecordedEvent> {
        self.app.log().read_feed(Position::START, usize::MAX).await.unwrap()
    }

    pub async fn count(&self, event_type: &str) -> usize {
        self.feed().await.iter().filter(|event| event.event_type == event_type).count()
    }

    pub fn log_file(&self) -> PathBuf {
        self.dir.path().join("log.sqlite")
    }
}

pub fn viewer(account: AccountId) -> Viewer {
    Viewer::person(account, SessionId(uuid::Uuid::now_v7()), false, ClientType::Sdk)
}

pub fn anonymous() -> Viewer {
    Viewer::anonymous(ClientType::Unknown)
}

pub fn upload(resource: ResourceId, path: &str) -> UploadFile {
    UploadFile {
        command_id: None,
        resource,
        path: path.into(),
        expected: Expected::default(),
        media_type: None,
        refuses_unreadable: false,
    }
}

pub fn body(content: &str) -> impl futures::Stream<Item = Result<Bytes, std::io::Error>> + Send + use<> {
    stream::iter([Ok(Bytes::copy_from_slice(content.as_bytes()))])
}

/// A body that must not be asked for a byte.
pub fn unread() -> impl futures::Stream<Item = Result<Bytes, std::io::Error>> + Send {
    stream::once(async { panic!("the body was read") })
}
