//! Events of secrets.

use fieldlog_domain::secret::{SecretEvent, SecretHolder, SecretKind, SecretName};

use super::every_variant;
use crate::build::{ana, bob, id, sealed};

every_variant! { SecretEvent:
    SecretSet {
        holder: SecretHolder::Project(id(1)),
        name: SecretName::try_new("DB_PASSWORD").unwrap(),
        kind: SecretKind::Envvar,
        assigned_to: Some(bob()),
        value: sealed("c2VjcmV0"),
    }
    SecretSet {
        holder: SecretHolder::Organization(ana()),
        name: SecretName::try_new("FARM_DB").unwrap(),
        kind: SecretKind::Pgservice,
        assigned_to: None,
        value: sealed("c2VydmljZQ"),
    }
    SecretRemoved {}
}
