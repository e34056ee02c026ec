//! The handle on the vault: seal, open, forget.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use fieldlog_domain::Sealed;
use moka::sync::Cache;
use parking_lot::RwLock;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::cipher::{Secret, bound_to, decrypt, encrypt, keyed_hash, random_secret};
use crate::error::VaultError;
use crate::key_store::{DataKeyRecord, Inserted, KeyStore, NewDataKey, RootRecord};
use crate::master_key::{Fingerprint, MasterKey};
use crate::postgres::PostgresKeyStore;
use crate::sqlite::SqliteKeyStore;
use crate::vault_url::VaultUrl;

/// A data key's id in the vault.
pub type KeyId = Uuid;

/// How long a key destroyed by another process may still open values in this one.
const CACHED_FOR: Duration = Duration::from_secs(3);
/// How many keys are kept in memory.
const CACHED_KEYS: u64 = 10_000;

/// Seals values and opens them again, until their key is destroyed. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Box<dyn KeyStore>,
    pub(crate) master: RwLock<Master>,
    pub(crate) blind_index: Secret,
    keys: Cache<KeyId, Arc<DataKey>>,
    /// Held shared from reading a key until it is cached, alone while keys are destroyed: no destroyed key enters the cache.
    caching: tokio::sync::RwLock<()>,
}

/// What of the master key is needed while the vault is open.
pub(crate) struct Master {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) wrapping: Secret,
}

/// A data key, unwrapped.
struct DataKey {
    purpose: String,
    secret: Secret,
}

/// What opening a sealed value gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// The value, overwritten in memory when dropped.
    Value(Zeroizing<Vec<u8>>),
    /// The key was destroyed: nobody can know the value any more.
    Forgotten,
}

impl Vault {
    /// Opens a vault, or makes a new one, wrapped by `master`.
    pub async fn open(url: &VaultUrl, master: MasterKey) -> Result<Self, VaultError> {
        let store: Box<dyn KeyStore> = match url {
            VaultUrl::Sqlite(path) => Box::new(SqliteKeyStore::open(path.clone()).await?),
            VaultUrl::Postgres(url) => Box::new(PostgresKeyStore::connect(url).await?),
        };
        Self::over(store, master).await
    }

