//! The list of what goes into a job, by which the same job on the same inputs can be recognised.

use std::collections::BTreeMap;

use bytes::Bytes;
use fieldlog_domain::job::JobKind;
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{DeltaId, ResourceId, Sha256Digest};
use fieldlog_projections::View;
use fieldlog_storage::Storage;
use serde::{Deserialize, Serialize};

use crate::CommandError;
use crate::file::{attachment_folders, is_attachment};

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Its path in the project.
    pub path: FilePath,
    /// Its bytes.
    pub digest: Sha256Digest,
    /// How many.
    pub size: u64,
}

/// Everything that goes into a job.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct JobInputs {
    /// The project's files, by path.
    pub files: Vec<InputFile>,
    /// What the job is told besides.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// The edits it is to apply, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deltas: Vec<DeltaId>,
}

impl JobInputs {
    /// The files that a job of this kind is given: the current versions, with the project file as it was when the job was
    /// requested. Attachments are only looked at, not opened, by QGIS, so they are left out.
    pub async fn files_of<R>(
        (view, storage): (&View, &Storage),
        kind: JobKind,
        resource: ResourceId,
        project_file: Option<(&FilePath, Sha256Digest)>,
    ) -> Result<Self, CommandError<R>> {
        let current = view.all_current_versions(resource)?;
        let folders = match kind {
            JobKind::ProcessProjectFile => vec![],
            JobKind::Package | JobKind::ApplyDeltas | JobKind::CreateProject => attachment_folders(view, resource)?,
        };
        let project_file = match project_file {
            None => None,
            Some((path, digest)) => {
                let known = current.iter().find(|version| version.digest == digest);
                let size = match known {
                    Some(version) => version.size,
                    None => storage.size(&digest).await?,
                };
                Some(InputFile { path: path.clone(), digest, size })
            }
        };
        let is_wanted = |path: &FilePath| {
            let is_project_file = project_file.as_ref().is_some_and(|file| file.path.is_same_file(path));
            !is_project_file && !is_attachment(&folders, path.as_str())
        };
        let mut files: Vec<_> = current
            .into_iter()
            .filter(|version| is_wanted(&version.path))
            .map(|version| InputFile { path: version.path, digest: version.digest, size: version.size })
            .collect();
        files.extend(project_file);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files, ..Self::default() })
    }

    /// As it is kept.
    pub fn to_json(&self) -> Bytes {
        serde_json::to_vec(self).expect("texts and numbers can always be written").into()
    }

    /// What `to_json` wrote.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }
}
