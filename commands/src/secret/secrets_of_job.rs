//! What the container of a job gets to see.

use std::collections::BTreeMap;

use fieldlog_domain::secret::{SecretHolder, SecretName};
use fieldlog_domain::{AccountId, ResourceId};
use fieldlog_projections::SecretRow;
use fieldlog_vault::Opened;

use super::{JobSecrets, SECRET, SecretValue};
use crate::authz::{Action, ServerAction};
use crate::{App, CommandError, Never, Viewer};

/// The secrets that a job of `person` on `project` gets to see, opened: for each name the one that is closest (QFieldCloud
/// reference, section 6.8). For workers only.
pub async fn secrets_of_job(
    app: &App,
    viewer: &Viewer,
    project: ResourceId,
    person: Option<AccountId>,
) -> Result<JobSecrets, CommandError<Never>> {
    let _granted = app.authorise(viewer, Action::Server(ServerAction::RunJobs))?;
    if let Some(secrets) = open(app, project, person).await? {
        return Ok(secrets);
    }
    // One was replaced or removed a moment ago, and the read model has not seen it yet.
    app.catch_up().await.map_err(|error| CommandError::Unavailable(error.to_string()))?;
    let secrets = open(app, project, person).await?;
    secrets.ok_or_else(|| CommandError::Unavailable("the secrets of a project change all the time".to_owned()))
}

/// None when one of them was forgotten since the read model looked.
async fn open(
    app: &App,
    project: ResourceId,
    person: Option<AccountId>,
) -> Result<Option<JobSecrets>, CommandError<Never>> {
    let mut secrets = JobSecrets::default();
    for (name, row) in closest(app.view().secrets_within_reach(project, person)?) {
        let Opened::Value(bytes) = app.vault().open_sealed_as(SECRET, &row.value).await? else { return Ok(None) };
        let text = std::str::from_utf8(&bytes);
        let text = text.map_err(|error| CommandError::Damaged(format!("the secret {name}: {error}")))?;
        secrets.add(name, row.kind, SecretValue::new(text));
    }
    Ok(Some(secrets))
}

/// Of each name the secret that counts.
fn closest(within_reach: Vec<SecretRow>) -> BTreeMap<SecretName, SecretRow> {
    let mut closest: BTreeMap<SecretName, SecretRow> = BTreeMap::new();
    for row in within_reach {
        match closest.get(&row.name) {
            Some(found) if distance(found) <= distance(&row) => {}
            Some(_) | None => drop(closest.insert(row.name.clone(), row)),
        }
    }
    closest
}

/// Project before organization; within each, what is the person's own before what is everybody's.
fn distance(secret: &SecretRow) -> (bool, bool) {
    (matches!(secret.holder, SecretHolder::Organization(_)), secret.assigned_to.is_none())
}
