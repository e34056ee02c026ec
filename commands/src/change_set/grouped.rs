//! Finds the change sets that edits came with.

use std::collections::BTreeMap;

use fieldlog_domain::change_set::ChangeSetRefusal;
use fieldlog_domain::{ChangeSetId, DeltaId, ResourceId};

use crate::{App, CommandError};

/// What was said of edits of a project, by the change sets that the edits came with.
pub(super) fn grouped<T, R: From<ChangeSetRefusal>>(
    app: &App,
    project: ResourceId,
    said: Vec<T>,
    delta: impl Fn(&T) -> DeltaId,
) -> Result<BTreeMap<ChangeSetId, Vec<T>>, CommandError<R>> {
    let ids: Vec<DeltaId> = said.iter().map(delta).collect();
    let change_sets = app.view().change_sets_of(project, &ids)?;
    let mut grouped: BTreeMap<ChangeSetId, Vec<T>> = BTreeMap::new();
    for ((said, delta), change_set) in said.into_iter().zip(ids).zip(change_sets) {
        let unknown = || CommandError::Refused(ChangeSetRefusal::NoSuchDelta(delta).into());
        grouped.entry(change_set.ok_or_else(unknown)?).or_default().push(said);
    }
    Ok(grouped)
}
