//! Keys in a SQLite file, shared by the processes of one machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::Utc;
use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::error::VaultError;
use crate::key_store::{DataKeyRecord, Inserted, KeyStore, NewDataKey, Rewrap, RootRecord};
use crate::master_key::Fingerprint;

/// How long to wait for another process that is writing.
const BUSY: Duration = Duration::from_secs(5);
const MIGRATIONS: [&str; 1] = [include_str!("../migrations/sqlite/0001_vault.sql")];
const COLUMNS: &str = "id, subject, purpose, wrapped";

/// A [`KeyStore`] in one file.
pub struct SqliteKeyStore {
    connection: Arc<Mutex<Connection>>,
}

impl SqliteKeyStore {
    /// Opens the file, or makes it.
    pub async fn open(path: PathBuf) -> Result<Self, VaultError> {
        let opened = spawn_blocking(move || connect(&path)).await;
        let connection = opened
            .map_err(|error| VaultError::Unavailable { doing: "opening the vault", source: error.into() })?
            .map_err(|error| VaultError::Unavailable { doing: "opening the vault", source: error.into() })?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// Runs `work` where it may block.
    async fn run<T, E>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&mut Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, VaultError>
    where
        T: Send + 'static,
        E: Into<Failure> + Send + 'static,
    {
        let connection = self.connection.clone();
        let done = spawn_blocking(move || work(&mut connection.lock()).map_err(Into::into)).await;
        match done {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(Failure::Vault(error))) => Err(error),
            Ok(Err(Failure::Sqlite(error))) => Err(VaultError::Unavailable { doing, source: error.into() }),
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(error) => Err(VaultError::Unavailable { doing, source: error.into() }),
        }
    }
}

enum Failure {
    Sqlite(rusqlite::Error),
    Vault(VaultError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    into_wal(&connection)?;
    // A key that was not durable could seal a value that is: lost at the next power cut.
    connection.pragma_update(None, "synchronous", "full")?;
    // Destroyed means overwritten, not marked as free.
    connection.pragma_update(None, "secure_delete", true)?;
    migrate(&mut connection)?;
    restrict(path);
    Ok(connection)
}

/// Changing the journal mode does not ask the busy handler.
fn into_wal(connection: &Connection) -> Result<(), rusqlite::Error> {
    let deadline = Instant::now() + BUSY;
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(5));
            }
            answer => return answer,
        }
    }
}

/// Keys are wrapped, but nobody else has business here.
fn restrict(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if let Err(error) = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)) {
        tracing::warn!(path = %path.display(), %error, "the vault's file could not be kept from others");
    }
}

fn migrate(connection: &mut Connection) -> Result<(), rusqlite::Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for (version, migration) in (1..).zip(MIGRATIONS).filter(|(version, _)| *version > done) {
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", version)?;
    }
    transaction.commit()
}

fn record(row: &Row<'_>) -> Result<DataKeyRecord, rusqlite::Error> {
    Ok(DataKeyRecord { id: row.get(0)?, subject: row.get(1)?, purpose: row.get(2)?, wrapped: row.get(3)? })
}

fn root(connection: &Connection) -> Result<Option<RootRecord>, rusqlite::Error> {
    connection
        .query_row("select fingerprint, wrapped from vault_root", [], |row| {
            Ok(RootRecord { fingerprint: Fingerprint(row.get(0)?), wrapped: row.get(1)? })
        })
        .optional()
}

fn shared_key(connection: &Connection, subject: Uuid, purpose: &str) -> Result<Option<DataKeyRecord>, rusqlite::Error> {
    let query = format!(
        "select {COLUMNS} from data_key where subject = ?1 and purpose = ?2 and shared = 1 and wrapped is not null"
    );
    connection.prepare_cached(&query)?.query_row(params![subject, purpose], record).optional()
}

fn immediate(connection: &mut Connection) -> Result<Transaction<'_>, rusqlite::Error> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

/// Brings what was overwritten into the file itself: until then the log beside it has the key as it was.
fn purge_log(connection: &Connection) -> Result<(), rusqlite::Error> {
    let busy: bool = connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))?;
    if busy {
        tracing::warn!("another process reads the vault; destroyed keys leave its log at the next occasion");
    }
    Ok(())
}

