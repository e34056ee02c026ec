//! The value of a secret, as somebody typed it.

use std::fmt;

use fieldlog_domain::secret::SecretKind;
use thiserror::Error;
use zeroize::Zeroizing;

use super::pg_service::{self, BadPgService};

/// The value of a secret: never printed, wiped from memory after use.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(Zeroizing<String>);

/// Why a text is no value of a secret. It never quotes the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadSecretValue {
    /// It could not be told from the rest of a log.
    #[error("a secret's value has at least {MIN_BYTES} bytes, so that it can be taken out of logs; found {0}")]
    TooShort(usize),
    /// More than the environment of a container takes.
    #[error("a secret's value has at most {limit} bytes, found {found}")]
    TooLong {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// No environment can hold it.
    #[error("a secret's value has no NUL character, found one")]
    Nul,
    /// It is no section of a connection service file.
    #[error(transparent)]
    PgService(#[from] BadPgService),
}

const MIN_BYTES: usize = 4;

/// Linux gives a program at most 2 MiB of environment. No job sees more than a hundred secrets, see
/// [`MAX_SECRETS`](super::MAX_SECRETS).
const MAX_BYTES: usize = 16 * 1024;
/// All services of a job are in one variable, which has at most 128 KiB.
const MAX_SERVICE_BYTES: usize = 1024;

impl SecretValue {
    /// Takes what somebody typed, whatever it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text, for whom it is meant.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether a secret of this kind may have it.
    pub fn check(&self, kind: SecretKind) -> Result<(), BadSecretValue> {
        let found = self.0.len();
        let limit = match kind {
            SecretKind::Envvar => MAX_BYTES,
            SecretKind::Pgservice => MAX_SERVICE_BYTES,
        };
        if found < MIN_BYTES {
            return Err(BadSecretValue::TooShort(found));
        }
        if found > limit {
            return Err(BadSecretValue::TooLong { found, limit });
        }
        if self.0.contains('\0') {
            return Err(BadSecretValue::Nul);
        }
        match kind {
            SecretKind::Envvar => Ok(()),
            SecretKind::Pgservice => Ok(pg_service::check(&self.0)?),
        }
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue(…)")
    }
}
