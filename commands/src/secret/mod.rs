//! Secrets: values that the containers of jobs get to see. They are set, replaced and removed, and never read by anybody.
//!
//! | What | Who learns it |
//! |---|---|
//! | name, kind, who set it when, for whose jobs | whoever may manage the secrets of the project or the organization |
//! | the value | the containers of jobs, through [`secrets_of_job`] |

mod job_secrets;
mod pg_service;
mod refusals;
mod remove_secret;
mod secrets_of_job;
mod set_secret;
mod value;

use fieldlog_domain::Sealed;
use fieldlog_domain::secret::SecretHolder;
use fieldlog_vault::VaultError;

use crate::App;
use crate::authz::{Action, OrganizationAction, ResourceAction};

pub use job_secrets::JobSecrets;
pub use pg_service::BadPgService;
pub use refusals::SetSecretRefusal;
pub use remove_secret::{RemoveSecret, remove_secret};
pub use secrets_of_job::secrets_of_job;
pub use set_secret::{MAX_SECRETS, SetSecret, set_secret};
pub use value::{BadSecretValue, SecretValue};

/// The purpose of the keys that secrets are sealed under, each value under its own.
const SECRET: &str = "secret";

/// What somebody has to be allowed who sees, sets and removes the secrets of a project or an organization.
pub fn manage_secrets(holder: SecretHolder) -> Action {
    match holder {
        SecretHolder::Project(project) => Action::Resource(ResourceAction::ManageSecrets, project),
        SecretHolder::Organization(id) => Action::Organization(OrganizationAction::ManageSecrets, id),
    }
}

/// Destroys the key of a value that counts no more.
pub(crate) async fn forget(app: &App, value: &Sealed) -> Result<(), VaultError> {
    match app.vault().destroy(value.key).await {
        // A vault that was started anew never had it.
        Ok(()) | Err(VaultError::UnknownKey { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
