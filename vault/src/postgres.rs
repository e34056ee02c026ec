//! Keys in PostgreSQL, shared by the machines of one deployment.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::{Executor, PgConnection, Row};
use uuid::Uuid;

use crate::error::VaultError;
use crate::key_store::{DataKeyRecord, Inserted, KeyStore, NewDataKey, Rewrap, RootRecord};
use crate::master_key::Fingerprint;

/// How long to wait for a connection; past it the vault is unavailable.
const CONNECT: Duration = Duration::from_secs(5);
/// How long the server lets one statement run or wait for a lock.
const STATEMENT: &str = "10s";
/// The advisory lock under which processes that start at once migrate one after another: "fieldlog vault" in some digits.
const MIGRATION_LOCK: i64 = 0x_f1e1_d106_0a17;
const MIGRATIONS: [&str; 1] = [include_str!("../migrations/postgres/0001_vault.sql")];
const COLUMNS: &str = "id, subject, purpose, wrapped";

/// A [`KeyStore`] in a PostgreSQL database.
pub struct PostgresKeyStore {
    pool: PgPool,
}

impl PostgresKeyStore {
    /// Connects and brings the schema up to date.
    pub async fn connect(url: &str) -> Result<Self, VaultError> {
        let options: PgConnectOptions = url.parse().map_err(failed("reading the vault's URL"))?;
        let options = options
            .application_name("fieldlog vault")
            .options([("statement_timeout", STATEMENT), ("idle_in_transaction_session_timeout", STATEMENT)]);
        let pool = PgPoolOptions::new().max_connections(4).acquire_timeout(CONNECT).connect_lazy_with(options);
        migrate(&pool).await.map_err(failed("preparing the vault's tables"))?;
        Ok(Self { pool })
    }
}

fn failed(doing: &'static str) -> impl Fn(sqlx::Error) -> VaultError + Copy {
    move |error| VaultError::Unavailable { doing, source: error.into() }
}

