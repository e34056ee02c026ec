//! Folds resources and their revisions.

use std::collections::BTreeMap;

use fieldlog_domain::resource::{Extent, ProjectSettings, RejectionReason, ResourceEvent, ResourceSource, Thumbnail};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{Event, RevisionId, Sha256Digest, VersionId};
use rusqlite::{ToSql, params};
use uuid::Uuid;

use crate::column::{integer, json};
use crate::projector::{Projector, Recorded, Tables};

/// Folds resources and their revisions.
pub struct ResourceProjector;

impl Projector for ResourceProjector {
    const NAME: &'static str = "resource";
    const VERSION: u32 = 3;
    const SCHEMA: &'static str = include_str!("../../../migrations/readmodel/resource.sql");

    fn project(&self, tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<()> {
        let Event::Resource(event) = &recorded.event else { return Ok(()) };
        match event {
            ResourceEvent::ResourceRegistered { .. } => register(tables, recorded, event),
            ResourceEvent::ResourceRenamed { name } => {
                let sql = "UPDATE resource SET changed_at = ?2, name = ?3 WHERE id = ?1";
                change(tables, recorded, sql, name.as_str())
            }
            ResourceEvent::MetadataRevised { description } => {
                let sql = "UPDATE resource SET changed_at = ?2, description = ?3 WHERE id = ?1";
                change(tables, recorded, sql, description)
            }
            ResourceEvent::ProjectSettingsChanged { settings } => set(tables, recorded, settings),
            ResourceEvent::OwnershipTransferred { owner } => {
                change(tables, recorded, "UPDATE resource SET changed_at = ?2, owner = ?3 WHERE id = ?1", owner.uuid())
            }
            ResourceEvent::VisibilityChanged { visibility } => {
                let sql = "UPDATE resource SET changed_at = ?2, visibility = ?3 WHERE id = ?1";
                change(tables, recorded, sql, visibility.as_ref())
            }
            ResourceEvent::ProjectFileDesignated { path } => {
                let sql = "UPDATE resource SET changed_at = ?2, project_file = ?3 WHERE id = ?1";
                change(tables, recorded, sql, path.as_str())
            }
            ResourceEvent::ProjectFileCleared { path: _ } => {
                let sql = "UPDATE resource SET changed_at = ?2, project_file = ?3 WHERE id = ?1";
                change(tables, recorded, sql, None::<&str>)
            }
            ResourceEvent::RevisionStaged { revision, project_file, version, digest } => {
                stage(tables, recorded, *revision, project_file, *version, digest)
            }
            ResourceEvent::RevisionReady { revision } => {
                settle(tables, recorded, *revision, "Ready", None)?;
                let sql = "UPDATE resource SET changed_at = ?2, ready = ?3, staged = NULL, is_latest_rejected = 0,
                               is_online = coalesce((SELECT is_online FROM resource_details WHERE revision = ?3), 0)
                           WHERE id = ?1";
                change(tables, recorded, sql, revision.uuid())
            }
            ResourceEvent::RevisionRejected { revision, reason } => {
                settle(tables, recorded, *revision, "Rejected", Some(reason))?;
                let sql = "UPDATE resource SET changed_at = ?2, staged = ?3, is_latest_rejected = 1 WHERE id = ?1";
                change(tables, recorded, sql, None::<i64>)
            }
            ResourceEvent::ProjectDetailsRecorded { revision, details } => tables.run(
                "INSERT INTO resource_details (revision, details, is_online) VALUES (?1, ?2, ?3)
                 ON CONFLICT (revision) DO UPDATE SET details = excluded.details, is_online = excluded.is_online",
                params![revision.uuid(), json(details)?, details.has_online_vector_layers()],
            ),
            ResourceEvent::ExtentDetermined { extent } => locate(tables, recorded, extent),
            ResourceEvent::ThumbnailSet { thumbnail } => picture(tables, recorded, thumbnail),
            ResourceEvent::ResourceRetired {} => {
                change(tables, recorded, "UPDATE resource SET changed_at = ?2, is_retired = ?3 WHERE id = ?1", true)
            }
            // It never was one.
            ResourceEvent::ResourceAbandoned {} => Ok(()),
            // Who works on it is the permission projection's.
            ResourceEvent::CollaboratorAdded { .. }
            | ResourceEvent::CollaboratorRoleChanged { .. }
            | ResourceEvent::CollaboratorRemoved { .. } => Ok(()),
        }
    }

    fn conclude(&self, tables: &Tables<'_>, events: &[Recorded]) -> rusqlite::Result<()> {
        // The search's table is made last, from all rows.
        if !tables.is_complete() {
            return Ok(());
        }
        reword(tables, events.iter().filter(|recorded| changes_words(&recorded.event)).map(|recorded| recorded.id))
    }
}

fn change(tables: &Tables<'_>, recorded: &Recorded, sql: &'static str, value: impl ToSql) -> rusqlite::Result<()> {
    tables.run(sql, params![recorded.id, recorded.at(), value])
}

fn set(tables: &Tables<'_>, recorded: &Recorded, settings: &ProjectSettings) -> rusqlite::Result<()> {
    tables.run(
        "UPDATE resource SET changed_at = ?2, is_template = ?3, is_featured = ?4, has_attachments_on_demand = ?5,
             has_restricted_files = ?6, overwrites_conflicts = ?7, public_role = ?8, keep_versions = ?9
         WHERE id = ?1",
        params![
            recorded.id,
            recorded.at(),
            settings.is_template,
            settings.is_featured,
            settings.has_attachments_on_demand,
            settings.has_restricted_files,
            settings.overwrites_conflicts,
            settings.public_role.as_ref(),
            settings.keep_versions,
        ],
    )
}

fn register(tables: &Tables<'_>, recorded: &Recorded, event: &ResourceEvent) -> rusqlite::Result<()> {
    let ResourceEvent::ResourceRegistered { kind, owner, name, description, visibility, source } = event else {
        return Ok(());
    };
    if *source != ResourceSource::Created {
        let sql = "INSERT INTO resource_source (resource, source) VALUES (?1, ?2)";
        tables.run(sql, params![recorded.id, json(source)?])?;
    }
    tables.run(
        "INSERT INTO resource (key, id, kind, owner, name, description, visibility, registered_at, changed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
        params![
            recorded.key(),
            recorded.id,
            kind.as_ref(),
            owner.uuid(),
            name.as_str(),
            description,
            visibility.as_ref(),
            recorded.at(),
        ],
    )
}

/// Makes the words of the rows those that a search finds. In the order of their keys: the index writes to the file whenever
/// it gets a smaller key than the one before.
fn reword(tables: &Tables<'_>, changed: impl Iterator<Item = Uuid>) -> rusqlite::Result<()> {
    let mut rows = BTreeMap::new();
    for id in changed {
        let row =
            tables.first("SELECT key, name, description, is_retired FROM resource WHERE id = ?1", [id], |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    (row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, bool>(3)?),
                ))
            })?;
        rows.extend(row);
    }
    for (key, (name, description, is_retired)) in rows {
        match is_retired {
            true => tables.run("DELETE FROM resource_text WHERE rowid = ?1", [key])?,
            false => tables.run(
                "INSERT OR REPLACE INTO resource_text (rowid, name, description) VALUES (?1, ?2, ?3)",
                params![key, name, description],
            )?,
        }
    }
    Ok(())
}

