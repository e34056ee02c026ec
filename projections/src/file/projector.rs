//! Folds files, their versions, and the blobs that events name.

use fieldlog_domain::account::AccountEvent;
use fieldlog_domain::change_set::ChangeSetEvent;
use fieldlog_domain::file::{FileEvent, VersionSource};
use fieldlog_domain::resource::{ResourceEvent, ResourceSource};
use fieldlog_domain::{AccountId, Event, JobId, Sha256Digest, VersionId};
use rusqlite::params;
use uuid::Uuid;

use super::brought::bring;
use super::{held, job_blobs};
use crate::column::integer;
use crate::projector::{Projector, Recorded, Tables};

/// Folds files, their versions, and the blobs that events name.
pub struct FileProjector;

impl Projector for FileProjector {
    const NAME: &'static str = "file";
    const VERSION: u32 = 6;
    const SCHEMA: &'static str = include_str!("../../../migrations/readmodel/file.sql");

    fn project(&self, tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<()> {
        match &recorded.event {
            Event::File(event) => of_file(tables, recorded, event),
            Event::Resource(event) => of_resource(tables, recorded, event),
            Event::Job(event) => job_blobs::project(tables, recorded, event),
            Event::ChangeSet(event) => of_change_set(tables, event),
            Event::Account(event) => of_account(tables, recorded, event),
            Event::Session(_) | Event::NameClaim(_) | Event::Secret(_) => Ok(()),
        }
    }
}

fn of_file(tables: &Tables<'_>, recorded: &Recorded, event: &FileEvent) -> rusqlite::Result<()> {
    match event {
        FileEvent::FileVersionAdded { source: VersionSource::Job { .. }, .. } => add(tables, recorded, event),
        FileEvent::FileVersionPurged { version } => purge(tables, recorded, *version),
        FileEvent::FileVersionAdded { source: VersionSource::Upload, .. } => {
            add(tables, recorded, event)?;
            bring(tables, recorded)
        }
        FileEvent::FileVersionRestored { version, restored } => {
            restore(tables, recorded, *version, *restored)?;
            bring(tables, recorded)
        }
        FileEvent::FileVersionDeleted { version } => {
            delete_version(tables, recorded, *version)?;
            bring(tables, recorded)
        }
        FileEvent::FileDeleted { .. } => {
            delete(tables, recorded)?;
            bring(tables, recorded)
        }
    }
}

/// The bytes of a revision are those of a version, which keeps them; which file is the project file tells what belongs to it.
fn of_resource(tables: &Tables<'_>, recorded: &Recorded, event: &ResourceEvent) -> rusqlite::Result<()> {
    match event {
        ResourceEvent::ThumbnailSet { thumbnail } => name_blob(tables, &thumbnail.digest),
        ResourceEvent::ResourceRegistered { source: ResourceSource::Seeded { seed }, .. } => {
            seed.xlsform.iter().try_for_each(|form| name_blob(tables, &form.digest))
        }
        ResourceEvent::ProjectFileDesignated { path } => tables.run(
            "INSERT INTO file_project (resource, path) VALUES (?1, ?2)
             ON CONFLICT (resource) DO UPDATE SET path = excluded.path",
            params![recorded.id, path.as_str()],
        ),
        ResourceEvent::ProjectFileCleared { path: _ } => {
            tables.run("DELETE FROM file_project WHERE resource = ?1", [recorded.id])
        }
        ResourceEvent::ResourceRegistered { .. }
        | ResourceEvent::ResourceAbandoned {}
        | ResourceEvent::ResourceRenamed { .. }
        | ResourceEvent::MetadataRevised { .. }
        | ResourceEvent::ProjectSettingsChanged { .. }
        | ResourceEvent::OwnershipTransferred { .. }
        | ResourceEvent::VisibilityChanged { .. }
        | ResourceEvent::CollaboratorAdded { .. }
        | ResourceEvent::CollaboratorRoleChanged { .. }
        | ResourceEvent::CollaboratorRemoved { .. }
        | ResourceEvent::RevisionStaged { .. }
        | ResourceEvent::RevisionReady { .. }
        | ResourceEvent::RevisionRejected { .. }
        | ResourceEvent::ProjectDetailsRecorded { .. }
        | ResourceEvent::ExtentDetermined { .. }
        | ResourceEvent::ResourceRetired {} => Ok(()),
    }
}

/// A picture that was replaced, taken away or belonged to somebody who was erased is nobody's any more.
fn of_account(tables: &Tables<'_>, recorded: &Recorded, event: &AccountEvent) -> rusqlite::Result<()> {
    match event {
        AccountEvent::AvatarSet { avatar } => tables.run(
            "INSERT INTO file_avatar (account, digest) VALUES (?1, ?2)
             ON CONFLICT (account) DO UPDATE SET digest = excluded.digest",
            params![recorded.id, avatar.digest.0],
        ),
        AccountEvent::AvatarRemoved {} | AccountEvent::AccountErased {} => {
            tables.run("DELETE FROM file_avatar WHERE account = ?1", [recorded.id])
        }
        AccountEvent::AccountRegistered { .. }
        | AccountEvent::AccountAbandoned {}
        | AccountEvent::ProfileSealed { .. }
        | AccountEvent::CredentialSet { .. }
        | AccountEvent::PasswordResetRequested { .. }
        | AccountEvent::SubscriptionSet { .. }
        | AccountEvent::AdminGranted {}
        | AccountEvent::AdminRevoked {}
        | AccountEvent::AccountDisabled {}
        | AccountEvent::AccountEnabled {}
        | AccountEvent::MemberAdded { .. }
        | AccountEvent::MemberRoleChanged { .. }
        | AccountEvent::MembershipVisibilityChanged { .. }
        | AccountEvent::MemberRemoved { .. }
        | AccountEvent::DefaultProjectRoleSet { .. }
        | AccountEvent::TeamCreated { .. }
        | AccountEvent::TeamRenamed { .. }
        | AccountEvent::TeamDeleted { .. }
        | AccountEvent::TeamMemberAdded { .. }
        | AccountEvent::TeamMemberRemoved { .. } => Ok(()),
    }
}

/// A delta file is kept as it was pushed.
fn of_change_set(tables: &Tables<'_>, event: &ChangeSetEvent) -> rusqlite::Result<()> {
    match event {
        ChangeSetEvent::ChangeSetReceived { digest, .. } => name_blob(tables, digest),
        ChangeSetEvent::DeltasReceived { .. }
        | ChangeSetEvent::DeltasSettled { .. }
        | ChangeSetEvent::DeltasReopened { .. }
        | ChangeSetEvent::DeltasIgnored { .. }
        | ChangeSetEvent::DeltasUndone { .. }
        | ChangeSetEvent::DeltasReplaced { .. }
        | ChangeSetEvent::DeltasTakenBack { .. }
        | ChangeSetEvent::DeltasFoundAgain { .. } => Ok(()),
    }
}

pub(super) fn name_blob(tables: &Tables<'_>, digest: &Sha256Digest) -> rusqlite::Result<()> {
    tables.run("INSERT INTO file_blob (digest) VALUES (?1) ON CONFLICT DO NOTHING", [digest.0])
}

fn add(tables: &Tables<'_>, recorded: &Recorded, event: &FileEvent) -> rusqlite::Result<()> {
    let FileEvent::FileVersionAdded { resource, path, version, digest, md5, etag, size, media_type, source } = event
    else {
        return Ok(());
    };
    let size = integer(*size);
    let (file, number) = match held::by(tables, recorded)? {
        Some(held) => {
            held::grow(tables, recorded, &held, size, Some(path))?;
            (held.file, held.last_number + 1)
        }
        None => {
            held::begin(tables, recorded, resource.uuid(), path, size)?;
            (recorded.key(), 1)
        }
    };
    tables.run(
        "INSERT INTO file_version
             (key, id, file, number, digest, md5, etag, size, media_type, job, added_by, added_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            recorded.key(),
            version.uuid(),
            file,
            number,
            digest.0,
            md5.map(|md5| md5.0),
            etag,
            size,
            media_type,
            job_of(source).map(JobId::uuid),
            author(recorded),
            recorded.at(),
        ],
    )
}

fn job_of(source: &VersionSource) -> Option<JobId> {
    match source {
        VersionSource::Upload => None,
        VersionSource::Job { job } => Some(*job),
    }
}

fn author(recorded: &Recorded) -> Option<Uuid> {
    recorded.metadata.actor.account().map(AccountId::uuid)
}

fn restore(tables: &Tables<'_>, recorded: &Recorded, version: VersionId, restored: VersionId) -> rusqlite::Result<()> {
    let Some(held) = held::by(tables, recorded)? else { return Ok(()) };
    let sql = "SELECT size FROM file_version WHERE id = ?1";
    let Some(size) = tables.first(sql, [restored.uuid()], |row| row.get(0))? else { return Ok(()) };
    held::grow(tables, recorded, &held, size, None)?;
    tables.run(
        "INSERT INTO file_version
             (key, id, file, number, digest, md5, etag, size, media_type, job, restored, added_by, added_at)
         SELECT ?1, ?2, file, ?3, digest, md5, etag, size, media_type, job, id, ?4, ?5 FROM file_version WHERE id = ?6",
        params![recorded.key(), version.uuid(), held.last_number + 1, author(recorded), recorded.at(), restored.uuid()],
    )
}

fn delete_version(tables: &Tables<'_>, recorded: &Recorded, version: VersionId) -> rusqlite::Result<()> {
    let Some(held) = held::by(tables, recorded)? else { return Ok(()) };
    let freed = kept(tables, version)?;
    tables.run("UPDATE file_version SET is_deleted = 1 WHERE id = ?1", [version.uuid()])?;
    let current = tables.first(
        "SELECT key, size FROM file_version
         WHERE file = ?1 AND is_deleted = 0 AND is_purged = 0 ORDER BY key DESC LIMIT 1",
        [held.file],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    held::shrink(tables, recorded, &held, current, held.version_count - 1, freed)
}

fn delete(tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<()> {
    let Some(held) = held::by(tables, recorded)? else { return Ok(()) };
    let sql = "SELECT sum(size) FROM file_version WHERE file = ?1 AND is_deleted = 0 AND is_purged = 0";
    let freed = tables.first(sql, [held.file], |row| row.get::<_, Option<i64>>(0))?.flatten();
    tables.run("UPDATE file_version SET is_deleted = 1 WHERE file = ?1 AND is_deleted = 0", [held.file])?;
    held::shrink(tables, recorded, &held, None, 0, freed.unwrap_or_default())
}

fn purge(tables: &Tables<'_>, recorded: &Recorded, version: VersionId) -> rusqlite::Result<()> {
    let Some(held) = held::by(tables, recorded)? else { return Ok(()) };
    held::free(tables, &held, kept(tables, version)?)?;
    tables.run("UPDATE file_version SET is_purged = 1 WHERE id = ?1", [version.uuid()])
}

/// The bytes of a version; nothing when it is gone already.
fn kept(tables: &Tables<'_>, version: VersionId) -> rusqlite::Result<i64> {
    let sql = "SELECT size FROM file_version WHERE id = ?1 AND is_deleted = 0 AND is_purged = 0";
    Ok(tables.first(sql, [version.uuid()], |row| row.get(0))?.unwrap_or_default())
}
