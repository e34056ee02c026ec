//! Who may do what, worked out from the events in the plainest way.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use fieldlog_domain::account::{AccountEvent, MemberRole};
use fieldlog_domain::resource::{Collaborator, ResourceEvent, ResourceKind, Visibility};
use fieldlog_domain::shared::Role;
use fieldlog_domain::{AccountId, Event, ResourceId, TeamId};
use fieldlog_projections::{RoleOf, RoleOrigin};

use crate::simulation::Appended;

pub struct Resource {
    pub id: ResourceId,
    pub owner: AccountId,
    pub kind: ResourceKind,
    pub is_public: bool,
    pub is_retired: bool,
    pub words: (String, String),
    pub public_role: Role,
    pub collaborators: BTreeMap<Collaborator, Role>,
}

#[derive(Default)]
pub struct Organization {
    owner: Option<AccountId>,
    default: Option<Role>,
    members: HashMap<AccountId, MemberRole>,
}

/// Everything about permissions, oldest resource first.
#[derive(Default)]
pub struct Naive {
    pub resources: Vec<Resource>,
    pub organizations: HashMap<AccountId, Organization>,
    pub teams: HashMap<TeamId, (AccountId, BTreeSet<AccountId>)>,
    pub persons: Vec<AccountId>,
}

impl Naive {
    pub fn of(appended: &[Appended]) -> Self {
        let mut naive = Self::default();
        for it in appended {
            for event in &it.happened {
                naive.apply(&it.stream.id, event);
            }
        }
        naive
    }

    fn apply(&mut self, stream: &str, event: &Event) {
        match event {
            Event::Account(event) => self.of_account(stream.parse().unwrap(), event),
            Event::Resource(event) => self.of_resource(stream.parse().unwrap(), event),
            Event::Session(_)
            | Event::NameClaim(_)
            | Event::File(_)
            | Event::Job(_)
            | Event::ChangeSet(_)
            | Event::Secret(_) => {}
        }
    }

    fn of_account(&mut self, id: AccountId, event: &AccountEvent) {
        match event {
            AccountEvent::AccountRegistered { owner: None, .. } => self.persons.push(id),
            AccountEvent::AccountRegistered { owner, .. } => self.organizations.entry(id).or_default().owner = *owner,
            AccountEvent::MemberAdded { member, role } | AccountEvent::MemberRoleChanged { member, role } => {
                self.organizations.entry(id).or_default().members.insert(*member, *role);
            }
            AccountEvent::MemberRemoved { member } => {
                self.organizations.entry(id).or_default().members.remove(member);
                self.teams.values_mut().filter(|(of, _)| *of == id).for_each(|(_, members)| {
                    members.remove(member);
                });
            }
            AccountEvent::DefaultProjectRoleSet { role } => self.organizations.entry(id).or_default().default = *role,
            AccountEvent::TeamCreated { team, .. } => {
                self.teams.insert(*team, (id, BTreeSet::new()));
            }
            AccountEvent::TeamDeleted { team } => {
                self.teams.remove(team);
            }
            AccountEvent::TeamMemberAdded { team, member } => {
                self.teams.get_mut(team).unwrap().1.insert(*member);
            }
            AccountEvent::TeamMemberRemoved { team, member } => {
                self.teams.get_mut(team).unwrap().1.remove(member);
            }
            _ => {}
        }
    }

    fn of_resource(&mut self, id: ResourceId, event: &ResourceEvent) {
        if let ResourceEvent::ResourceRegistered { kind, owner, name, description, visibility, .. } = event {
            return self.resources.push(Resource {
                id,
                owner: *owner,
                kind: *kind,
                is_public: *visibility == Visibility::Public,
                public_role: Role::Reader,
                is_retired: false,
                words: (name.as_str().to_owned(), description.clone()),
                collaborators: BTreeMap::new(),
            });
        }
        let resource = self.resources.iter_mut().find(|resource| resource.id == id).unwrap();
        match event {
            ResourceEvent::ResourceRenamed { name } => resource.words.0 = name.as_str().to_owned(),
            ResourceEvent::MetadataRevised { description } => resource.words.1.clone_from(description),
            ResourceEvent::ProjectSettingsChanged { settings } => resource.public_role = settings.public_role,
            ResourceEvent::OwnershipTransferred { owner } => resource.owner = *owner,
            ResourceEvent::VisibilityChanged { visibility } => resource.is_public = *visibility == Visibility::Public,
            ResourceEvent::CollaboratorAdded { collaborator, role }
            | ResourceEvent::CollaboratorRoleChanged { collaborator, role } => {
                resource.collaborators.insert(*collaborator, *role);
            }
            ResourceEvent::CollaboratorRemoved { collaborator } => {
                resource.collaborators.remove(collaborator);
            }
            ResourceEvent::ResourceRetired {} => resource.is_retired = true,
            _ => {}
        }
    }

    pub fn role_of(&self, resource: &Resource, account: Option<AccountId>) -> Option<RoleOf> {
        let found = |role, origin| Some(RoleOf { role, origin });
        let public = if resource.is_public { found(resource.public_role, RoleOrigin::Public) } else { None };
        let Some(account) = account else { return public };
        if resource.owner == account {
            return found(Role::Admin, RoleOrigin::ProjectOwner);
        }
        let organization = self.organizations.get(&resource.owner);
        let member = organization.and_then(|organization| organization.members.get(&account));
        if organization.is_some_and(|organization| organization.owner == Some(account)) {
            return found(Role::Admin, RoleOrigin::OrganizationOwner);
        }
        if member == Some(&MemberRole::Admin) {
            return found(Role::Admin, RoleOrigin::OrganizationAdmin);
        }
        if let Some(role) = resource.collaborators.get(&Collaborator::Person(account)) {
            return found(*role, RoleOrigin::Collaborator);
        }
        let teams = self.teams.iter().filter(|(_, (_, members))| members.contains(&account));
        let roles = teams.filter_map(|(team, _)| resource.collaborators.get(&Collaborator::Team(*team)));
        if let Some(role) = roles.max() {
            return found(*role, RoleOrigin::TeamMember);
        }
        if let (Some(_), Some(role)) = (member, organization.and_then(|organization| organization.default)) {
            return found(role, RoleOrigin::OrganizationMember);
        }
        public
    }

    /// Newest first.
    pub fn accessible_to(&self, account: AccountId, include_retired: bool) -> Vec<ResourceId> {
        let has_role = |resource: &&Resource| {
            self.role_of(resource, Some(account)).is_some_and(|found| found.origin != RoleOrigin::Public)
        };
        let listed = self.resources.iter().rev().filter(|resource| include_retired || !resource.is_retired);
        listed.filter(has_role).map(|resource| resource.id).collect()
    }
}
