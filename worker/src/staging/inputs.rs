//! The list of what went into a job, by which the same job on the same inputs can be recognised.

use bytes::Bytes;
use fieldlog_domain::Sha256Digest;
use fieldlog_domain::shared::FilePath;
use fieldlog_projections::{JobRow, VersionRow};
use fieldlog_storage::{Storage, StorageError};
use serde::Serialize;

/// One input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Input {
    pub(crate) path: FilePath,
    pub(crate) digest: Sha256Digest,
    pub(crate) size: u64,
}

/// Everything that goes into a job, by path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Inputs {
    pub(crate) files: Vec<Input>,
}

impl Inputs {
    /// The current versions, with the project file as it was when the job was requested.
    pub(crate) async fn of(storage: &Storage, job: &JobRow, current: Vec<VersionRow>) -> Result<Self, StorageError> {
        let is_project_file = |path: &FilePath| path.key() == job.project_file.key();
        let known = current.iter().find(|version| version.digest == job.project_file_digest);
        let size = match known {
            Some(version) => version.size,
            None => storage.size(&job.project_file_digest).await?,
        };
        let mut files: Vec<_> = current
            .into_iter()
            .filter(|version| !is_project_file(&version.path))
            .map(|version| Input { path: version.path, digest: version.digest, size: version.size })
            .collect();
        files.push(Input { path: job.project_file.clone(), digest: job.project_file_digest, size });
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files })
    }

    /// As it is kept.
    pub(crate) fn to_json(&self) -> Bytes {
        serde_json::to_vec(self).expect("texts and numbers can always be written").into()
    }
}
