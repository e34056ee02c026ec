//! Deciding what becomes of edits that were not applied.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use fieldlog_commands::change_set::{self as commands, Decision};
use fieldlog_domain::change_set::ColumnMapping;
use fieldlog_domain::{DeltaId, ResourceId};
use uuid::Uuid;

use super::columns::ColumnMappingInput;
use crate::graphql::context::RequestContext;
use crate::graphql::failure::Failure;
use crate::graphql::mutate::{self, Stop, command_id, outcome, settled};
use crate::graphql::project::mutations::project as find;
use crate::graphql::resource::kinds::Project;

/// Edits to be tried again.
#[derive(InputObject)]
pub struct ReopenDeltasInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The project.
    project: ID,
    /// The edits, as the devices named them.
    deltas: Vec<Uuid>,
    /// Where values belong that found no column. It holds for later edits of the layers too, but for those of devices whose package
    /// was made afterwards.
    #[graphql(default)]
    columns: Vec<ColumnMappingInput>,
}

/// Edits that are not to be applied.
#[derive(InputObject)]
pub struct IgnoreDeltasInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The project.
    project: ID,
    /// The edits, as the devices named them.
    deltas: Vec<Uuid>,
}

/// The edits wait to be applied again.
#[derive(SimpleObject)]
pub struct DeltasReopened {
    /// The project.
    project: Project,
}

/// The edits are not applied.
#[derive(SimpleObject)]
pub struct DeltasIgnored {
    /// The project.
    project: Project,
}

payload! {
    /// What comes of `reopenDeltas`.
    ReopenDeltasPayload { DeltasReopened; EditIsSettled }
}
payload! {
    /// What comes of `ignoreDeltas`.
    IgnoreDeltasPayload { DeltasIgnored; EditIsSettled }
}

/// Deciding what becomes of edits that were not applied.
#[derive(Default)]
pub struct ChangeSetMutations;

#[Object]
impl ChangeSetMutations {
    /// Has edits that are not in the data tried again. For a conflict to end otherwise, see `resolveConflicts`.
    async fn reopen_deltas(
        &self,
        context: &Context<'_>,
        input: ReopenDeltasInput,
    ) -> Result<ReopenDeltasPayload, Failure> {
        let columns = input.columns.into_iter().map(ColumnMapping::from).collect();
        let decision = Decision::ApplyAgain { columns };
        let decided = decide(context, input.command_id, &input.project, input.deltas, decision).await;
        outcome(decided.map(|project| DeltasReopened { project }))
    }

    /// Decides that edits are not to be applied; in a conflict the data's values stay.
    async fn ignore_deltas(
        &self,
        context: &Context<'_>,
        input: IgnoreDeltasInput,
    ) -> Result<IgnoreDeltasPayload, Failure> {
        let decided = decide(context, input.command_id, &input.project, input.deltas, Decision::Ignore).await;
        outcome(decided.map(|project| DeltasIgnored { project }))
    }
}

async fn decide(
    context: &Context<'_>,
    id: Option<Uuid>,
    project: &ID,
    deltas: Vec<Uuid>,
    decision: Decision,
) -> Result<Project, Stop> {
    let request = RequestContext::of(context);
    let project: ResourceId = mutate::id("project", project)?;
    let deltas = deltas.into_iter().map(DeltaId).collect();
    let command = commands::DecideDeltas { command_id: command_id(id), project, deltas, decision };
    let done = commands::decide_deltas(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(find(&reading, project).await?)
}