async fn migrate(pool: &PgPool) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query("select pg_advisory_xact_lock($1)").bind(MIGRATION_LOCK).execute(&mut *transaction).await?;
    let table = "create table if not exists vault_migration (version integer primary key)";
    (&mut *transaction).execute(table).await?;
    let done = "select coalesce(max(version), 0) from vault_migration";
    let done: i32 = sqlx::query_scalar(done).fetch_one(&mut *transaction).await?;
    for (version, migration) in (1..).zip(MIGRATIONS).filter(|(version, _)| *version > done) {
        (&mut *transaction).execute(migration).await?;
        let record = sqlx::query("insert into vault_migration (version) values ($1)").bind(version);
        record.execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

fn record(row: &PgRow) -> Result<DataKeyRecord, sqlx::Error> {
    Ok(DataKeyRecord {
        id: row.try_get(0)?,
        subject: row.try_get(1)?,
        purpose: row.try_get(2)?,
        wrapped: row.try_get(3)?,
    })
}

async fn root(connection: &mut PgConnection, lock: &str) -> Result<Option<RootRecord>, sqlx::Error> {
    let query = format!("select fingerprint, wrapped from vault_root {lock}");
    let row = sqlx::query(&query).fetch_optional(connection).await?;
    row.map(|row| Ok(RootRecord { fingerprint: Fingerprint(row.try_get(0)?), wrapped: row.try_get(1)? })).transpose()
}

#[async_trait]
impl KeyStore for PostgresKeyStore {
    async fn root(&self, candidate: RootRecord) -> Result<RootRecord, VaultError> {
        let failed = failed("reading the vault's root");
        let mut connection = self.pool.acquire().await.map_err(failed)?;
        if let Some(found) = root(&mut connection, "").await.map_err(failed)? {
            return Ok(found);
        }
        sqlx::query("insert into vault_root (one, fingerprint, wrapped) values (1, $1, $2) on conflict do nothing")
            .bind(&candidate.fingerprint.0)
            .bind(&candidate.wrapped)
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
        Ok(root(&mut connection, "").await.map_err(failed)?.unwrap_or(candidate))
    }

    async fn key(&self, id: Uuid) -> Result<Option<DataKeyRecord>, VaultError> {
        let query = format!("select {COLUMNS} from data_key where id = $1");
        let row = sqlx::query(&query).bind(id).fetch_optional(&self.pool).await;
        row.and_then(|row| row.as_ref().map(record).transpose()).map_err(failed("reading a key"))
    }

    async fn shared_key(&self, subject: Uuid, purpose: &str) -> Result<Option<DataKeyRecord>, VaultError> {
        let query = format!(
            "select {COLUMNS} from data_key where subject = $1 and purpose = $2 and shared and wrapped is not null"
        );
        let row = sqlx::query(&query).bind(subject).bind(purpose).fetch_optional(&self.pool).await;
        row.and_then(|row| row.as_ref().map(record).transpose()).map_err(failed("reading a key"))
    }

    async fn insert(&self, key: NewDataKey, master: &Fingerprint) -> Result<Inserted, VaultError> {
        let failed = failed("keeping a key");
        let mut transaction = self.pool.begin().await.map_err(failed)?;
        // The lock keeps the master key from being changed until this key is wrapped with it for good.
        let current = root(&mut transaction, "for share").await.map_err(failed)?;
        if current.map(|root| root.fingerprint).as_ref() != Some(master) {
            return Ok(Inserted::MasterChanged);
        }
        let inserted = sqlx::query(
            "insert into data_key (id, subject, purpose, shared, wrapped) values ($1, $2, $3, $4, $5)
             on conflict (subject, purpose) where shared and wrapped is not null do nothing",
        )
        .bind(key.id)
        .bind(key.subject)
        .bind(&key.purpose)
        .bind(key.shared)
        .bind(&key.wrapped)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        if inserted.rows_affected() == 1 {
            return Ok(Inserted::Kept);
        }
        match self.shared_key(key.subject, &key.purpose).await? {
            Some(first) => Ok(Inserted::AlreadyShared(first)),
            // The first one was destroyed at once; whoever asked may ask again.
            None => Err(failed(sqlx::Error::RowNotFound)),
        }
    }

    async fn destroy(&self, id: Uuid) -> Result<bool, VaultError> {
        let query = "update data_key set wrapped = null, destroyed_at = coalesce(destroyed_at, clock_timestamp()) where id = $1";
        let done = sqlx::query(query).bind(id).execute(&self.pool).await.map_err(failed("destroying a key"))?;
        Ok(done.rows_affected() == 1)
    }

    async fn destroy_subject(&self, subject: Uuid) -> Result<Vec<Uuid>, VaultError> {
        let query = "update data_key set wrapped = null, destroyed_at = clock_timestamp()
                     where subject = $1 and wrapped is not null returning id";
        let destroyed = sqlx::query_scalar(query).bind(subject).fetch_all(&self.pool).await;
        destroyed.map_err(failed("destroying the keys of a subject"))
    }

    async fn rewrap(&self, old: &Fingerprint, new_root: RootRecord, rewrap: Rewrap) -> Result<bool, VaultError> {
        let failed = failed("changing the master key");
        let mut transaction = self.pool.begin().await.map_err(failed)?;
        let current = root(&mut transaction, "for update").await.map_err(failed)?;
        if current.map(|root| root.fingerprint).as_ref() != Some(old) {
            return Ok(false);
        }
        let page_query = format!(
            "select {COLUMNS} from data_key where wrapped is not null and id > $1 order by id limit 1000 for update"
        );
        let mut last = Uuid::nil();
        loop {
            let rows = sqlx::query(&page_query).bind(last).fetch_all(&mut *transaction).await.map_err(failed)?;
            let page = rows.iter().map(record).collect::<Result<Vec<_>, _>>().map_err(failed)?;
            let Some(end) = page.last() else { break };
            last = end.id;
            let wrapped = page.iter().map(&*rewrap).collect::<Result<Vec<_>, _>>()?;
            let ids: Vec<Uuid> = page.iter().map(|key| key.id).collect();
            sqlx::query(
                "update data_key set wrapped = fresh.wrapped
                 from unnest($1::uuid[], $2::bytea[]) as fresh (id, wrapped) where data_key.id = fresh.id",
            )
            .bind(ids)
            .bind(wrapped)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        }
        sqlx::query("update vault_root set fingerprint = $1, wrapped = $2")
            .bind(&new_root.fingerprint.0)
            .bind(&new_root.wrapped)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(true)
    }
}
