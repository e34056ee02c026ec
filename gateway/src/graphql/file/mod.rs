//! Files of a resource and their versions.

pub mod mutations;

use std::sync::Arc;

use async_graphql::connection::Edge;
use async_graphql::{ID, Object};
use chrono::{DateTime, Utc};
use fieldlog_commands::CommandError;
use fieldlog_commands::authz::ResourceAction;
use fieldlog_commands::file::{FindFile, find_file};
use fieldlog_domain::file::VersionSource;
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{ResourceId, VersionId};
use fieldlog_projections::{FileRow, VersionRow};
use uuid::Uuid;

use super::account::Account;
use super::failure::Failure;
use super::global_id::GlobalId;
use super::job::Job;
use super::pages::{self, Part};
use super::reading::Reading;
use super::resource::{self, Resource};
use super::scalars::{ByteCount, LogPosition};
use crate::files::url;

/// A path of a resource that holds something.
pub struct File {
    row: FileRow,
    reading: Arc<Reading>,
}

impl File {
    /// As the reading shows it.
    pub fn new(row: FileRow, reading: &Arc<Reading>) -> Self {
        Self { row, reading: reading.clone() }
    }

    /// The file at this path, if the viewer sees it.
    pub fn find(reading: &Arc<Reading>, resource: ResourceId, path: &FilePath) -> Result<Option<Self>, Failure> {
        if !reading.may(ResourceAction::ReadFiles, resource)? {
            return Ok(None);
        }
        Ok(reading.view.file(resource, path)?.map(|row| Self::new(row, reading)))
    }

    /// The version the viewer is to see.
    fn shown(&self) -> Result<Option<VersionRow>, Failure> {
        match hides_unready(&self.reading, self.row.resource, &self.row.path)? {
            false => Ok(Some(self.row.current.clone())),
            true => find_version(&self.reading, self.row.resource, &self.row.path, None),
        }
    }
}

/// Whether the viewer sees only those versions of the file that QGIS could read.
fn hides_unready(reading: &Reading, resource: ResourceId, path: &FilePath) -> Result<bool, Failure> {
    Ok(path.is_project_file() && !reading.may(ResourceAction::SeeUnready, resource)?)
}

