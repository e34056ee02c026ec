//! Names of secrets.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The name of a secret: of an environment variable, or of a PostgreSQL service for people.
///
/// Reading one from the log asks no questions: what was recorded stays readable when the rules become stricter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretName(String);

/// Why a text is no name of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadSecretName {
    /// Too short or too long.
    #[error("a secret's name has 2 to {MAX} characters, found {0}")]
    Length(usize),
    /// It does not begin with a letter.
    #[error("a secret's name begins with A-Z, found {0:?}")]
    Start(char),
    /// A character that is not allowed.
    #[error("a secret's name consists of A-Z, 0-9 and _, found {0:?}")]
    Character(char),
    /// It means something to the container already.
    #[error("the name {0} means something to the container already; expected another one")]
    Reserved(String),
}

const MAX: usize = 255;

/// Variables that decide how the container works, beside those that begin as [`RESERVED_STARTS`] say.
const RESERVED: [&str; 24] = [
    "BASH_ENV",
    "ENV",
    "GCONV_PATH",
    "GDAL_DATA",
    "GDAL_DRIVER_PATH",
    "GDAL_PYTHON_DRIVER_PATH",
    "GLIBC_TUNABLES",
    "HOME",
    "HOSTNAME",
    "IFS",
    "JOB_ID",
    "LOGNAME",
    "OGR_DRIVER_PATH",
    "PATH",
    "PGSERVICEFILE",
    "PGSERVICE_FILE_CONTENTS",
    "PGSYSCONFDIR",
    "PROJ_DATA",
    "PROJ_DOWNLOAD_DIR",
    "PROJ_LIB",
    "REQUESTS_CA_BUNDLE",
    "SHELL",
    "TMPDIR",
    "USER",
];

const RESERVED_STARTS: [&str; 7] = ["FIELDLOG_", "LD_", "PYTHON", "QFIELDCLOUD_", "QGIS_", "QT_", "XDG_"];

impl SecretName {
    /// Reads a name, or says why it is none.
    pub fn try_new(text: &str) -> Result<Self, BadSecretName> {
        let length = text.chars().count();
        if !(2..=MAX).contains(&length) {
            return Err(BadSecretName::Length(length));
        }
        if let Some(first) = text.chars().next().filter(|first| !first.is_ascii_uppercase()) {
            return Err(BadSecretName::Start(first));
        }
        let is_allowed = |c: &char| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == '_';
        if let Some(bad) = text.chars().find(|c| !is_allowed(c)) {
            return Err(BadSecretName::Character(bad));
        }
        if RESERVED.contains(&text) || RESERVED_STARTS.iter().any(|start| text.starts_with(start)) {
            return Err(BadSecretName::Reserved(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
