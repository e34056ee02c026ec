//! Secrets: which ones are there and whose jobs see them. Their values are shown to nobody.

pub mod mutations;

use std::sync::Arc;

use async_graphql::{ComplexObject, SimpleObject};
use chrono::{DateTime, Utc};
use fieldlog_domain::AccountId;
use fieldlog_projections::SecretRow;

use super::account::{self, Account};
use super::enums::SecretKind;
use super::failure::Failure;
use super::reading::Reading;

/// A value that the containers of jobs see, and nobody else. It can be replaced and removed, not read.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Secret {
    /// Its name.
    name: String,
    /// What it is for.
    kind: SecretKind,
    /// When it got its value.
    set_at: DateTime<Utc>,
    #[graphql(skip)]
    assigned_to: Option<AccountId>,
    #[graphql(skip)]
    set_by: Option<AccountId>,
    #[graphql(skip)]
    reading: Arc<Reading>,
}

impl Secret {
    /// As the reading shows it.
    pub fn new(row: SecretRow, reading: &Arc<Reading>) -> Self {
        reading.expect_accounts(row.assigned_to.into_iter().chain(row.set_by));
        Self {
            name: row.name.to_string(),
            kind: row.kind.into(),
            set_at: row.set_at,
            assigned_to: row.assigned_to,
            set_by: row.set_by,
            reading: reading.clone(),
        }
    }
}

#[ComplexObject]
impl Secret {
    /// The person whose jobs alone see it; null: everybody's.
    async fn assigned_to(&self) -> Result<Option<Account>, Failure> {
        match self.assigned_to {
            Some(person) => account::found(&self.reading, person).await.map(Some),
            None => Ok(None),
        }
    }

    /// Who gave it its value; null when no person did.
    async fn set_by(&self) -> Result<Option<Account>, Failure> {
        match self.set_by {
            Some(person) => account::found(&self.reading, person).await.map(Some),
            None => Ok(None),
        }
    }
}
