//! The secrets of one job, opened.

use std::collections::BTreeMap;
use std::fmt;

use fieldlog_domain::secret::{SecretKind, SecretName};

use super::{SecretValue, pg_service};

/// The secrets of one job, opened. It prints their names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct JobSecrets {
    variables: BTreeMap<SecretName, SecretValue>,
    services: BTreeMap<SecretName, SecretValue>,
}

impl JobSecrets {
    pub(super) fn add(&mut self, name: SecretName, kind: SecretKind, value: SecretValue) {
        match kind {
            SecretKind::Envvar => self.variables.insert(name, value),
            SecretKind::Pgservice => self.services.insert(name, value),
        };
    }

    /// The environment variables, by name.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &SecretValue)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The sections of PostgreSQL's connection service file, by the names of their secrets.
    pub fn services(&self) -> impl Iterator<Item = (&str, &SecretValue)> {
        self.services.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Every text that may be shown to nobody: the values, their lines, and the passwords in services.
    pub fn hidden_texts(&self) -> impl Iterator<Item = &str> {
        let values = || self.variables.values().chain(self.services.values()).map(SecretValue::expose);
        let credentials = self.services.values().flat_map(|service| pg_service::credentials(service.expose()));
        values().chain(values().flat_map(str::lines).map(str::trim)).chain(credentials)
    }
}

impl fmt::Debug for JobSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.variables.keys().chain(self.services.keys()).map(SecretName::as_str).collect();
        f.debug_tuple("JobSecrets").field(&names).finish()
    }
}