fn find_version(
    reading: &Reading,
    resource: ResourceId,
    path: &FilePath,
    version: Option<VersionId>,
) -> Result<Option<VersionRow>, Failure> {
    let input = FindFile { resource, path: path.as_str().to_owned(), version };
    match find_file(reading.app(), &reading.viewer, &reading.view, input) {
        Ok(row) => Ok(Some(row)),
        Err(CommandError::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A path of a resource that holds something.
#[Object]
impl File {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::File(self.row.id).into()
    }

    /// The path inside the resource.
    async fn path(&self) -> &str {
        self.row.path.as_str()
    }

    /// The version it holds. Readers of a QGIS project file see the last one that QGIS could read; null while there is none.
    async fn current(&self) -> Result<Option<FileVersion>, Failure> {
        let row = self.shown()?;
        Ok(row.map(|row| FileVersion::new(row, &self.reading)))
    }

    /// Bytes of the current version.
    async fn size(&self) -> Result<Option<ByteCount>, Failure> {
        Ok(self.shown()?.map(|row| ByteCount(row.size)))
    }

    /// How many versions there are.
    async fn version_count(&self) -> u64 {
        self.row.version_count
    }

    /// The versions, newest first; readers of a QGIS project file see the one that is current for them.
    async fn versions(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Part<FileVersion>, Failure> {
        let page = pages::page(first, after, last, before)?;
        if hides_unready(&self.reading, self.row.resource, &self.row.path)? {
            let mut part = Part::new(false, false);
            let shown = self.shown()?.map(|row| FileVersion::new(row, &self.reading));
            part.edges.extend(shown.map(|version| Edge::new(version.row.id.to_string(), version)));
            return Ok(part);
        }
        let listed = self.reading.view.versions(self.row.id, page)?;
        Ok(pages::part(listed, |row| FileVersion::new(row, &self.reading)))
    }

    /// Where the bytes are that the viewer is to have.
    async fn download_url(&self) -> String {
        self.reading.gateway.url(&url(self.row.resource, &self.row.path, None))
    }

    /// Whose file it is.
    async fn resource(&self) -> Result<Option<Resource>, Failure> {
        resource::find(&self.reading, self.row.resource)
    }
}

/// A version of a file.
pub struct FileVersion {
    row: VersionRow,
    reading: Arc<Reading>,
}

impl FileVersion {
    /// As the reading shows it.
    pub fn new(row: VersionRow, reading: &Arc<Reading>) -> Self {
        reading.expect_accounts(row.added_by);
        Self { row, reading: reading.clone() }
    }

    /// The version with this id, if the viewer sees it.
    pub fn find(reading: &Arc<Reading>, id: VersionId) -> Result<Option<Self>, Failure> {
        let Some(row) = reading.view.version(id)?.filter(|row| !row.is_deleted) else { return Ok(None) };
        let row = match hides_unready(reading, row.resource, &row.path)? {
            true => find_version(reading, row.resource, &row.path, Some(id))?,
            false => reading.may(ResourceAction::ReadFiles, row.resource)?.then_some(row),
        };
        Ok(row.map(|row| Self::new(row, reading)))
    }

    /// The same, where it has to be there.
    pub fn get(reading: &Arc<Reading>, id: VersionId) -> Result<Self, Failure> {
        Self::find(reading, id)?.ok_or_else(|| Failure::internal(format!("there is no version {id}")))
    }
}

/// A version of a file.
#[Object]
impl FileVersion {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::Version(self.row.id).into()
    }

    /// The id alone, as URLs use it.
    async fn uuid(&self) -> Uuid {
        self.row.id.uuid()
    }

    /// The path of its file.
    async fn path(&self) -> &str {
        self.row.path.as_str()
    }

    /// 1, 2, 3… in its file.
    async fn number(&self) -> u64 {
        self.row.number
    }

    /// SHA-256 of its bytes, in hexadecimal digits.
    async fn sha256(&self) -> String {
        self.row.digest.to_hex()
    }

    /// MD5 of its bytes, in hexadecimal digits; null where storage does not know it.
    async fn md5(&self) -> Option<String> {
        self.row.md5.map(|md5| md5.to_hex())
    }

    /// The S3 multipart ETag of its bytes, which field clients compare.
    async fn etag(&self) -> &str {
        &self.row.etag
    }

    /// Bytes.
    async fn size(&self) -> ByteCount {
        ByteCount(self.row.size)
    }

    /// Media type.
    async fn media_type(&self) -> &str {
        &self.row.media_type
    }

    /// Whether its path holds it.
    async fn is_current(&self) -> bool {
        self.row.is_current
    }

    /// Whether its bytes may be gone.
    async fn is_purged(&self) -> bool {
        self.row.is_purged
    }

    /// When it was put there.
    async fn added_at(&self) -> DateTime<Utc> {
        self.row.added_at
    }

    /// Who put it there; null when a program did.
    async fn added_by(&self) -> Result<Option<Account>, Failure> {
        let Some(id) = self.row.added_by else { return Ok(None) };
        Ok(self.reading.account(id)?.map(|row| Account::new(row, &self.reading)))
    }

    /// The job that made it, when one did.
    async fn made_by(&self) -> Result<Option<Job>, Failure> {
        match self.row.source {
            VersionSource::Upload => Ok(None),
            VersionSource::Job { job } => Ok(self.reading.job(job)?.map(|row| Job::new(row, &self.reading))),
        }
    }

    /// The version whose bytes it got, when it was restored.
    async fn restored_from(&self) -> Result<Option<FileVersion>, Failure> {
        match self.row.restored {
            Some(id) => Self::find(&self.reading, id),
            None => Ok(None),
        }
    }

    /// The event that put it there.
    async fn position(&self) -> LogPosition {
        self.row.position.into()
    }

    /// Where its bytes are.
    async fn download_url(&self) -> String {
        self.reading.gateway.url(&url(self.row.resource, &self.row.path, Some(self.row.id)))
    }

    /// Its file, while the path holds something.
    async fn file(&self) -> Result<Option<File>, Failure> {
        File::find(&self.reading, self.row.resource, &self.row.path)
    }
}
