//! How values lie in columns: ids and digests as blobs, times as microseconds, words as text, the rest as JSON.

use chrono::{DateTime, Utc};
use fieldlog_domain::{Md5Digest, Sealed, Sha256Digest};
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, Type, ValueRef};
use serde::de::DeserializeOwned;
use serde::de::value::{Error as NotTheWord, StrDeserializer};
use uuid::Uuid;

/// Takes the columns of a row one after another, so that a query and its row type only have to agree on their order.
pub(crate) struct Cells<'r, 's> {
    row: &'r Row<'s>,
    next: usize,
}

impl<'r, 's> Cells<'r, 's> {
    pub(crate) fn of(row: &'r Row<'s>) -> Self {
        Self { row, next: 0 }
    }

    /// The row of a list by itself: its first column, which orders the list, is passed over.
    pub(crate) fn after_key(row: &'r Row<'s>) -> Self {
        Self { row, next: 1 }
    }

    pub(crate) fn get<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        self.next += 1;
        self.row.get(self.next - 1)
    }

    pub(crate) fn skip(&mut self) {
        self.next += 1;
    }

    pub(crate) fn id<T: From<Uuid>>(&mut self) -> rusqlite::Result<T> {
        self.get::<Uuid>().map(T::from)
    }

    pub(crate) fn id_if_any<T: From<Uuid>>(&mut self) -> rusqlite::Result<Option<T>> {
        Ok(self.get::<Option<Uuid>>()?.map(T::from))
    }

    /// A UUID as a blob, or a text that is none.
    pub(crate) fn id_or_text<T>(&mut self, id: impl Fn(Uuid) -> T, text: impl Fn(&str) -> T) -> rusqlite::Result<T> {
        self.next += 1;
        match self.row.get_ref(self.next - 1)? {
            ValueRef::Blob(_) => self.row.get(self.next - 1).map(id),
            value => value.as_str().map(text).map_err(|error| self.unexpected(error)),
        }
    }

    /// A number that is never negative.
    pub(crate) fn count(&mut self) -> rusqlite::Result<u64> {
        self.get::<i64>().map(i64::cast_unsigned)
    }

    pub(crate) fn time(&mut self) -> rusqlite::Result<DateTime<Utc>> {
        let micros = self.get()?;
        self.as_time(micros)
    }

    pub(crate) fn time_if_any(&mut self) -> rusqlite::Result<Option<DateTime<Utc>>> {
        let micros: Option<i64> = self.get()?;
        micros.map(|micros| self.as_time(micros)).transpose()
    }

    fn as_time(&self, micros: i64) -> rusqlite::Result<DateTime<Utc>> {
        DateTime::from_timestamp_micros(micros).ok_or_else(|| self.unexpected(FromSqlError::OutOfRange(micros)))
    }

    pub(crate) fn sha256(&mut self) -> rusqlite::Result<Sha256Digest> {
        self.get().map(Sha256Digest)
    }

    pub(crate) fn sha256_if_any(&mut self) -> rusqlite::Result<Option<Sha256Digest>> {
        Ok(self.get::<Option<[u8; 32]>>()?.map(Sha256Digest))
    }

    pub(crate) fn md5_if_any(&mut self) -> rusqlite::Result<Option<Md5Digest>> {
        Ok(self.get::<Option<[u8; 16]>>()?.map(Md5Digest))
    }

    /// A word of a closed list, or a name or path that was accepted when it was written and is not judged again.
    pub(crate) fn word<T: DeserializeOwned>(&mut self) -> rusqlite::Result<T> {
        self.word_if_any()?.ok_or_else(|| self.unexpected(FromSqlError::InvalidType))
    }

    pub(crate) fn word_if_any<T: DeserializeOwned>(&mut self) -> rusqlite::Result<Option<T>> {
        self.next += 1;
        let value = self.row.get_ref(self.next - 1)?;
        let text = value.as_str_or_null().map_err(|error| self.unexpected(error))?;
        let read =
            |text| T::deserialize(StrDeserializer::<NotTheWord>::new(text)).map_err(|error| self.unexpected(error));
        text.map(read).transpose()
    }

    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> rusqlite::Result<T> {
        self.json_if_any()?.ok_or_else(|| self.unexpected(FromSqlError::InvalidType))
    }

    pub(crate) fn json_if_any<T: DeserializeOwned>(&mut self) -> rusqlite::Result<Option<T>> {
        self.next += 1;
        let value = self.row.get_ref(self.next - 1)?;
        let text = value.as_str_or_null().map_err(|error| self.unexpected(error))?;
        text.map(serde_json::from_str).transpose().map_err(|error| self.unexpected(error))
    }

    /// Two columns: the key and the content.
    pub(crate) fn sealed_if_any(&mut self) -> rusqlite::Result<Option<Sealed>> {
        let key: Option<Uuid> = self.get()?;
        let content: Option<String> = self.get()?;
        Ok(key.zip(content).map(|(key, content)| Sealed { key, content }))
    }

    /// Two columns that are never empty: the key and the content.
    pub(crate) fn sealed(&mut self) -> rusqlite::Result<Sealed> {
        Ok(Sealed { key: self.get()?, content: self.get()? })
    }

    fn unexpected(&self, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
        rusqlite::Error::FromSqlConversionFailure(self.next - 1, Type::Null, Box::new(error))
    }
}

/// A time as it lies in a column.
pub(crate) fn micros(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

/// A number as it lies in a column. SQLite's integers are signed; nothing counted here is as large as the difference.
pub(crate) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Anything as JSON text.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}
