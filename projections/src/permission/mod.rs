//! What somebody may do with a resource, and why.
//!
//! The first matching rank decides, not the strongest role (QFieldCloud reference, section 5.1).

/// What may give the account `?2` a role on a `permission_resource`, then whether that is retired. `owner` is its owner's
/// account and `member` the account's membership there.
macro_rules! grounds {
    () => {
        "permission_resource.owner = ?2,
         CASE owner.kind WHEN 'organization' THEN owner.owner IS ?2 AND ?2 IS NOT NULL ELSE 0 END,
         member.role,
         CASE WHEN permission_resource.owner IS NOT ?2 THEN
         (SELECT role FROM permission_collaborator WHERE resource = permission_resource.key AND collaborator = ?2) END,
         CASE WHEN permission_resource.owner IS NOT ?2 THEN
         (SELECT max(team.role) FROM account_team_member AS belongs
            JOIN permission_collaborator AS team
              ON team.resource = permission_resource.key AND team.collaborator = belongs.team
           WHERE belongs.member = ?2) END,
         CASE owner.kind WHEN 'organization' THEN owner.default_role END,
         permission_resource.is_public,
         permission_resource.public_role,
         permission_resource.is_retired"
    };
}

mod projector;
mod queries;
mod rows;
pub(crate) mod shelf;

pub(crate) use grounds;
pub use projector::PermissionProjector;
pub(crate) use queries::access_of;
pub use rows::{Access, CollaboratorRow, RoleOf, RoleOrigin, Scope};
