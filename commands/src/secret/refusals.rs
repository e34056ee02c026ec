//! Why use cases about secrets are refused, beyond the secret's own rules.

use fieldlog_domain::resource::ResourceRefusal;
use fieldlog_domain::secret::SecretRefusal;
use thiserror::Error;

use super::MAX_SECRETS;

/// Why a secret was not set.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SetSecretRefusal {
    /// There are as many as there may be.
    #[error("there are {MAX_SECRETS} secrets for the same people already; remove one first")]
    TooMany,
    /// Only organizations have secrets beside projects.
    #[error("expected a project or an organization, found a person")]
    NotAnOrganization,
    /// It would be for jobs that they cannot ask for.
    #[error("the person has no role there; give them one first")]
    NoRoleThere,
    /// A rule of the resource.
    #[error(transparent)]
    Resource(#[from] ResourceRefusal),
    /// A rule of the secret.
    #[error(transparent)]
    Secret(#[from] SecretRefusal),
}
