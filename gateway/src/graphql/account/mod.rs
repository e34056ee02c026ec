//! Persons and organizations.

pub mod mutations;
pub mod password_reset;
pub mod queries;

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use fieldlog_commands::account::open_profile;
use fieldlog_commands::authz::{Action, OrganizationAction, PersonAction, ServerAction};
use fieldlog_domain::account::AccountKind as Kind;
use fieldlog_domain::secret::SecretHolder;
use fieldlog_projections::{AccountRow, ListResources, MemberRow, Membership, Scope};
use uuid::Uuid;

use super::context::RequestContext;
use super::enums::{AccountKind, MemberRole, ResourceKind, Role};
use super::failure::Failure;
use super::global_id::GlobalId;
use super::pages::{self, Part};
use super::reading::Reading;
use super::resource::Resource;
use super::secret::Secret;
use super::team::Team;
use crate::accounts::avatar_path;

/// A person or an organization.
pub struct Account {
    row: AccountRow,
    reading: Arc<Reading>,
}

impl Account {
    /// As the reading shows it.
    pub fn new(row: AccountRow, reading: &Arc<Reading>) -> Self {
        Self { row, reading: reading.clone() }
    }

    fn see_members(&self) -> Result<bool, Failure> {
        if self.row.kind != Kind::Organization {
            return Ok(false);
        }
        self.reading.demand_other(Action::Organization(OrganizationAction::SeeMembers, self.row.id))?;
        Ok(true)
    }
}

/// A person or an organization.
#[Object]
impl Account {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::Account(self.row.id).into()
    }

    /// The id alone, as URLs use it.
    async fn uuid(&self) -> Uuid {
        self.row.id.uuid()
    }

    /// Person or organization.
    async fn kind(&self) -> AccountKind {
        self.row.kind.into()
    }

    /// Public name, unique whatever the case.
    async fn name(&self) -> &str {
        self.row.name.as_str()
    }

    /// Whose organization it is; null for persons.
    async fn owner(&self) -> Result<Option<Account>, Failure> {
        let Some(owner) = self.row.owner else { return Ok(None) };
        Ok(self.reading.account(owner)?.map(|row| Account::new(row, &self.reading)))
    }

    /// Where everybody finds its picture; null: it has none. A PNG or JPEG is set by `PUT /accounts/{uuid}/avatar`.
    async fn avatar_url(&self, context: &Context<'_>) -> Option<String> {
        let gateway = &RequestContext::of(context).gateway;
        avatar_path(gateway, &self.row).map(|path| gateway.url(&path))
    }

    /// When it came to be.
    async fn registered_at(&self) -> DateTime<Utc> {
        self.row.registered_at
    }

    /// Whether nobody can use it for now.
    async fn is_disabled(&self) -> bool {
        self.row.is_disabled
    }

    /// Whether the person was forgotten.
    async fn is_erased(&self) -> bool {
        self.row.is_erased
    }

    /// Whether the person administers the server; for the person and administrators only, null for others.
    async fn is_admin(&self) -> Option<bool> {
        let may = self.reading.demand_other(Action::Person(PersonAction::ReadProfile, self.row.id));
        may.is_ok().then_some(self.row.is_admin)
    }

    /// Mail and names; for the person and administrators only. Null when they were forgotten.
    async fn profile(&self) -> Result<Option<Profile>, Failure> {
        self.reading.demand_other(Action::Person(PersonAction::ReadProfile, self.row.id))?;
        let profile = open_profile(self.reading.app(), &self.reading.viewer, self.row.id).await?;
        Ok(profile.map(|profile| Profile {
            email: profile.email,
            first_name: profile.first_name,
            last_name: profile.last_name,
        }))
    }

    /// The resources it owns that the viewer has a role on, newest first.
    #[allow(clippy::too_many_arguments, reason = "a connection has four")]
    async fn resources(
        &self,
        kind: Option<ResourceKind>,
        #[graphql(desc = "Whether to show those that everybody sees instead.", default)] public: bool,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Part<Resource>, Failure> {
        let page = pages::page(first, after, last, before)?;
        let scope = match (public, self.reading.viewer.account) {
            (false, Some(viewer)) => Scope::AccessibleTo(viewer),
            (true, _) | (_, None) => Scope::Public,
        };
        let list =
            ListResources { scope, owner: Some(self.row.id), kind: kind.map(Into::into), include_retired: false, page };
        super::resource::queries::list(&self.reading, list)
    }

    /// The members of an organization, oldest first; its owner is none of them. Empty for persons.
    async fn members(&self, first: Option<i32>, after: Option<String>) -> Result<Part<Member>, Failure> {
        let page = pages::forward(first, after)?;
        if !self.see_members()? {
            return Ok(Part::new(false, false));
        }
        let listed = self.reading.view.members(self.row.id, page)?;
        Ok(pages::part(listed, |row| Member::new(row, &self.reading)))
    }

    /// The teams of an organization, oldest first. Empty for persons.
    async fn teams(&self, first: Option<i32>, after: Option<String>) -> Result<Part<Team>, Failure> {
        let page = pages::forward(first, after)?;
        if !self.see_members()? {
            return Ok(Part::new(false, false));
        }
        let listed = self.reading.view.teams(self.row.id, page)?;
        Ok(pages::part(listed, |row| Team::new(row, &self.reading)))
    }

    /// The secrets that the jobs of all the organization's projects see, oldest first; for those who manage them. Empty for
    /// persons.
    async fn secrets(&self, first: Option<i32>, after: Option<String>) -> Result<Part<Secret>, Failure> {
        let page = pages::forward(first, after)?;
        if self.row.kind != Kind::Organization {
            return Ok(Part::new(false, false));
        }
        self.reading.demand_other(Action::Organization(OrganizationAction::ManageSecrets, self.row.id))?;
        let listed = self.reading.view.secrets(SecretHolder::Organization(self.row.id), page)?;
        Ok(pages::part(listed, |row| Secret::new(row, &self.reading)))
    }

    /// What members without a role of their own may do on the organization's projects; null: nothing.
    async fn default_project_role(&self) -> Option<Role> {
        self.row.default_role.map(Into::into)
    }

    /// The organizations the person owns or belongs to, oldest membership first.
    async fn organizations(&self) -> Result<Vec<OrganizationMembership>, Failure> {
        self.reading.demand_other(Action::Server(ServerAction::SeeAccounts))?;
        let memberships = self.reading.view.organizations_of(self.row.id)?;
        Ok(memberships
            .into_iter()
            .map(|of| OrganizationMembership {
                is_owner: of.membership == Membership::Owner,
                role: match of.membership {
                    Membership::Owner => None,
                    Membership::Member(role) => Some(role.into()),
                },
                id: of.organization,
                reading: self.reading.clone(),
            })
            .collect())
    }
}

