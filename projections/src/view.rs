//! Answers from one model. The questions are in the folder of what they are about.

use std::fmt;
use std::sync::Arc;

use fieldlog_eventlog::Position;
use rusqlite::Connection;

use crate::error::ReadError;
use crate::store::{ModelFile, Pinned, schema};

/// Answers from a read model: the live one, or one of an earlier moment. Cheap to clone.
///
/// Its methods run on the calling thread and take microseconds, unless they say otherwise. A view keeps its file: hold one
/// for as long as a request takes, not longer.
#[derive(Clone)]
pub struct View {
    // Before the file, which may be removed once nobody reads it.
    pinned: Option<Arc<Pinned>>,
    file: Arc<ModelFile>,
}

impl View {
    pub(crate) fn of(file: Arc<ModelFile>) -> Self {
        Self { pinned: None, file }
    }

    /// The last event this answers from. A live view's moves on.
    pub fn position(&self) -> Result<Position, ReadError> {
        self.read(|connection| Ok(schema::position(connection)?))
    }

    /// This view, standing still: all its answers are of the same moment, one after another.
    pub fn pinned(&self) -> Result<View, ReadError> {
        if self.pinned.is_some() {
            return Ok(self.clone());
        }
        let pinned = Pinned::of(self.file.readers())?;
        Ok(Self { pinned: Some(Arc::new(pinned)), file: Arc::clone(&self.file) })
    }

    /// Runs one statement, or several whose answers need not be of the same moment.
    pub(crate) fn read<T>(&self, question: impl FnOnce(&Connection) -> Result<T, ReadError>) -> Result<T, ReadError> {
        match &self.pinned {
            Some(pinned) => pinned.with(question),
            None => self.file.readers().with(question),
        }
    }

    /// Runs several statements that answer of the same moment.
    pub(crate) fn read_at_once<T>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        match &self.pinned {
            Some(pinned) => pinned.with(question),
            None => self.file.readers().with(|connection| {
                // Nothing was written: dropping it is as good as committing.
                let _moment = connection.unchecked_transaction()?;
                question(connection)
            }),
        }
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("file", &self.file.path()).field("pinned", &self.pinned.is_some()).finish()
    }
}
