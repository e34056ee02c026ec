//! What can go wrong with sealed values.

use std::path::PathBuf;

use thiserror::Error;
use uuid::Uuid;

use crate::master_key::{Fingerprint, NotAMasterKey};

/// Why the vault could not do what was asked.
#[derive(Debug, Error)]
pub enum VaultError {
    /// The keys in this vault are wrapped by another master key than the one given.
    #[error("expected the master key with the fingerprint {expected}, which this vault was made with, found {found}")]
    WrongMasterKey {
        /// Of the key that the vault is wrapped with.
        expected: Fingerprint,
        /// Of the key given.
        found: Fingerprint,
    },
    /// The master key's file could not be read or made.
    #[error("the master key in {} could not be used: {problem}", path.display())]
    MasterKeyFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A configured text is no master key.
    #[error(transparent)]
    NotAMasterKey(#[from] NotAMasterKey),
    /// A value or a stored key that is not what was once written. Not to be mistaken for a forgotten value.
    #[error("what is sealed under key {key} is damaged: {problem}")]
    Damaged {
        /// The data key.
        key: Uuid,
        /// What is wrong.
        problem: &'static str,
    },
    /// A value that was sealed for another purpose than it is opened for.
    #[error("expected a value sealed as {expected:?}, found one sealed as {found:?} under key {key}")]
    WrongPurpose {
        /// The data key.
        key: Uuid,
        /// What it was opened for.
        expected: String,
        /// What it was sealed for.
        found: String,
    },
    /// No key of this id was ever in this vault.
    #[error("no key {key} in this vault")]
    UnknownKey {
        /// The id.
        key: Uuid,
    },
    /// The key was destroyed, so nothing can be sealed under it any more.
    #[error("key {key} is destroyed")]
    Destroyed {
        /// The id.
        key: Uuid,
    },
    /// The vault's store did not answer; trying again later may help.
    #[error("the vault is unavailable: {doing} failed")]
    Unavailable {
        /// What was being done.
        doing: &'static str,
        /// What was seen.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl VaultError {
    /// Whether the same request may succeed later without anyone changing it.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}
