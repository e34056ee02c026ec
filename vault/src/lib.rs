//! What must be forgettable: values sealed under keys that can be destroyed.
//!
//! Events are for ever, personal data is not. So mail addresses, names, password hashes and secrets enter events only as
//! [`Sealed`](fieldlog_domain::Sealed) values: encrypted under a data key that lives here, outside the log.
//! Destroying the key forgets the value everywhere at once: in the log, its copies and its backups.
//!
//! ```text
//! master key (configuration) ─wraps─▶ data keys (vault, one per subject and purpose) ─seal─▶ values (events)
//! ```
//!
//! The keys are in a SQLite file or, for several gateways, in PostgreSQL. What is sealed and why is told in
//! `docs/adr/0006-what-is-sealed.md`.

mod cipher;
mod error;
mod key_store;
mod master_key;
mod postgres;
mod rotation;
mod sqlite;
mod vault;
mod vault_url;

pub use error::VaultError;
pub use key_store::{DataKeyRecord, Inserted, KeyStore, NewDataKey, Rewrap, RootRecord};
pub use master_key::{Fingerprint, MasterKey, NotAMasterKey};
pub use postgres::PostgresKeyStore;
pub use sqlite::SqliteKeyStore;
pub use vault::{KeyId, Opened, Vault};
pub use vault_url::{NotAVaultUrl, VaultUrl};
