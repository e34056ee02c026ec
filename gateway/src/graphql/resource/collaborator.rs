//! Who works on a resource, and what somebody may do with it.

use std::sync::Arc;

use async_graphql::{ComplexObject, SimpleObject, Union};
use chrono::{DateTime, Utc};
use fieldlog_domain::resource;
use fieldlog_projections::{CollaboratorRow, RoleOf};

use crate::graphql::account::{self, Account};
use crate::graphql::enums::{Role, RoleOrigin};
use crate::graphql::failure::Failure;
use crate::graphql::reading::Reading;
use crate::graphql::team::Team;

/// What the viewer may do, and why.
#[derive(SimpleObject)]
pub struct ViewerRole {
    /// What they may do.
    role: Role,
    /// Why.
    origin: RoleOrigin,
}

impl From<RoleOf> for ViewerRole {
    fn from(found: RoleOf) -> Self {
        Self { role: found.role.into(), origin: found.origin.into() }
    }
}

/// Somebody who works on a resource that is not theirs.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Collaborator {
    /// What they may do.
    role: Role,
    /// Since when.
    added_at: DateTime<Utc>,
    #[graphql(skip)]
    who: resource::Collaborator,
    #[graphql(skip)]
    reading: Arc<Reading>,
}

impl Collaborator {
    /// As the reading shows it.
    pub fn new(row: CollaboratorRow, reading: &Arc<Reading>) -> Self {
        Self { role: row.role.into(), added_at: row.added_at, who: row.collaborator, reading: reading.clone() }
    }
}

#[ComplexObject]
impl Collaborator {
    /// The person or the team.
    async fn who(&self) -> Result<PersonOrTeam, Failure> {
        match self.who {
            resource::Collaborator::Person(id) => Ok(PersonOrTeam::Account(account::found(&self.reading, id).await?)),
            resource::Collaborator::Team(id) => {
                let team = self.reading.view.team(id)?;
                let team = team.ok_or_else(|| Failure::internal(format!("there is no team {id}")))?;
                Ok(PersonOrTeam::Team(Team::new(team, &self.reading)))
            }
        }
    }
}

/// Who works on a resource.
#[derive(Union)]
#[allow(clippy::large_enum_variant, reason = "one at a time")]
pub enum PersonOrTeam {
    /// A person.
    Account(Account),
    /// All members of a team.
    Team(Team),
}
