//! How far the policies came, in a small file. Losing it costs time and nothing else.

use std::io;
use std::path::{Path, PathBuf};

use fieldlog_eventlog::Position;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(super) struct Cursor {
    path: PathBuf,
    kept: Kept,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Kept {
    log: Uuid,
    position: Position,
}

impl Cursor {
    /// Reads the file; one that is damaged or of another log counts as none.
    pub(super) async fn open(dir: &Path, log: Uuid) -> io::Result<Self> {
        tokio::fs::create_dir_all(dir).await?;
        let path = dir.join("policies.json");
        let kept = match tokio::fs::read(&path).await {
            Ok(json) => serde_json::from_slice(&json).ok().filter(|kept: &Kept| kept.log == log),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        Ok(Self { path, kept: kept.unwrap_or(Kept { log, position: Position::START }) })
    }

    pub(super) fn position(&self) -> Position {
        self.kept.position
    }

    /// Writes a whole new file and puts it in the place of the old one.
    pub(super) async fn keep(&mut self, position: Position) -> io::Result<()> {
        self.kept.position = position;
        let next = self.path.with_extension(format!("{}.next", std::process::id()));
        tokio::fs::write(&next, serde_json::to_vec(&self.kept)?).await?;
        tokio::fs::rename(&next, &self.path).await
    }
}
