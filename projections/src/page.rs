//! Parts of lists, from one row's key to the next (keyset): a page costs what it returns, wherever it begins.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::error::ReadError;

/// The most rows one page has, whatever is asked for.
pub const MAX_ROWS: usize = 1_000;

/// Which part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// How many rows at most; never more than [`MAX_ROWS`].
    pub first: usize,
    /// Only rows after this one.
    pub after: Option<Cursor>,
    /// Only rows before this one.
    pub before: Option<Cursor>,
    /// Whether the rows are taken from the end of what is left rather than from its start. Their order is the same.
    pub from_end: bool,
}

impl Page {
    /// The first rows.
    pub fn first(rows: usize) -> Self {
        Self { first: rows, ..Self::default() }
    }

    /// The rows after one.
    pub fn after(rows: usize, cursor: Cursor) -> Self {
        Self { first: rows, after: Some(cursor), ..Self::default() }
    }

    /// The last rows.
    pub fn last(rows: usize) -> Self {
        Self { first: rows, from_end: true, ..Self::default() }
    }

    /// The rows before one.
    pub fn before(rows: usize, cursor: Cursor) -> Self {
        Self { first: rows, before: Some(cursor), from_end: true, ..Self::default() }
    }

    pub(crate) fn rows(&self) -> usize {
        self.first.min(MAX_ROWS)
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    /// The rows, in the order of the list.
    pub rows: Vec<T>,
    /// One for each row.
    pub cursors: Vec<Cursor>,
    /// Whether the list goes on after the last row.
    pub has_next: bool,
    /// Whether the list has rows before the first row.
    pub has_previous: bool,
}

/// A row's place in one kind of list. Opaque to whoever gets it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// As clients see it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn of<K: Key>(list: List, key: &K) -> Self {
        let mut bytes = vec![list as u8];
        key.write(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    pub(crate) fn key<K: Key>(&self, list: List) -> Result<K, ReadError> {
        let bad = || ReadError::BadCursor(self.0.chars().take(100).collect());
        let bytes = URL_SAFE_NO_PAD.decode(&self.0).map_err(|_| bad())?;
        match bytes.split_first() {
            Some((tag, key)) if *tag == list as u8 => K::read(key).ok_or_else(bad),
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Cursor {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl FromStr for Cursor {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// The kinds of lists; a cursor of one is none of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum List {
    Accounts = 1,
    Members = 2,
    Teams = 3,
    TeamMembers = 4,
    Resources = 5,
    Found = 6,
    Revisions = 7,
    Collaborators = 8,
    Files = 9,
    Versions = 10,
    Jobs = 11,
    History = 12,
}

/// What the rows of a list are ordered by.
pub(crate) trait Key: Sized {
    fn write(&self, bytes: &mut Vec<u8>);
    fn read(bytes: &[u8]) -> Option<Self>;
}

impl Key for i64 {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_be_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }
}

impl Key for String {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.as_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        std::str::from_utf8(bytes).ok().map(str::to_owned)
    }
}
