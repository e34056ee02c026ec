//! Names of accounts.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The public name of a person or organization: unique whatever the case, shown as it was written.
///
/// Reading one from the log asks no questions: what was recorded stays readable when the rules become stricter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountName(String);

/// Why a text is no account name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadAccountName {
    /// Too short or too long.
    #[error("an account name has 3 to 150 characters, found {0}")]
    Length(usize),
    /// The first character is no letter.
    #[error("an account name starts with a letter from A to Z, found {0:?}")]
    Start(char),
    /// A character that is not allowed.
    #[error("an account name consists of A-Z, a-z, 0-9, _ and -, found {0:?}")]
    Character(char),
    /// Taken by the system.
    #[error("the account name {0:?} is reserved")]
    Reserved(String),
}

/// Words of URLs and of the products; nobody may be called so (QFieldCloud reference, section 6.1).
const RESERVED: [&str; 24] = [
    "user",
    "users",
    "project",
    "projects",
    "owner",
    "push",
    "file",
    "files",
    "collaborator",
    "collaborators",
    "member",
    "members",
    "organization",
    "qfield",
    "qfieldcloud",
    "history",
    "version",
    "delta",
    "deltas",
    "deltafile",
    "auth",
    "qfield-files",
    "esri",
    "fieldlog",
];

impl AccountName {
    /// Reads a name, or says why it is none.
    pub fn try_new(text: &str) -> Result<Self, BadAccountName> {
        let length = text.chars().count();
        if !(3..=150).contains(&length) {
            return Err(BadAccountName::Length(length));
        }
        if let Some(first) = text.chars().next().filter(|c| !c.is_ascii_alphabetic()) {
            return Err(BadAccountName::Start(first));
        }
        if let Some(bad) = text.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))) {
            return Err(BadAccountName::Character(bad));
        }
        if RESERVED.contains(&text.to_ascii_lowercase().as_str()) {
            return Err(BadAccountName::Reserved(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which two names are compared.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
