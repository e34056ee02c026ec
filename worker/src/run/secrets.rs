//! The secrets of a job: into its container, and out of everything it says.

use std::collections::BTreeMap;

use fieldlog_commands::secret::{JobSecrets, SecretValue, secrets_of_job};

use super::{Ending, Run};
use crate::redaction::Hidden;

/// The secrets of a job. It prints their names only.
#[derive(Debug)]
pub(super) struct Secrets {
    opened: JobSecrets,
    /// What may be shown to nobody.
    pub(super) hidden: Hidden,
}

impl Run {
    /// The secrets of the job, opened when they are first needed.
    pub(super) async fn secrets(&self) -> Result<&Secrets, Ending> {
        self.secrets.get_or_try_init(|| self.open_secrets()).await
    }

    async fn open_secrets(&self) -> Result<Secrets, Ending> {
        let Run { ctx, viewer, job, .. } = self;
        match secrets_of_job(&ctx.app, viewer, job.resource, job.requester).await {
            Ok(opened) => {
                let token = self.directory.token().unwrap_or_default();
                Ok(Secrets { hidden: Hidden::of(opened.hidden_texts().chain(token.as_deref())), opened })
            }
            Err(error) => {
                tracing::warn!(job = %job.id, ?error, "the secrets of a job could not be opened");
                Err(Ending::Retry(format!("the secrets of the job could not be opened: {error}")))
            }
        }
    }
}

impl Secrets {
    /// Whether there are variables of the project's own.
    pub(super) fn has_variables(&self) -> bool {
        self.opened.variables().next().is_some()
    }

    /// The variables of the container (QFieldCloud reference, section 8.1).
    pub(super) fn variables(&self) -> BTreeMap<String, String> {
        let exposed = |(name, value): (&str, &SecretValue)| (name.to_owned(), value.expose().to_owned());
        let mut variables: BTreeMap<String, String> = self.opened.variables().map(exposed).collect();
        let names: Vec<&str> = self.opened.variables().map(|(name, _)| name).collect();
        let names = serde_json::Value::from(names).to_string();
        let services: String = self.opened.services().map(|(_, section)| format!("\n{}", section.expose())).collect();
        variables.insert("QFIELDCLOUD_EXTRA_ENVVARS".to_owned(), names);
        if !services.is_empty() {
            variables.insert("PGSERVICE_FILE_CONTENTS".to_owned(), services);
        }
        variables
    }
}
