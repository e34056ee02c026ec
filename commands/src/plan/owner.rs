//! What the plan of a project's owner is against.

use fieldlog_domain::ResourceId;
use fieldlog_domain::account::AccountKind;
use fieldlog_domain::job::JobKind;
use fieldlog_domain::resource::Visibility;
use fieldlog_projections::{AccountRow, ReadError, View};

use super::{NoRoom, OwnerRefusal, Subscription, UnknownPlan};
use crate::{App, CommandError, Never, Viewer};

/// Refuses jobs that pack, apply or create, unless the owner's plan lets them run (QFieldCloud reference, section 7.3): it is
/// active, there is room, and layers on a server are part of it. Looking at a project file is always possible.
pub fn check_owner_allows_jobs(app: &App, project: ResourceId) -> Result<(), CommandError<OwnerRefusal>> {
    let view = app.view();
    let row = view.resource(project)?.ok_or(CommandError::NotFound("project"))?;
    let owner = view.account(row.owner)?.ok_or(CommandError::NotFound("account"))?;
    let Subscription { plan, status, until, is_active, .. } =
        app.subscription_of(&owner).map_err(|unknown| CommandError::Refused(unknown.into()))?;
    if !is_active {
        return Err(CommandError::Refused(OwnerRefusal::Inactive { owner: owner.name, status, until }));
    }
    if let Some(quota) = plan.storage_bytes {
        check_room(app, &owner, quota, 1)?;
    }
    let details = row.ready.filter(|_| !plan.is_external_db_supported).map(|ready| view.details(ready)).transpose()?;
    if details.flatten().is_some_and(|details| details.has_online_vector_layers()) {
        return Err(CommandError::Refused(OwnerRefusal::NoExternalDatabases { owner: owner.name, plan: plan.code }));
    }
    Ok(())
}

/// Whether a job has a reason to reach servers, and the plan of the project's owner lets it: layers on a server are part of the plan,
/// and the project has some, or nobody knows yet because the job is to find out.
pub fn job_reaches_servers(app: &App, view: &View, kind: JobKind, project: ResourceId) -> Result<bool, ReadError> {
    let Some(row) = view.resource(project)? else { return Ok(false) };
    let Some(owner) = view.account(row.owner)? else { return Ok(false) };
    let is_part_of_plan =
        app.subscription_of(&owner).is_ok_and(|subscription| subscription.plan.is_external_db_supported);
    if !is_part_of_plan {
        return Ok(false);
    }
    match kind {
        JobKind::ProcessProjectFile => Ok(true),
        JobKind::Package | JobKind::ApplyDeltas => {
            let details = row.ready.map(|ready| view.details(ready)).transpose()?.flatten();
            Ok(details.is_some_and(|details| details.has_online_vector_layers()))
        }
        JobKind::CreateProject => Ok(false),
    }
}

/// Refuses to give a project to an owner who has no room for it.
pub(crate) fn check_room_for_project(
    app: &App,
    project: ResourceId,
    owner: &AccountRow,
) -> Result<(), CommandError<OwnerRefusal>> {
    let Some(quota) = room_of(app, owner).map_err(|unknown| CommandError::Refused(unknown.into()))? else {
        return Ok(());
    };
    let size = app.view().resource(project)?.map(|row| row.kept_bytes).unwrap_or_default();
    check_room(app, owner, quota, size)
}

/// The most bytes that the files of an owner may have; none: no limit.
pub(crate) fn room_of(app: &App, owner: &AccountRow) -> Result<Option<u64>, UnknownPlan> {
    Ok(app.subscription_of(owner)?.plan.storage_bytes)
}

fn check_room(app: &App, owner: &AccountRow, quota: u64, needed: u64) -> Result<(), CommandError<OwnerRefusal>> {
    let used = app.view().storage_used(owner.id)?;
    match used.saturating_add(needed) > quota {
        true => Err(CommandError::Refused(NoRoom { owner: owner.name.clone(), quota, used, needed }.into())),
        false => Ok(()),
    }
}

/// Whether a role on a project counts (QFieldCloud reference, section 5.1): the project is public, or its owner's plan allows
/// as many collaborators as it has, and the viewer belongs to the organization that owns it.
///
/// Field clients ask so before they download a project; everything else goes by the role alone.
pub fn check_role_counts(app: &App, viewer: &Viewer, project: ResourceId) -> Result<(), CommandError<Never>> {
    let Some(person) = viewer.account.filter(|_| !viewer.is_admin) else { return Ok(()) };
    let view = app.view();
    let row = view.resource(project)?.ok_or(CommandError::NotFound("project"))?;
    if row.visibility == Visibility::Public {
        return Ok(());
    }
    let owner = view.account(row.owner)?.ok_or(CommandError::NotFound("account"))?;
    // On a plan that is not there nothing is limited that was not limited when people came to work on the project.
    let plan = app.subscription_of(&owner).ok().map(|subscription| subscription.plan);
    if let Some(limit) = plan.and_then(|plan| plan.max_collaborators_per_private_project)
        && view.count_person_collaborators(project)? > limit.into()
    {
        return Err(CommandError::Forbidden);
    }
    match owner.kind {
        AccountKind::Organization if view.membership(owner.id, person)?.is_none() => Err(CommandError::Forbidden),
        AccountKind::Organization | AccountKind::Person => Ok(()),
    }
}
