//! Upload a new version of a file.

use bytes::Bytes;
use fieldlog_domain::file::{AddFileVersion, File, FileCommand, FileEvent, FileRefusal, Onto, VersionSource};
use fieldlog_domain::resource::{Resource, ResourceKind, ResourceRefusal};
use fieldlog_domain::shared::{ClientType, FilePath};
use fieldlog_domain::{CommandId, Event, FileId, ResourceId, Sha256Digest, VersionId};
use fieldlog_storage::{Expected, PutError, PutLimits, StorageError, StoredBlob};
use futures::Stream;

use super::project_file::{designate, held_path};
use super::readable::is_readable;
use super::{UploadRefusal, active_resource, may_touch, media_type, settle_project_file, settle_set};
use crate::authz::{Action, ResourceAction};
use crate::dispatch::{Dispatch, First};
use crate::plan::room_of;
use crate::{App, CommandError, Done, Viewer, streams};

/// Upload a new version of a file.
#[derive(Debug, Clone)]
pub struct UploadFile {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The resource.
    pub resource: ResourceId,
    /// The path.
    pub path: String,
    /// What the sender says about the bytes; checked before anything becomes visible.
    pub expected: Expected,
    /// Media type; none: guessed from the name.
    pub media_type: Option<String>,
    /// Whether a QGIS project file that is none is refused at once, rather than kept and rejected by QGIS.
    pub refuses_unreadable: bool,
}

/// The version that an upload made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedVersion {
    /// The version.
    pub version: VersionId,
    /// Its file.
    pub file: FileId,
    /// How the file is written, which may be otherwise than it was asked for.
    pub path: FilePath,
    /// SHA-256 of the bytes.
    pub digest: Sha256Digest,
    /// The ETag that field clients compare.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// Media type.
    pub media_type: String,
}

/// Upload a new version of a file. Nothing of `body` is read before it is known that it may be taken.
pub async fn upload_file<S, E>(
    app: &App,
    viewer: &Viewer,
    input: UploadFile,
    body: S,
) -> Result<Done<UploadedVersion>, CommandError<UploadRefusal>>
where
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::UploadFile, input.resource))?;
    let path = FilePath::try_new(&input.path).map_err(|bad| CommandError::invalid("path", bad))?;
    if !may_touch(app, viewer, input.resource, &path)? {
        return Err(CommandError::Refused(UploadRefusal::Restricted));
    }
    let media_type = input.media_type.clone().unwrap_or_else(|| media_type::guess(&path).to_owned());
    if !media_type::is_plausible(&media_type) {
        let message = format!(
            "expected a media type as type/subtype, found {:?}",
            media_type.chars().take(100).collect::<String>()
        );
        return Err(CommandError::Invalid { field: "media_type", message });
    }
    let command = app.command(granted, viewer, input.command_id).about(input.resource);
    let file = FileId::of(input.resource, &path);
    let first = command.repeated(&streams::file(file)).await?;
    let path = match first {
        None => check(app, input.resource, path).await?,
        Some(_) => path,
    };

    let limits = PutLimits { max_bytes: app.settings().upload_limit };
    let blob = app.storage().put(body, limits, input.expected).await.map_err(not_put)?;
    if let Some(first) = first {
        return again(file, &first, &blob);
    }
    check_blob(app, viewer, &input, &path, &blob).await?;
    let added = add_version(&command, input.resource, &path, media_type, blob).await?;
    if let Err(error) = settle_project_file(&command, input.resource, &path).await {
        return Err(undo(&command, file, error).await);
    }
    let settled = settle_set(&command, input.resource, &path).await;
    let settled = settled.map_err(|error| error.map_refusal(UploadRefusal::File))?;
    Ok(Done::new(added.value, settled.or(added.receipt)))
}

/// What can be known only when the bytes are there. What devices bring from the field is never refused for want of room.
async fn check_blob(
    app: &App,
    viewer: &Viewer,
    input: &UploadFile,
    path: &FilePath,
    blob: &StoredBlob,
) -> Result<(), CommandError<UploadRefusal>> {
    if input.refuses_unreadable && path.is_project_file() && !is_readable(app.storage(), path, &blob.digest).await? {
        return Err(CommandError::Refused(UploadRefusal::NotReadable));
    }
    let brings_field_work = matches!(viewer.client, ClientType::Qfield | ClientType::Worker);
    if brings_field_work {
        return Ok(());
    }
    let view = app.view();
    let owner = view.resource(input.resource)?.ok_or(CommandError::NotFound("resource"))?.owner;
    let row = view.account(owner)?.ok_or(CommandError::NotFound("account"))?;
    let quota = room_of(app, &row).map_err(|unknown| CommandError::Refused(unknown.into()))?;
    let Some(quota) = quota else { return Ok(()) };
    let (used, size) = (view.storage_used(owner)?, blob.size);
    match used.saturating_add(size) > quota {
        true => Err(CommandError::Refused(UploadRefusal::OverQuota { quota, used, size })),
        false => Ok(()),
    }
}

