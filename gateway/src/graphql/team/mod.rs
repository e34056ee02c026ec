//! Teams of organizations.

pub mod mutations;

use std::sync::Arc;

use async_graphql::{ID, Object};
use chrono::{DateTime, Utc};
use fieldlog_commands::authz::{Action, OrganizationAction};
use fieldlog_projections::{TeamMemberRow, TeamRow};

use super::account::{self, Account};
use super::failure::Failure;
use super::global_id::GlobalId;
use super::pages::{self, Part};
use super::reading::Reading;

/// A team of an organization.
pub struct Team {
    row: TeamRow,
    reading: Arc<Reading>,
}

impl Team {
    /// As the reading shows it.
    pub fn new(row: TeamRow, reading: &Arc<Reading>) -> Self {
        Self { row, reading: reading.clone() }
    }
}

/// A team of an organization.
#[Object]
impl Team {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::Team(self.row.id).into()
    }

    /// Its name, unique in the organization.
    async fn name(&self) -> &str {
        self.row.name.as_str()
    }

    /// Whose it is.
    async fn organization(&self) -> Result<Account, Failure> {
        account::found(&self.reading, self.row.organization).await
    }

    /// When it came to be.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// Who is in it, oldest first.
    async fn members(&self, first: Option<i32>, after: Option<String>) -> Result<Part<TeamMember>, Failure> {
        self.reading.demand_other(Action::Organization(OrganizationAction::SeeMembers, self.row.organization))?;
        let listed = self.reading.view.team_members(self.row.id, pages::forward(first, after)?)?;
        Ok(pages::part(listed, |row| TeamMember { row, reading: self.reading.clone() }))
    }
}

/// Somebody in a team.
pub struct TeamMember {
    row: TeamMemberRow,
    reading: Arc<Reading>,
}

/// Somebody in a team.
#[Object]
impl TeamMember {
    /// The person.
    async fn account(&self) -> Result<Account, Failure> {
        account::found(&self.reading, self.row.member).await
    }

    /// Since when.
    async fn added_at(&self) -> DateTime<Utc> {
        self.row.added_at
    }
}
