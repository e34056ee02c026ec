//! What is known of secrets.

use chrono::{DateTime, Utc};
use fieldlog_domain::secret::{SecretHolder, SecretKind, SecretName};
use fieldlog_domain::{AccountId, Sealed, SecretId};

/// A secret that is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRow {
    /// Which one.
    pub id: SecretId,
    /// Whose jobs see it.
    pub holder: SecretHolder,
    /// Its name.
    pub name: SecretName,
    /// What it is for.
    pub kind: SecretKind,
    /// The person whose jobs alone see it; none: everybody's.
    pub assigned_to: Option<AccountId>,
    /// The value, sealed.
    pub value: Sealed,
    /// When it got this value.
    pub set_at: DateTime<Utc>,
    /// Who gave it this value; none when no person did.
    pub set_by: Option<AccountId>,
}
