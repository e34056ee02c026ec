//! Changing files. New versions are uploaded over HTTP: `PUT /files/{resource}/{path}`.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use fieldlog_commands::file as commands;
use fieldlog_domain::ResourceId;
use fieldlog_domain::shared::FilePath;
use uuid::Uuid;

use super::{File, FileVersion};
use crate::graphql::context::RequestContext;
use crate::graphql::failure::Failure;
use crate::graphql::mutate::{self, Stop, command_id, outcome, settled};

/// A file to be deleted.
#[derive(InputObject)]
pub struct DeleteFileInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// Whose file.
    resource: ID,
    /// The path.
    path: String,
}

/// A version that is to be current again.
#[derive(InputObject)]
pub struct RestoreFileVersionInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// Whose file.
    resource: ID,
    /// The path.
    path: String,
    /// The version whose bytes it gets.
    version: ID,
}

/// A version to be deleted.
#[derive(InputObject)]
pub struct DeleteFileVersionInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// Whose file.
    resource: ID,
    /// The path.
    path: String,
    /// The version.
    version: ID,
}

/// The path holds nothing any more.
#[derive(SimpleObject)]
pub struct FileDeleted {
    /// The path.
    path: String,
}

/// The bytes are current again, as a new version.
#[derive(SimpleObject)]
pub struct FileVersionRestored {
    /// The new version.
    version: FileVersion,
}

/// The version is gone from the lists.
#[derive(SimpleObject)]
pub struct FileVersionDeleted {
    /// Its file.
    file: Option<File>,
}

payload! {
    /// What comes of `deleteFile`.
    DeleteFilePayload { FileDeleted; ResourceRetired }
}
payload! {
    /// What comes of `restoreFileVersion`.
    RestoreFileVersionPayload { FileVersionRestored; ResourceRetired, SecondProjectFile }
}
payload! {
    /// What comes of `deleteFileVersion`.
    DeleteFileVersionPayload { FileVersionDeleted; ResourceRetired, LastVersion }
}

/// Changing files.
#[derive(Default)]
pub struct FileMutations;

#[Object]
impl FileMutations {
    /// Deletes a file with all its versions.
    async fn delete_file(&self, context: &Context<'_>, input: DeleteFileInput) -> Result<DeleteFilePayload, Failure> {
        outcome(delete(context, input).await)
    }

    /// Makes an earlier version current again, as a new version.
    async fn restore_file_version(
        &self,
        context: &Context<'_>,
        input: RestoreFileVersionInput,
    ) -> Result<RestoreFileVersionPayload, Failure> {
        outcome(restore(context, input).await)
    }

    /// Takes one version out of the lists; the last one goes with its file only.
    async fn delete_file_version(
        &self,
        context: &Context<'_>,
        input: DeleteFileVersionInput,
    ) -> Result<DeleteFileVersionPayload, Failure> {
        outcome(delete_version(context, input).await)
    }
}

async fn delete(context: &Context<'_>, input: DeleteFileInput) -> Result<FileDeleted, Stop> {
    let request = RequestContext::of(context);
    let command = commands::DeleteFile {
        command_id: command_id(input.command_id),
        resource: mutate::id("resource", &input.resource)?,
        path: input.path.clone(),
    };
    let done = commands::delete_file(request.gateway.app(), &request.caller.viewer, command).await?;
    settled(context, done).await?;
    Ok(FileDeleted { path: input.path })
}

async fn restore(context: &Context<'_>, input: RestoreFileVersionInput) -> Result<FileVersionRestored, Stop> {
    let request = RequestContext::of(context);
    let command = commands::RestoreVersion {
        command_id: command_id(input.command_id),
        resource: mutate::id("resource", &input.resource)?,
        path: input.path,
        version: mutate::id("version", &input.version)?,
    };
    let done = commands::restore_version(request.gateway.app(), &request.caller.viewer, command).await?;
    let (version, reading) = settled(context, done).await?;
    Ok(FileVersionRestored { version: FileVersion::get(&reading, version)? })
}

async fn delete_version(context: &Context<'_>, input: DeleteFileVersionInput) -> Result<FileVersionDeleted, Stop> {
    let request = RequestContext::of(context);
    let resource: ResourceId = mutate::id("resource", &input.resource)?;
    let path = FilePath::try_new(&input.path);
    let command = commands::DeleteVersion {
        command_id: command_id(input.command_id),
        resource,
        path: input.path,
        version: mutate::id("version", &input.version)?,
    };
    let done = commands::delete_version(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    let file = path.ok().map(|path| File::find(&reading, resource, &path)).transpose()?.flatten();
    Ok(FileVersionDeleted { file })
}
