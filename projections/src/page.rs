//! Parts of lists, from one row's key to the next (keyset): a page costs what it returns, wherever it begins.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::Connection;
use rusqlite::types::{FromSql, ToSql, Value};
use serde::{Deserialize, Serialize};

use crate::column::Cells;
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

    /// The part of a list that this names, when `read` gives rows of it: within a span, from its start or its end, at most
    /// so many.
    pub(crate) fn of<K: Key, T>(
        &self,
        list: List,
        read: impl FnOnce(&Span<K>, bool, usize) -> Result<Vec<(K, T)>, ReadError>,
    ) -> Result<Listed<T>, ReadError> {
        let key = |cursor: &Option<Cursor>| cursor.as_ref().map(|cursor| cursor.key(list)).transpose();
        let span = Span { after: key(&self.after)?, before: key(&self.before)? };
        let wanted = self.first.min(MAX_ROWS);
        // One more tells whether there is more.
        let mut rows = read(&span, self.from_end, wanted + 1)?;
        let has_more = rows.len() > wanted;
        rows.truncate(wanted);
        if self.from_end {
            rows.reverse();
        }
        let cursors = rows.iter().map(|(key, _)| Cursor::of(list, key)).collect();
        let rows = rows.into_iter().map(|(_, row)| row).collect();
        let (has_next, has_previous) =
            if self.from_end { (span.before.is_some(), has_more) } else { (has_more, span.after.is_some()) };
        Ok(Listed { rows, cursors, has_next, has_previous })
    }
}

/// The part of a list between two rows, without them.
pub(crate) struct Span<K> {
    pub(crate) after: Option<K>,
    pub(crate) before: Option<K>,
}

/// A list that SQLite reads in order of one column.
pub(crate) struct Ordered<'a> {
    /// `SELECT <key>, <columns> FROM … WHERE …`, with the filter's parameters first.
    pub(crate) select: &'a str,
    /// The column, as the query names it.
    pub(crate) key: &'a str,
    /// Whether the greatest key comes first.
    pub(crate) is_falling: bool,
}

impl Ordered<'_> {
    /// The page's part of the list.
    pub(crate) fn page<K: Key, T>(
        &self,
        connection: &Connection,
        page: &Page,
        list: List,
        filter: &[&dyn ToSql],
        read: impl Fn(&mut Cells<'_, '_>) -> rusqlite::Result<T>,
    ) -> Result<Listed<T>, ReadError> {
        page.of(list, |span: &Span<K>, from_end, limit| Ok(self.rows(connection, span, from_end, limit, filter, read)?))
    }

    fn rows<K: Key, T>(
        &self,
        connection: &Connection,
        span: &Span<K>,
        from_end: bool,
        limit: usize,
        filter: &[&dyn ToSql],
        read: impl Fn(&mut Cells<'_, '_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<(K, T)>> {
        let Self { select, key, is_falling } = self;
        let direction = if *is_falling == from_end { "ASC" } else { "DESC" };
        let (low, high, most) = (filter.len() + 1, filter.len() + 2, filter.len() + 3);
        let mut query = connection.prepare_cached(&format!(
            "{select} AND {key} > ?{low} AND {key} < ?{high} ORDER BY {key} {direction} LIMIT ?{most}"
        ))?;
        let (low, high) = if *is_falling { (&span.before, &span.after) } else { (&span.after, &span.before) };
        let low = low.as_ref().map_or_else(K::below_all, K::value);
        let high = high.as_ref().map_or_else(K::above_all, K::value);
        let limit = limit as i64;
        let mut params = filter.to_vec();
        params.extend([&low as &dyn ToSql, &high, &limit]);
        let rows = query.query_map(params.as_slice(), |row| {
            let mut cells = Cells::of(row);
            Ok((cells.get()?, read(&mut cells)?))
        })?;
        rows.collect()
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
    Deltas = 13,
    Secrets = 14,
}

/// What the rows of a list are ordered by.
pub(crate) trait Key: FromSql {
    fn write(&self, bytes: &mut Vec<u8>);
    fn read(bytes: &[u8]) -> Option<Self>;
    fn value(&self) -> Value;
    fn below_all() -> Value;
    fn above_all() -> Value;
}

impl Key for i64 {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_be_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }

    fn value(&self) -> Value {
        Value::Integer(*self)
    }

    fn below_all() -> Value {
        Value::Integer(Self::MIN)
    }

    fn above_all() -> Value {
        Value::Integer(Self::MAX)
    }
}

impl Key for String {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.as_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        std::str::from_utf8(bytes).ok().map(str::to_owned)
    }

    fn value(&self) -> Value {
        Value::Text(self.clone())
    }

    fn below_all() -> Value {
        Value::Text(Self::new())
    }

    /// SQLite sorts every blob after every text.
    fn above_all() -> Value {
        Value::Blob(Vec::new())
    }
}