/// Whether it changes what a search finds.
fn changes_words(event: &Event) -> bool {
    use ResourceEvent::{MetadataRevised, ResourceRegistered, ResourceRenamed, ResourceRetired};
    matches!(
        event,
        Event::Resource(
            ResourceRegistered { .. } | ResourceRenamed { .. } | MetadataRevised { .. } | ResourceRetired { .. }
        )
    )
}

fn stage(
    tables: &Tables<'_>,
    recorded: &Recorded,
    revision: RevisionId,
    project_file: &FilePath,
    version: VersionId,
    digest: &Sha256Digest,
) -> rusqlite::Result<()> {
    tables.run(
        "UPDATE resource_revision SET state = 'Superseded', settled_at = ?2
         WHERE key = (SELECT staged FROM resource WHERE id = ?1)",
        params![recorded.id, recorded.at()],
    )?;
    tables.run(
        "INSERT INTO resource_revision (key, id, resource, state, project_file, version, digest, staged_at)
         VALUES (?1, ?2, ?3, 'Staged', ?4, ?5, ?6, ?7)",
        params![
            recorded.key(),
            revision.uuid(),
            recorded.id,
            project_file.as_str(),
            version.uuid(),
            digest.0,
            recorded.at(),
        ],
    )?;
    tables.run(
        "UPDATE resource SET changed_at = ?2, latest = ?3, staged = ?4, is_latest_rejected = 0 WHERE id = ?1",
        params![recorded.id, recorded.at(), revision.uuid(), recorded.key()],
    )
}

fn settle(
    tables: &Tables<'_>,
    recorded: &Recorded,
    revision: RevisionId,
    state: &str,
    reason: Option<&RejectionReason>,
) -> rusqlite::Result<()> {
    let code = reason.map(|reason| reason.code.as_str());
    let message = reason.map(|reason| reason.message.as_str());
    tables.run(
        "UPDATE resource_revision SET state = ?2, settled_at = ?3, reason_code = ?4, reason_message = ?5 WHERE id = ?1",
        params![revision.uuid(), state, recorded.at(), code, message],
    )
}

fn locate(tables: &Tables<'_>, recorded: &Recorded, extent: &Extent) -> rusqlite::Result<()> {
    tables.run(
        "UPDATE resource SET changed_at = ?2, west = ?3, south = ?4, east = ?5, north = ?6 WHERE id = ?1",
        params![recorded.id, recorded.at(), extent.west, extent.south, extent.east, extent.north],
    )
}

fn picture(tables: &Tables<'_>, recorded: &Recorded, thumbnail: &Thumbnail) -> rusqlite::Result<()> {
    tables.run(
        "UPDATE resource SET changed_at = ?2, thumbnail = ?3, thumbnail_media_type = ?4, thumbnail_size = ?5 WHERE id = ?1",
        params![recorded.id, recorded.at(), thumbnail.digest.0, thumbnail.media_type, integer(thumbnail.size)],
    )
}
