//! Decide what becomes of edits that are in conflict.

use std::collections::BTreeSet;

use fieldlog_domain::change_set::{ChangeSet, ChangeSetCommand, ChangeSetRefusal, Replacement, Resolution};
use fieldlog_domain::{ChangeSetId, CommandId, ResourceId, change_set};
use uuid::Uuid;

use super::answer::{DecisionRefusal, append_answer, record};
use super::editable::check;
use super::grouped::grouped;
use crate::authz::{Action, ResourceAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Decide what becomes of edits that are in conflict.
#[derive(Debug, Clone)]
pub struct ResolveConflicts {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The project.
    pub project: ResourceId,
    /// What becomes of each.
    pub resolutions: Vec<Resolution>,
}

/// Decide what becomes of edits that are in conflict. Edits of several delta files are decided file by file; where one is refused,
/// those of the files before it are decided.
pub async fn resolve_conflicts(
    app: &App,
    viewer: &Viewer,
    input: ResolveConflicts,
) -> Result<Done<()>, CommandError<DecisionRefusal>> {
    let project = input.project;
    let granted = app.authorise(viewer, Action::Resource(ResourceAction::DecideEdits, project))?;
    let command = app.command(granted, viewer, input.command_id).about(project);
    check(app, project).await?;
    let mut decided = BTreeSet::new();
    if let Some(twice) = input.resolutions.iter().map(Resolution::delta).find(|delta| !decided.insert(*delta)) {
        return Err(CommandError::invalid("conflicts", format!("expected each edit once, found {twice} twice")));
    }
    let mut receipt = None;
    for (change_set, resolutions) in grouped(app, project, input.resolutions, Resolution::delta)? {
        let (stream, by) = (streams::change_set(change_set), command.derive(&format!("replace {change_set}")));
        let edited = replacements(&resolutions);
        if command.repeated(&stream).await?.is_none() {
            check_resolutions(app, change_set, &resolutions, &edited, by).await?;
        }
        let resolve = ChangeSetCommand::Resolve(change_set::ResolveConflicts { resolutions, by });
        let resolved = command.dispatch::<ChangeSet>(&stream, resolve).await;
        receipt = resolved.map_err(|error| error.map_refusal(DecisionRefusal::ChangeSet))?.or(receipt);
        if !edited.is_empty() {
            let followed = append_answer(&command, project, change_set, by).await;
            receipt = followed.map_err(|error| error.map_refusal(DecisionRefusal::ChangeSet))?.or(receipt);
        }
    }
    Ok(Done::new((), receipt))
}

fn replacements(resolutions: &[Resolution]) -> Vec<Replacement> {
    let edited = resolutions.iter().filter_map(|resolution| match resolution {
        Resolution::Edit(replacement) => Some(replacement.clone()),
        Resolution::UseMine(_) | Resolution::UseTheirs(_) => None,
    });
    edited.collect()
}

/// Whether these are conflicts, and the log tells enough to store something else in their place.
async fn check_resolutions(
    app: &App,
    change_set: ChangeSetId,
    resolutions: &[Resolution],
    edited: &[Replacement],
    by: Uuid,
) -> Result<(), CommandError<DecisionRefusal>> {
    let stream = streams::change_set(change_set);
    let of_rule = |refusal: ChangeSetRefusal| CommandError::Refused(DecisionRefusal::ChangeSet(refusal));
    app.fresh::<ChangeSet, _>(&stream, |known, _| known.check_conflicts(resolutions)).await?.map_err(of_rule)?;
    if !edited.is_empty() {
        record(app, &stream).await?.replacing(edited, by).map_err(of_rule)?;
    }
    Ok(())
}