/// What the upload did when it was sent before. The bytes are read again all the same: other bytes under the same id would be
/// lost without a word.
fn again(file: FileId, first: &First, blob: &StoredBlob) -> Result<Done<UploadedVersion>, CommandError<UploadRefusal>> {
    match first.event()? {
        Event::File(FileEvent::FileVersionAdded { digest, .. }) if digest != blob.digest => {
            let found = blob.digest;
            let message =
                format!("expected the bytes it was sent with before (SHA-256 {digest}), found others ({found})");
            Err(CommandError::invalid("command_id", message))
        }
        Event::File(FileEvent::FileVersionAdded { path, version, digest, etag, size, media_type, .. }) => {
            Ok(Done::new(UploadedVersion { version, file, path, digest, etag, size, media_type }, Some(first.receipt)))
        }
        _ => Err(CommandError::invalid("command_id", "expected a new command id, found one of another command")),
    }
}

/// What can be known before the bytes come: whether the resource takes files, and this one. Answers how the file is written that
/// gets the version: another spelling of a file that exists names that file.
async fn check(app: &App, resource: ResourceId, path: FilePath) -> Result<FilePath, CommandError<UploadRefusal>> {
    active_resource(app, resource).await?;
    let refused = |refusal: ResourceRefusal| Err(CommandError::Refused(refusal.into()));
    if path.is_project_file() {
        let kind = app.view().resource(resource)?.map(|row| row.kind).unwrap_or_default();
        if kind != ResourceKind::Project {
            return refused(ResourceRefusal::NotAProject(kind));
        }
        let look = |resource: &Resource, _| resource.project_file().cloned();
        let existing = app.fresh::<Resource, _>(&streams::resource(resource), look).await?;
        if let Some(existing) = existing.filter(|existing| !existing.is_same_file(&path))
            && held_path(app, resource, &existing).await?.is_some()
        {
            return refused(ResourceRefusal::SecondProjectFile { existing });
        }
    }
    if let Some(existing) = held_path(app, resource, &path).await? {
        return Ok(existing);
    }
    match app.view().colliding_file(resource, &path)? {
        Some(existing) => Err(CommandError::Refused(FileRefusal::Collides { existing, found: path }.into())),
        None => Ok(path),
    }
}

async fn add_version(
    command: &Dispatch<'_>,
    resource: ResourceId,
    path: &FilePath,
    media_type: String,
    blob: StoredBlob,
) -> Result<Done<UploadedVersion>, CommandError<UploadRefusal>> {
    if path.is_project_file() {
        designate(command, resource, path).await.map_err(|error| error.map_refusal(UploadRefusal::Resource))?;
    }
    let file = FileId::of(resource, path);
    let version = VersionId(command.derive("version"));
    let uploaded = UploadedVersion {
        version,
        file,
        path: path.clone(),
        digest: blob.digest,
        etag: blob.etag.clone(),
        size: blob.size,
        media_type: media_type.clone(),
    };
    let add = FileCommand::AddVersion(AddFileVersion {
        resource,
        path: path.clone(),
        version,
        digest: blob.digest,
        md5: blob.md5,
        etag: blob.etag,
        size: blob.size,
        media_type,
        source: VersionSource::Upload,
        onto: Onto::Whatever,
    });
    let receipt = command.dispatch::<File>(&streams::file(file), add).await;
    let receipt = receipt.map_err(|error| error.map_refusal(UploadRefusal::File))?;
    Ok(Done::new(uploaded, receipt))
}

/// Another path became the project file meanwhile: the one just added goes again.
async fn undo(
    command: &Dispatch<'_>,
    file: FileId,
    error: CommandError<ResourceRefusal>,
) -> CommandError<UploadRefusal> {
    if let CommandError::Refused(ResourceRefusal::SecondProjectFile { .. }) = &error {
        let deleted = command.step("undo ").dispatch::<File>(&streams::file(file), FileCommand::Delete).await;
        if let Err(failed) = deleted {
            return failed.map_refusal(UploadRefusal::File);
        }
    }
    error.map_refusal(UploadRefusal::Resource)
}

fn not_put(error: PutError) -> CommandError<UploadRefusal> {
    CommandError::Refused(match error {
        PutError::TooLarge { limit } => UploadRefusal::TooLarge { limit },
        PutError::DigestMismatch { kind, expected, found } => UploadRefusal::DigestMismatch { kind, expected, found },
        PutError::SizeMismatch { expected, found } => UploadRefusal::SizeMismatch { expected, found },
        PutError::BodyBrokeOff { received, .. } => UploadRefusal::BodyBrokeOff { received },
        PutError::Storage(StorageError::NoSpace { doing, .. }) => {
            tracing::error!(doing, "storage is full");
            UploadRefusal::NoSpace
        }
        PutError::Storage(error) => return error.into(),
    })
}
