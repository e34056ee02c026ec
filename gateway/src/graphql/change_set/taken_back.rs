//! Edits that were in the data until somebody brought a state of a file without them.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use fieldlog_commands::change_set as commands;
use fieldlog_domain::{DeltaId, ResourceId};
use fieldlog_projections::TakenBack;
use uuid::Uuid;

use crate::graphql::account::{self, Account};
use crate::graphql::context::RequestContext;
use crate::graphql::failure::Failure;
use crate::graphql::file::FileVersion;
use crate::graphql::mutate::{self, Stop, command_id, outcome, settled};
use crate::graphql::project::mutations::project as find;
use crate::graphql::reading::Reading;
use crate::graphql::resource::kinds::Project;

/// What somebody brought without an edit that had been in the data.
pub struct EditTakenBack {
    told: TakenBack,
    reading: Arc<Reading>,
}

impl EditTakenBack {
    /// As the reading shows it.
    pub fn new(told: TakenBack, reading: &Arc<Reading>) -> Self {
        Self { told, reading: Arc::clone(reading) }
    }
}

#[Object]
impl EditTakenBack {
    /// When they uploaded the file, restored an earlier version of it, or deleted the version after it.
    async fn at(&self) -> DateTime<Utc> {
        self.told.brought.at
    }

    /// Who did; null when nobody in particular did.
    async fn by(&self) -> Result<Option<Account>, Failure> {
        match self.told.brought.by {
            Some(id) => Ok(Some(account::found(&self.reading, id).await?)),
            None => Ok(None),
        }
    }

    /// The path of the file.
    async fn file(&self) -> &str {
        self.told.brought.path.as_str()
    }

    /// The version that the file held from then on.
    async fn version(&self) -> Result<Option<FileVersion>, Failure> {
        let Some(id) = self.told.brought.version else { return Ok(None) };
        Ok(self.reading.view.version(id)?.map(|row| FileVersion::new(row, &self.reading)))
    }

    /// How it shows that the edit is not there, as a sentence.
    async fn why(&self) -> &str {
        &self.told.why
    }
}

/// Edits that were taken back, to be applied again.
#[derive(InputObject)]
pub struct ApplyTakenBackInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The project.
    project: ID,
    /// The edits, by the ids that the devices gave them; all edits that were taken back if omitted. Other edits are skipped.
    deltas: Option<Vec<Uuid>>,
}

/// The edits wait to be applied again.
#[derive(SimpleObject)]
pub struct TakenBackReopened {
    /// How many.
    edits: u64,
    /// The project.
    project: Project,
}

payload! {
    /// What comes of `applyTakenBack`.
    ApplyTakenBackPayload { TakenBackReopened; EditIsSettled }
}

/// Applying edits again that were taken back.
#[derive(Default)]
pub struct TakenBackMutations;

#[Object]
impl TakenBackMutations {
    /// Has edits applied again that somebody took back by bringing a file without them. Each is judged anew by what is there now;
    /// to leave it as it is, see `ignoreDeltas`.
    async fn apply_taken_back(
        &self,
        context: &Context<'_>,
        input: ApplyTakenBackInput,
    ) -> Result<ApplyTakenBackPayload, Failure> {
        outcome(apply(context, input).await)
    }
}

async fn apply(context: &Context<'_>, input: ApplyTakenBackInput) -> Result<TakenBackReopened, Stop> {
    let request = RequestContext::of(context);
    let project: ResourceId = mutate::id("project", &input.project)?;
    let deltas = input.deltas.map(|deltas| deltas.into_iter().map(DeltaId).collect());
    let command = commands::ApplyTakenBack { command_id: command_id(input.command_id), project, deltas };
    let done = commands::apply_taken_back(request.gateway.app(), &request.caller.viewer, command).await?;
    let (edits, reading) = settled(context, done).await?;
    Ok(TakenBackReopened { edits: edits as u64, project: find(&reading, project).await? })
}
