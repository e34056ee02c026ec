//! Deciding what becomes of edits that are in conflict.

use async_graphql::{Context, Enum, ID, InputObject, Json, Object, OneofObject, SimpleObject};
use fieldlog_commands::change_set as commands;
use fieldlog_domain::change_set::{Replacement, Resolution};
use fieldlog_domain::{DeltaId, ResourceId};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::graphql::context::RequestContext;
use crate::graphql::failure::Failure;
use crate::graphql::mutate::{self, Stop, command_id, outcome, settled};
use crate::graphql::project::mutations::project as find;
use crate::graphql::resource::kinds::Project;

/// Conflicts to be resolved.
#[derive(InputObject)]
pub struct ResolveConflictsInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The project.
    project: ID,
    /// What becomes of each.
    conflicts: Vec<ConflictInput>,
}

/// An edit in conflict, and what becomes of it.
#[derive(InputObject)]
pub struct ConflictInput {
    /// The edit, as the device named it.
    delta: Uuid,
    /// What becomes of it.
    resolution: ConflictResolutionInput,
}

/// What becomes of an edit in conflict.
#[derive(OneofObject)]
pub enum ConflictResolutionInput {
    /// One side wins.
    Use(ConflictSide),
    /// Something else is stored.
    Edit(FeatureEditInput),
}

/// One of the two sides of a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ConflictSide {
    /// What the device wants is stored.
    Mine,
    /// What the project has stays.
    Theirs,
}

/// What is stored in a feature in place of an edit. What is left out stays as the project has it.
#[derive(InputObject)]
pub struct FeatureEditInput {
    /// Values by the names of fields that the conflict shows as `theirs`.
    attributes: Option<Json<Map<String, Value>>>,
    /// Where the feature is, as WKT in the coordinate system of its layer.
    geometry: Option<String>,
}

/// The conflicts are resolved; what is to be stored waits to be applied.
#[derive(SimpleObject)]
pub struct ConflictsResolved {
    /// The project.
    project: Project,
}

payload! {
    /// What comes of `resolveConflicts`.
    ResolveConflictsPayload { ConflictsResolved; NotInConflict, NoProjectFile, NotRegular }
}

/// Deciding what becomes of edits that are in conflict.
#[derive(Default)]
pub struct ResolveMutations;

#[Object]
impl ResolveMutations {
    /// Decides what becomes of edits in conflict: what the device wants is stored, what the project has stays, or something else is
    /// stored by another edit, which takes the place of the one in conflict.
    async fn resolve_conflicts(
        &self,
        context: &Context<'_>,
        input: ResolveConflictsInput,
    ) -> Result<ResolveConflictsPayload, Failure> {
        outcome(resolve(context, input).await)
    }
}

async fn resolve(context: &Context<'_>, input: ResolveConflictsInput) -> Result<ConflictsResolved, Stop> {
    let request = RequestContext::of(context);
    let project: ResourceId = mutate::id("project", &input.project)?;
    let resolutions = input.conflicts.into_iter().map(Resolution::from).collect();
    let command = commands::ResolveConflicts { command_id: command_id(input.command_id), project, resolutions };
    let done = commands::resolve_conflicts(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(ConflictsResolved { project: find(&reading, project).await? })
}

impl From<ConflictInput> for Resolution {
    fn from(input: ConflictInput) -> Self {
        let delta = DeltaId(input.delta);
        match input.resolution {
            ConflictResolutionInput::Use(ConflictSide::Mine) => Self::UseMine(delta),
            ConflictResolutionInput::Use(ConflictSide::Theirs) => Self::UseTheirs(delta),
            ConflictResolutionInput::Edit(edit) => {
                let attributes = edit.attributes.map(|Json(attributes)| attributes).unwrap_or_default();
                Self::Edit(Replacement { id: delta, attributes, geometry: edit.geometry })
            }
        }
    }
}
