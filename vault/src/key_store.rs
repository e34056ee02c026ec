//! Where wrapped keys are kept. A store sees no key in plain.

use std::sync::Arc;

use async_trait::async_trait;
use uuid::Uuid;

use crate::error::VaultError;
use crate::master_key::Fingerprint;

/// The vault's own secret and the master key that wraps everything in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootRecord {
    /// Of the master key.
    pub fingerprint: Fingerprint,
    /// The secret, wrapped.
    pub wrapped: Vec<u8>,
}

/// A data key to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDataKey {
    /// Its id, which sealed values carry.
    pub id: Uuid,
    /// Whose data it is for.
    pub subject: Uuid,
    /// Which data it is for.
    pub purpose: String,
    /// Whether it is the one key that everything of this subject and purpose is sealed under.
    pub shared: bool,
    /// The key, wrapped.
    pub wrapped: Vec<u8>,
}

/// A data key as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataKeyRecord {
    /// Its id.
    pub id: Uuid,
    /// Whose data it is for.
    pub subject: Uuid,
    /// Which data it is for.
    pub purpose: String,
    /// The key, wrapped; `None` once it is destroyed.
    pub wrapped: Option<Vec<u8>>,
}

/// What became of a new key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inserted {
    /// It is kept.
    Kept,
    /// Another shared key of the same subject and purpose was first; use that one.
    AlreadyShared(DataKeyRecord),
    /// The store is wrapped by another master key by now.
    MasterChanged,
}

/// Wraps a key anew; called for each key while the master key is changed.
pub type Rewrap = Arc<dyn Fn(&DataKeyRecord) -> Result<Vec<u8>, VaultError> + Send + Sync>;

/// A store of wrapped keys, shared by any number of processes.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// The root of this store; `candidate` becomes it when there is none. Of several at once, one wins.
    async fn root(&self, candidate: RootRecord) -> Result<RootRecord, VaultError>;

    /// The key of this id, destroyed or not.
    async fn key(&self, id: Uuid) -> Result<Option<DataKeyRecord>, VaultError>;

    /// The living shared key of a subject and purpose.
    async fn shared_key(&self, subject: Uuid, purpose: &str) -> Result<Option<DataKeyRecord>, VaultError>;

    /// Keeps a key, if the store is still wrapped by `master`. Durable when it returns.
    async fn insert(&self, key: NewDataKey, master: &Fingerprint) -> Result<Inserted, VaultError>;

    /// Overwrites a key; its row stays. `false` when there never was one. Twice is nothing.
    async fn destroy(&self, id: Uuid) -> Result<bool, VaultError>;

    /// Overwrites all keys of a subject and says which.
    async fn destroy_subject(&self, subject: Uuid) -> Result<Vec<Uuid>, VaultError>;

    /// Wraps everything anew, all or nothing. `false`, and nothing done, if the store is not wrapped by `old` any more.
    async fn rewrap(&self, old: &Fingerprint, root: RootRecord, rewrap: Rewrap) -> Result<bool, VaultError>;
}
