//! Folds who sees which resource, and as what.

use fieldlog_domain::resource::{Collaborator, ResourceEvent, ResourceKind, Visibility};
use fieldlog_domain::shared::Role;
use fieldlog_domain::{AccountId, Event};
use rusqlite::params;
use strum::IntoEnumIterator;
use uuid::Uuid;

use super::shelf::{self, Holder, Place};
use crate::projector::{Projector, Recorded, Tables};

/// Folds who sees which resource, and as what.
pub struct PermissionProjector;

impl Projector for PermissionProjector {
    const NAME: &'static str = "permission";
    const VERSION: u32 = 2;
    const SCHEMA: &'static str = include_str!("../../../migrations/readmodel/permission.sql");

    fn project(&self, tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<()> {
        let Event::Resource(event) = &recorded.event else { return Ok(()) };
        match event {
            ResourceEvent::ResourceRegistered { kind, owner, name: _, description: _, visibility, source: _ } => {
                register(tables, recorded, *kind, *owner, *visibility)
            }
            ResourceEvent::ProjectSettingsChanged { settings } => tables.run(
                "UPDATE permission_resource SET public_role = ?2 WHERE id = ?1",
                params![recorded.id, rank(settings.public_role)],
            ),
            ResourceEvent::OwnershipTransferred { owner } => transfer(tables, recorded, *owner),
            ResourceEvent::VisibilityChanged { visibility } => change_visibility(tables, recorded, *visibility),
            ResourceEvent::CollaboratorAdded { collaborator, role } => add(tables, recorded, *collaborator, *role),
            ResourceEvent::CollaboratorRoleChanged { collaborator, role } => tables.run(
                "UPDATE permission_collaborator SET role = ?3, changed_at = ?4, changed_by = ?5
                 WHERE collaborator = ?2 AND resource = (SELECT key FROM permission_resource WHERE id = ?1)",
                params![recorded.id, uuid_of(*collaborator), rank(*role), recorded.at(), author(recorded)],
            ),
            ResourceEvent::CollaboratorRemoved { collaborator } => remove(tables, recorded, *collaborator),
            ResourceEvent::ResourceRetired {} => retire(tables, recorded),
            // Not about who sees it.
            ResourceEvent::ResourceAbandoned {}
            | ResourceEvent::ResourceRenamed { .. }
            | ResourceEvent::MetadataRevised { .. }
            | ResourceEvent::ProjectFileDesignated { .. }
            | ResourceEvent::ProjectFileCleared { .. }
            | ResourceEvent::RevisionStaged { .. }
            | ResourceEvent::RevisionReady { .. }
            | ResourceEvent::RevisionRejected { .. }
            | ResourceEvent::ProjectDetailsRecorded { .. }
            | ResourceEvent::ExtentDetermined { .. }
            | ResourceEvent::ThumbnailSet { .. } => Ok(()),
        }
    }
}

fn uuid_of(collaborator: Collaborator) -> Uuid {
    match collaborator {
        Collaborator::Person(person) => person.uuid(),
        Collaborator::Team(team) => team.uuid(),
    }
}

fn author(recorded: &Recorded) -> Option<Uuid> {
    recorded.metadata.actor.account().map(AccountId::uuid)
}

/// A role as it lies in a column: 0 is the weakest.
pub(super) fn rank(role: Role) -> i64 {
    match role {
        Role::Reader => 0,
        Role::Reporter => 1,
        Role::Editor => 2,
        Role::Manager => 3,
        Role::Admin => 4,
    }
}

/// The other way round.
pub(super) fn role_of_rank(column: i64) -> Option<Role> {
    Role::iter().find(|role| rank(*role) == column)
}

fn register(
    tables: &Tables<'_>,
    recorded: &Recorded,
    kind: ResourceKind,
    owner: AccountId,
    visibility: Visibility,
) -> rusqlite::Result<()> {
    let is_public = visibility == Visibility::Public;
    tables.run(
        "INSERT INTO permission_resource (key, id, kind, owner, is_public) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![recorded.key(), recorded.id, kind.as_ref(), owner.uuid(), is_public],
    )?;
    let place =
        Place { resource: recorded.key(), kind: kind.as_ref().to_owned(), owner: owner.uuid(), is_retired: false };
    shelf::put(tables, Holder::Principal(owner.uuid()), &place)?;
    shelf::put(tables, Holder::Administrators, &place)?;
    if is_public { shelf::put(tables, Holder::Everybody, &place) } else { Ok(()) }
}

fn change_visibility(tables: &Tables<'_>, recorded: &Recorded, visibility: Visibility) -> rusqlite::Result<()> {
    let Some(place) = place(tables, recorded)? else { return Ok(()) };
    let is_public = visibility == Visibility::Public;
    tables.run("UPDATE permission_resource SET is_public = ?2 WHERE key = ?1", params![place.resource, is_public])?;
    if is_public {
        shelf::put(tables, Holder::Everybody, &place)
    } else {
        shelf::take(tables, Holder::Everybody, &place)
    }
}

fn add(tables: &Tables<'_>, recorded: &Recorded, collaborator: Collaborator, role: Role) -> rusqlite::Result<()> {
    let Some(place) = place(tables, recorded)? else { return Ok(()) };
    let is_team = matches!(collaborator, Collaborator::Team(_));
    let id = uuid_of(collaborator);
    tables.run(
        "INSERT INTO permission_collaborator
             (key, resource, collaborator, is_team, role, added_at, added_by, changed_at, changed_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?6, ?7)
         ON CONFLICT (resource, collaborator) DO UPDATE SET role = excluded.role",
        params![recorded.key(), place.resource, id, is_team, rank(role), recorded.at(), author(recorded)],
    )?;
    shelf::put(tables, Holder::Principal(id), &place)
}

fn remove(tables: &Tables<'_>, recorded: &Recorded, collaborator: Collaborator) -> rusqlite::Result<()> {
    let Some(place) = place(tables, recorded)? else { return Ok(()) };
    let id = uuid_of(collaborator);
    tables.run(
        "DELETE FROM permission_collaborator WHERE resource = ?1 AND collaborator = ?2",
        params![place.resource, id],
    )?;
    shelf::take(tables, Holder::Principal(id), &place)
}

fn transfer(tables: &Tables<'_>, recorded: &Recorded, owner: AccountId) -> rusqlite::Result<()> {
    let Some(place) = place(tables, recorded)? else { return Ok(()) };
    tables.run("UPDATE permission_resource SET owner = ?2 WHERE key = ?1", params![place.resource, owner.uuid()])?;
    shelf::take(tables, Holder::Principal(place.owner), &place)?;
    // Every other shelf that has it tells whose it is.
    for holder in [Holder::Administrators, Holder::Everybody] {
        shelf::hand_over(tables, holder, &place, owner)?;
    }
    tables.run(
        "UPDATE permission_shelf SET owner = ?3
         WHERE is_retired = ?4 AND kind = ?2 AND resource = ?1
           AND holder IN (SELECT collaborator FROM permission_collaborator WHERE resource = ?1)",
        params![place.resource, place.kind, owner.uuid(), place.is_retired],
    )?;
    shelf::put(tables, Holder::Principal(owner.uuid()), &Place { owner: owner.uuid(), ..place })
}

/// Everyone who saw it among the others sees it among the retired ones.
fn retire(tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<()> {
    let Some(place) = place(tables, recorded)? else { return Ok(()) };
    tables.run("UPDATE permission_resource SET is_retired = 1 WHERE key = ?1", [place.resource])?;
    for holder in [Holder::Principal(place.owner), Holder::Administrators, Holder::Everybody] {
        shelf::retire(tables, holder, &place)?;
    }
    tables.run(
        "UPDATE permission_shelf SET is_retired = 1
         WHERE is_retired = 0 AND kind = ?2 AND resource = ?1
           AND holder IN (SELECT collaborator FROM permission_collaborator WHERE resource = ?1)",
        params![place.resource, place.kind],
    )
}

fn place(tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<Option<Place>> {
    tables.first("SELECT key, kind, owner, is_retired FROM permission_resource WHERE id = ?1", [recorded.id], |row| {
        Ok(Place { resource: row.get(0)?, kind: row.get(1)?, owner: row.get(2)?, is_retired: row.get(3)? })
    })
}