/// Mail and names of a person.
#[derive(SimpleObject)]
pub struct Profile {
    /// Mail address.
    email: String,
    /// May be empty.
    first_name: String,
    /// May be empty.
    last_name: String,
}

/// Somebody who belongs to an organization.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Member {
    /// What they may do.
    role: MemberRole,
    /// Since when.
    added_at: DateTime<Utc>,
    #[graphql(skip)]
    member: fieldlog_domain::AccountId,
    #[graphql(skip)]
    reading: Arc<Reading>,
}

impl Member {
    /// As the reading shows it.
    pub fn new(row: MemberRow, reading: &Arc<Reading>) -> Self {
        Self { role: row.role.into(), added_at: row.added_at, member: row.member, reading: reading.clone() }
    }
}

#[ComplexObject]
impl Member {
    /// The person.
    async fn account(&self) -> Result<Account, Failure> {
        found(&self.reading, self.member).await
    }
}

/// How a person belongs to an organization.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct OrganizationMembership {
    /// Whether it is theirs.
    is_owner: bool,
    /// What they may do as a member; null for the owner.
    role: Option<MemberRole>,
    #[graphql(skip)]
    id: fieldlog_domain::AccountId,
    #[graphql(skip)]
    reading: Arc<Reading>,
}

#[ComplexObject]
impl OrganizationMembership {
    /// The organization.
    async fn organization(&self) -> Result<Account, Failure> {
        found(&self.reading, self.id).await
    }
}

/// An account that is there because something refers to it.
pub async fn found(reading: &Arc<Reading>, id: fieldlog_domain::AccountId) -> Result<Account, Failure> {
    let row = reading.account(id)?;
    row.map(|row| Account::new(row, reading)).ok_or_else(|| Failure::internal(format!("there is no account {id}")))
}
