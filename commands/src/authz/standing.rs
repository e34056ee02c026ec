//! How somebody stands to a thing: the upper row of `docs/permissions.txt`.

use fieldlog_domain::shared::Role;

/// How somebody stands to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResourceStanding {
    /// They have a role on it: as owner, member, collaborator or through a team.
    Role(Role),
    /// They are logged in, have no role, and it is public.
    Public,
    /// They are not logged in, and it is public.
    AnonymousPublic,
    /// They are logged in, have no role, and it is private.
    Stranger,
    /// They are not logged in, and it is private.
    Anonymous,
    /// They administer the server.
    ServerAdmin,
    /// They run the `fieldlog` command on the server's machine, or are Fieldlog itself.
    Operator,
}

/// How somebody stands to an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrganizationStanding {
    /// It is theirs.
    Owner,
    /// They manage it.
    Admin,
    /// They belong to it and may create projects in it.
    Creator,
    /// They belong to it.
    Member,
    /// They are logged in.
    Stranger,
    /// They are not logged in.
    Anonymous,
    /// They administer the server.
    ServerAdmin,
    /// They run the `fieldlog` command on the server's machine, or are Fieldlog itself.
    Operator,
}

/// How somebody stands to a person's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PersonStanding {
    /// They are the person.
    Oneself,
    /// They are another person.
    Stranger,
    /// They are not logged in.
    Anonymous,
    /// They administer the server.
    ServerAdmin,
    /// They run the `fieldlog` command on the server's machine, or are Fieldlog itself.
    Operator,
}

/// How somebody stands to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServerStanding {
    /// They are logged in.
    Person,
    /// They are not logged in.
    Anonymous,
    /// They administer it.
    ServerAdmin,
    /// They run the `fieldlog` command on its machine, or are Fieldlog itself.
    Operator,
}

impl ResourceStanding {
    /// Every way, strongest role first.
    pub const ALL: [Self; 11] = [
        Self::Role(Role::Admin),
        Self::Role(Role::Manager),
        Self::Role(Role::Editor),
        Self::Role(Role::Reporter),
        Self::Role(Role::Reader),
        Self::Public,
        Self::AnonymousPublic,
        Self::Stranger,
        Self::Anonymous,
        Self::ServerAdmin,
        Self::Operator,
    ];
}

impl OrganizationStanding {
    /// Every way.
    pub const ALL: [Self; 8] = [
        Self::Owner,
        Self::Admin,
        Self::Creator,
        Self::Member,
        Self::Stranger,
        Self::Anonymous,
        Self::ServerAdmin,
        Self::Operator,
    ];
}

impl PersonStanding {
    /// Every way.
    pub const ALL: [Self; 5] = [Self::Oneself, Self::Stranger, Self::Anonymous, Self::ServerAdmin, Self::Operator];
}

impl ServerStanding {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Person, Self::Anonymous, Self::ServerAdmin, Self::Operator];
}