#[async_trait]
impl KeyStore for SqliteKeyStore {
    async fn root(&self, candidate: RootRecord) -> Result<RootRecord, VaultError> {
        self.run("reading the vault's root", move |connection| {
            if let Some(found) = root(connection)? {
                return Ok::<_, rusqlite::Error>(found);
            }
            let insert = "insert into vault_root (one, fingerprint, wrapped) values (1, ?1, ?2) on conflict do nothing";
            connection.execute(insert, params![candidate.fingerprint.0, candidate.wrapped])?;
            Ok(root(connection)?.unwrap_or(candidate))
        })
        .await
    }

    async fn key(&self, id: Uuid) -> Result<Option<DataKeyRecord>, VaultError> {
        self.run("reading a key", move |connection| {
            let query = format!("select {COLUMNS} from data_key where id = ?1");
            connection.prepare_cached(&query)?.query_row([id], record).optional()
        })
        .await
    }

    async fn shared_key(&self, subject: Uuid, purpose: &str) -> Result<Option<DataKeyRecord>, VaultError> {
        let purpose = purpose.to_owned();
        self.run("reading a key", move |connection| shared_key(connection, subject, &purpose)).await
    }

    async fn insert(&self, key: NewDataKey, master: &Fingerprint) -> Result<Inserted, VaultError> {
        let master = master.clone();
        self.run("keeping a key", move |connection| {
            let transaction = immediate(connection)?;
            if root(&transaction)?.map(|root| root.fingerprint) != Some(master) {
                return Ok::<_, rusqlite::Error>(Inserted::MasterChanged);
            }
            if key.shared
                && let Some(first) = shared_key(&transaction, key.subject, &key.purpose)?
            {
                return Ok(Inserted::AlreadyShared(first));
            }
            transaction.execute(
                "insert into data_key (id, subject, purpose, shared, wrapped, created_at) values (?1, ?2, ?3, ?4, ?5, ?6)",
                params![key.id, key.subject, key.purpose, key.shared, key.wrapped, Utc::now()],
            )?;
            transaction.commit()?;
            Ok(Inserted::Kept)
        })
        .await
    }

    async fn destroy(&self, id: Uuid) -> Result<bool, VaultError> {
        self.run("destroying a key", move |connection| {
            let transaction = immediate(connection)?;
            let overwrite =
                "update data_key set wrapped = null, destroyed_at = ?2 where id = ?1 and wrapped is not null";
            transaction.execute(overwrite, params![id, Utc::now()])?;
            let known = transaction.query_row("select 1 from data_key where id = ?1", [id], |_| Ok(())).optional()?;
            transaction.commit()?;
            purge_log(connection)?;
            Ok::<_, rusqlite::Error>(known.is_some())
        })
        .await
    }

    async fn destroy_subject(&self, subject: Uuid) -> Result<Vec<Uuid>, VaultError> {
        self.run("destroying the keys of a subject", move |connection| {
            let overwrite = "update data_key set wrapped = null, destroyed_at = ?2
                             where subject = ?1 and wrapped is not null returning id";
            let transaction = immediate(connection)?;
            let destroyed = transaction
                .prepare(overwrite)?
                .query_map(params![subject, Utc::now()], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            transaction.commit()?;
            purge_log(connection)?;
            Ok::<_, rusqlite::Error>(destroyed)
        })
        .await
    }

    async fn rewrap(&self, old: &Fingerprint, new_root: RootRecord, rewrap: Rewrap) -> Result<bool, VaultError> {
        let old = old.clone();
        self.run("changing the master key", move |connection| {
            let transaction = immediate(connection)?;
            if root(&transaction)?.map(|root| root.fingerprint) != Some(old) {
                return Ok::<_, Failure>(false);
            }
            let query =
                format!("select {COLUMNS} from data_key where wrapped is not null and id > ?1 order by id limit 1000");
            let mut last = Vec::new();
            loop {
                let page: Vec<DataKeyRecord> =
                    transaction.prepare_cached(&query)?.query_map([&last], record)?.collect::<Result<_, _>>()?;
                let Some(end) = page.last() else { break };
                last = end.id.as_bytes().to_vec();
                for key in &page {
                    let wrapped = rewrap(key)?;
                    let mut update = transaction.prepare_cached("update data_key set wrapped = ?2 where id = ?1")?;
                    update.execute(params![key.id, wrapped])?;
                }
            }
            let update = "update vault_root set fingerprint = ?1, wrapped = ?2";
            transaction.execute(update, params![new_root.fingerprint.0, new_root.wrapped])?;
            transaction.commit()?;
            purge_log(connection)?;
            Ok(true)
        })
        .await
    }
}