    /// A vault over any store.
    pub async fn over(store: Box<dyn KeyStore>, master: MasterKey) -> Result<Self, VaultError> {
        let master = Master::of(&master);
        let candidate = RootRecord {
            fingerprint: master.fingerprint.clone(),
            wrapped: encrypt(&master.wrapping, &root_binding(), random_secret().as_slice()),
        };
        let root = store.root(candidate).await?;
        if root.fingerprint != master.fingerprint {
            return Err(VaultError::WrongMasterKey { expected: root.fingerprint, found: master.fingerprint });
        }
        let blind_index = unwrap(&master.wrapping, &root_binding(), &root.wrapped)
            .ok_or(VaultError::Damaged { key: Uuid::nil(), problem: "the vault's own secret does not unwrap" })?;
        let inner = Inner {
            store,
            master: RwLock::new(master),
            blind_index,
            keys: Cache::builder().max_capacity(CACHED_KEYS).time_to_live(CACHED_FOR).build(),
            caching: tokio::sync::RwLock::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// A key of its own for one value, so that this value can be forgotten without the subject's others: see [`seal_with`](Self::seal_with).
    pub async fn new_key(&self, subject: Uuid, purpose: &str) -> Result<KeyId, VaultError> {
        Ok(self.insert_key(subject, purpose, false).await?.0)
    }

    /// Seals a value under the one key of this subject and purpose, which is made at first use.
    ///
    /// All values of a subject and purpose are forgotten together. A value that will be replaced, such as a password hash,
    /// wants [`new_key`](Self::new_key) and [`seal_with`](Self::seal_with).
    pub async fn seal(&self, subject: Uuid, purpose: &str, plaintext: &[u8]) -> Result<Sealed, VaultError> {
        // Never from the cache: a value sealed under a key destroyed elsewhere would be lost at once.
        let (id, key) = match self.inner.store.shared_key(subject, purpose).await? {
            Some(record) => (record.id, self.unwrapped(&record).await?),
            None => self.insert_key(subject, purpose, true).await?,
        };
        Ok(key.seal(id, plaintext))
    }

    /// Seals a value under a key made by [`new_key`](Self::new_key).
    pub async fn seal_with(&self, key: KeyId, plaintext: &[u8]) -> Result<Sealed, VaultError> {
        let record = self.inner.store.key(key).await?.ok_or(VaultError::UnknownKey { key })?;
        if record.wrapped.is_none() {
            return Err(VaultError::Destroyed { key });
        }
        Ok(self.unwrapped(&record).await?.seal(key, plaintext))
    }

    /// Whether there is, or was, such a key here.
    pub async fn knows(&self, key: KeyId) -> Result<bool, VaultError> {
        Ok(self.inner.store.key(key).await?.is_some())
    }

    /// Opens a sealed value, whatever it was sealed for.
    pub async fn open_sealed(&self, sealed: &Sealed) -> Result<Opened, VaultError> {
        match self.living_key(sealed.key).await? {
            Some(key) => Ok(Opened::Value(key.open(sealed)?)),
            None => Ok(Opened::Forgotten),
        }
    }

    /// Opens a sealed value that must have been sealed for `purpose`, and not been moved here from another field.
    pub async fn open_sealed_as(&self, purpose: &str, sealed: &Sealed) -> Result<Opened, VaultError> {
        match self.living_key(sealed.key).await? {
            Some(key) if key.purpose != purpose => {
                Err(VaultError::WrongPurpose { key: sealed.key, expected: purpose.into(), found: key.purpose.clone() })
            }
            Some(key) => Ok(Opened::Value(key.open(sealed)?)),
            None => Ok(Opened::Forgotten),
        }
    }

    /// Destroys a key: what is sealed under it is forgotten, here at once, in other processes within seconds. Twice is nothing.
    pub async fn destroy(&self, key: KeyId) -> Result<(), VaultError> {
        let _alone = self.inner.caching.write().await;
        let known = self.inner.store.destroy(key).await;
        self.inner.keys.invalidate(&key);
        if known? { Ok(()) } else { Err(VaultError::UnknownKey { key }) }
    }

    /// Destroys all keys of a subject.
    pub async fn destroy_subject(&self, subject: Uuid) -> Result<(), VaultError> {
        let _alone = self.inner.caching.write().await;
        let destroyed = self.inner.store.destroy_subject(subject).await?;
        destroyed.iter().for_each(|key| self.inner.keys.invalidate(key));
        Ok(())
    }

    /// A text that is the same for the same value, and tells nothing about it to whoever lacks the vault.
    ///
    /// For names that must be unique but not be readable, such as mail addresses. It survives a change of the master key.
    pub fn blind_index(&self, purpose: &str, value: &str) -> String {
        let length = (purpose.len() as u64).to_be_bytes();
        let parts = [&length[..], purpose.as_bytes(), value.as_bytes()];
        hex::encode(keyed_hash(&self.inner.blind_index, &parts))
    }

    async fn insert_key(
        &self,
        subject: Uuid,
        purpose: &str,
        shared: bool,
    ) -> Result<(KeyId, Arc<DataKey>), VaultError> {
        let id = Uuid::new_v4();
        let secret = random_secret();
        let (wrapped, fingerprint) = {
            let master = self.inner.master.read();
            let wrapped = encrypt(&master.wrapping, &key_binding(id, subject, purpose), secret.as_slice());
            (wrapped, master.fingerprint.clone())
        };
        let key = NewDataKey { id, subject, purpose: purpose.into(), shared, wrapped };
        match self.inner.store.insert(key, &fingerprint).await? {
            Inserted::Kept => Ok((id, Arc::new(DataKey { purpose: purpose.into(), secret }))),
            Inserted::AlreadyShared(record) => Ok((record.id, self.unwrapped(&record).await?)),
            Inserted::MasterChanged => Err(self.master_changed().await?),
        }
    }

    async fn living_key(&self, id: KeyId) -> Result<Option<Arc<DataKey>>, VaultError> {
        if let Some(key) = self.inner.keys.get(&id) {
            return Ok(Some(key));
        }
        let _caching = self.inner.caching.read().await;
        let record = self.inner.store.key(id).await?;
        let record = record.ok_or(VaultError::Damaged { key: id, problem: "its key was never in this vault" })?;
        if record.wrapped.is_none() {
            return Ok(None);
        }
        let key = self.unwrapped(&record).await?;
        self.inner.keys.insert(id, key.clone());
        Ok(Some(key))
    }

    async fn unwrapped(&self, record: &DataKeyRecord) -> Result<Arc<DataKey>, VaultError> {
        let wrapped = record.wrapped.as_deref().ok_or(VaultError::Destroyed { key: record.id })?;
        let binding = key_binding(record.id, record.subject, &record.purpose);
        let secret = unwrap(&self.inner.master.read().wrapping, &binding, wrapped);
        match secret {
            Some(secret) => Ok(Arc::new(DataKey { purpose: record.purpose.clone(), secret })),
            None => match self.master_changed().await {
                Ok(changed) => Err(changed),
                Err(VaultError::Damaged { .. }) => {
                    Err(VaultError::Damaged { key: record.id, problem: "the key does not unwrap" })
                }
                Err(error) => Err(error),
            },
        }
    }

    /// The error that says so, if another process changed the master key; else `Damaged`.
    async fn master_changed(&self) -> Result<VaultError, VaultError> {
        let found = self.inner.master.read().fingerprint.clone();
        let unused = RootRecord { fingerprint: found.clone(), wrapped: Vec::new() };
        let expected = self.inner.store.root(unused).await?.fingerprint;
        if expected == found {
            return Err(VaultError::Damaged { key: Uuid::nil(), problem: "the store contradicts itself" });
        }
        Ok(VaultError::WrongMasterKey { expected, found })
    }
}

impl DataKey {
    fn seal(&self, id: KeyId, plaintext: &[u8]) -> Sealed {
        let sealed = encrypt(&self.secret, &bound_to("value", id, None, &self.purpose), plaintext);
        Sealed { key: id, content: STANDARD_NO_PAD.encode(sealed) }
    }

    fn open(&self, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let damaged = |problem| VaultError::Damaged { key: sealed.key, problem };
        let content = STANDARD_NO_PAD.decode(&sealed.content).map_err(|_| damaged("the value is not base64"))?;
        decrypt(&self.secret, &bound_to("value", sealed.key, None, &self.purpose), &content)
            .ok_or(damaged("the value was changed, or sealed under another key"))
    }
}

impl Master {
    pub(crate) fn of(key: &MasterKey) -> Self {
        Self { fingerprint: key.fingerprint(), wrapping: key.wrapping_key() }
    }
}

pub(crate) fn unwrap(wrapping: &Secret, binding: &[u8], wrapped: &[u8]) -> Option<Secret> {
    let secret = decrypt(wrapping, binding, wrapped)?;
    secret.as_slice().try_into().ok().map(Zeroizing::new)
}

/// A wrapped key opens only in its own row: under its id, for its subject and purpose.
pub(crate) fn key_binding(id: KeyId, subject: Uuid, purpose: &str) -> Vec<u8> {
    bound_to("data key", id, Some(subject), purpose)
}

pub(crate) fn root_binding() -> Vec<u8> {
    bound_to("root", Uuid::nil(), None, "blind index")
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault(master key {})", self.inner.master.read().fingerprint)
    }
}
