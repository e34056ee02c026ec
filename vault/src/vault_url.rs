//! Where the vault is, as one line of configuration.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

/// `sqlite:PATH`, or `postgres://…` for a vault that several machines share.
#[derive(Clone, PartialEq, Eq)]
pub enum VaultUrl {
    /// A file of this machine.
    Sqlite(PathBuf),
    /// A PostgreSQL database; the URL may contain a password.
    Postgres(String),
}

/// A text that names no vault.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotAVaultUrl {
    /// Neither form.
    #[error("expected sqlite:PATH or postgres://… as vault, found {found:?}")]
    UnknownForm {
        /// What comes before the first colon: the rest could be a password.
        found: String,
    },
    /// `sqlite:` alone.
    #[error("expected a path after sqlite:, found nothing")]
    NoPath,
}

impl FromStr for VaultUrl {
    type Err = NotAVaultUrl;

    fn from_str(text: &str) -> Result<Self, NotAVaultUrl> {
        match text.split_once(':') {
            Some(("sqlite", "")) => Err(NotAVaultUrl::NoPath),
            Some(("sqlite", path)) => Ok(Self::Sqlite(path.into())),
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => Ok(Self::Postgres(text.into())),
            Some((scheme, _)) => Err(NotAVaultUrl::UnknownForm { found: format!("{scheme}:…") }),
            None => Err(NotAVaultUrl::UnknownForm { found: text.chars().take(40).collect() }),
        }
    }
}

impl fmt::Display for VaultUrl {
    /// Without user and password: URLs end up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => {
                let rest = url.split_once("//").map_or("", |(_, rest)| rest);
                let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
                let host_start = rest[..authority_end].rfind('@').map_or(0, |at| at + 1);
                let shown = rest[host_start..].split('?').next().unwrap_or_default();
                write!(f, "postgres://{shown}")
            }
        }
    }
}

impl fmt::Debug for VaultUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VaultUrl({self})")
    }
}
