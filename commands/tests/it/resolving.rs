//! Conflicts end as somebody decides: one side wins, or something else is stored.

use fieldlog_commands::change_set::*;
use fieldlog_commands::policies::Policies;
use fieldlog_commands::{CommandError, Done, Viewer};
use fieldlog_domain::change_set::{ChangeSetRefusal, DeltaState, Replacement, Resolution};
use fieldlog_domain::shared::Role;
use fieldlog_domain::{CommandId, DeltaId, ResourceId};
use fieldlog_projections::{DeltaStatus, IfChanged};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::applying::{begin, deltas, statuses, waiting, with_data};
use crate::change_sets::{delta, file, push};
use crate::cloud::Cloud;
use crate::undoing::applied;

/// A project with two edits in conflict, and one that is in the data.
async fn in_conflict(cloud: &Cloud, policies: &Policies, ana: &Viewer) -> (ResourceId, Vec<DeltaId>) {
    let project = with_data(cloud, ana).await;
    let edits = [delta("patch"), delta("delete"), delta("patch")];
    cloud.seen(push(cloud, ana, project, &file(project, &edits)).await).await;
    cloud.settled(policies).await;
    let working = begin(cloud, project, waiting(cloud, project)).await;
    let ids = working.given.clone();
    let found = json!({ "attributes": { "height": 9, "name": "oak" } });
    let conflict = |id| json!({ "delta_id": id, "status": "status_conflict", "before": found, "after": found, "conflicts": ["height"] });
    let said = vec![conflict(ids[0]), conflict(ids[1]), applied(ids[2], found.clone(), found.clone())];
    working.say(cloud, "more trees", said).await;
    cloud.settled(policies).await;
    use DeltaStatus::{Applied, Conflict};
    assert_eq!(statuses(cloud, project), [Conflict, Conflict, Applied]);
    (project, ids)
}

async fn resolve(
    cloud: &Cloud,
    viewer: &Viewer,
    project: ResourceId,
    resolutions: Vec<Resolution>,
) -> Result<Done<()>, CommandError<DecisionRefusal>> {
    let command = ResolveConflicts { command_id: None, project, resolutions };
    resolve_conflicts(&cloud.app, viewer, command).await
}

fn edit(id: DeltaId, attributes: Value) -> Resolution {
    let Value::Object(attributes) = attributes else { panic!("expected an object") };
    Resolution::Edit(Replacement { id, attributes, geometry: None })
}

#[tokio::test(flavor = "multi_thread")]
async fn either_side_of_a_conflict_can_be_made_to_win() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let (project, ids) = in_conflict(&cloud, &policies, &ana).await;
    let sides = vec![Resolution::UseMine(ids[0]), Resolution::UseTheirs(ids[1])];
    cloud.seen(resolve(&cloud, &ana, project, sides).await).await;
    use DeltaStatus::{Applied, Ignored, Pending};
    assert_eq!(statuses(&cloud, project), [Pending, Ignored, Applied]);
    let pending = cloud.app.view().pending_deltas(project, 10, 1_000).unwrap();
    assert_eq!(pending[0].if_changed, IfChanged::Overwrite);
    cloud.settled(&policies).await;
    begin(&cloud, project, waiting(&cloud, project)).await.finish(&cloud, "most trees", &["status_applied"]).await;
    cloud.settled(&policies).await;
    assert_eq!(statuses(&cloud, project), [Applied, Ignored, Applied]);
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn something_else_is_stored_by_another_edit_in_place_of_the_one_in_conflict() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let (project, ids) = in_conflict(&cloud, &policies, &ana).await;
    let command_id = Some(CommandId(Uuid::now_v7()));
    let command = || ResolveConflicts { command_id, project, resolutions: vec![edit(ids[0], json!({ "height": 5 }))] };
    let first = resolve_conflicts(&cloud.app, &ana, command()).await.unwrap();
    cloud.settled(&policies).await;
    let events = cloud.feed().await.len();
    assert_eq!(resolve_conflicts(&cloud.app, &ana, command()).await.unwrap(), first);
    assert_eq!(cloud.feed().await.len(), events);

    let rows = deltas(&cloud, project);
    use DeltaStatus::{Applied, Conflict, Pending, Replaced};
    assert_eq!(statuses(&cloud, project), [Replaced, Conflict, Applied, Pending]);
    assert_eq!((rows[0].replaced_by, rows[3].replaces), (Some(rows[3].id), Some(ids[0])));
    let content = &rows[3].content;
    assert_eq!(content["old"], json!({ "attributes": { "height": 9, "name": "oak" } }));
    assert_eq!(content["new"], json!({ "attributes": { "height": 5 } }));
    assert_eq!(content["clientId"], rows[0].content["clientId"], "the feature is found as the device's was");
    let pending = cloud.app.view().pending_deltas(project, 10, 1_000).unwrap();
    assert_eq!(pending[0].if_changed, IfChanged::Stop, "it is about what was seen");

    begin(&cloud, project, waiting(&cloud, project)).await.finish(&cloud, "most trees", &["status_applied"]).await;
    cloud.settled(&policies).await;
    assert_eq!(statuses(&cloud, project), [Replaced, Conflict, Applied, Applied]);
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resolution_that_breaks_off_is_brought_to_its_end() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let (project, ids) = in_conflict(&cloud, &policies, &ana).await;
    policies.shutdown().await;
    cloud.log.crash_after(1);
    resolve(&cloud, &ana, project, vec![edit(ids[0], json!({ "height": 5 }))]).await.unwrap_err();
    cloud.log.come_back();
    let policies = cloud.policies("policies").await;
    cloud.settled(&policies).await;
    let rows = deltas(&cloud, project);
    assert_eq!((rows.len(), rows[0].status, rows[0].replaced_by), (4, DeltaStatus::Replaced, Some(rows[3].id)));
    assert_eq!(rows[3].content["new"], json!({ "attributes": { "height": 5 } }));
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_conflict_or_cannot_be_stored_is_refused_and_leaves_nothing() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let (ana, ben) = (cloud.person("ana").await, cloud.person("ben").await);
    let (project, ids) = in_conflict(&cloud, &policies, &ana).await;
    cloud.collaborator(&ana, project, &ben, Role::Editor).await;
    let events = cloud.feed().await.len();
    let by_editor = resolve(&cloud, &ben, project, vec![Resolution::UseMine(ids[0])]).await.unwrap_err();
    assert_eq!(by_editor, CommandError::Forbidden);
    let refused = |answer: Result<Done<()>, CommandError<DecisionRefusal>>| match answer {
        Err(CommandError::Refused(DecisionRefusal::ChangeSet(refusal))) => refusal,
        other => panic!("expected a refusal, found {other:?}"),
    };
    for of_applied in [Resolution::UseMine(ids[2]), edit(ids[2], json!({ "girth": 5 }))] {
        let answer = resolve(&cloud, &ana, project, vec![Resolution::UseMine(ids[0]), of_applied]).await;
        let (delta, state) = (ids[2], DeltaState::Applied);
        assert_eq!(refused(answer), ChangeSetRefusal::NotInConflict { delta, state });
    }
    let unknown = resolve(&cloud, &ana, project, vec![edit(ids[0], json!({ "girth": 5 }))]).await;
    assert!(matches!(refused(unknown), ChangeSetRefusal::UnknownField { .. }));
    let nothing = resolve(&cloud, &ana, project, vec![edit(ids[0], json!({}))]).await;
    assert_eq!(refused(nothing), ChangeSetRefusal::NothingToStore(ids[0]));
    let twice = resolve(&cloud, &ana, project, vec![Resolution::UseMine(ids[0]), Resolution::UseTheirs(ids[0])]).await;
    assert!(matches!(twice, Err(CommandError::Invalid { field: "conflicts", .. })), "{twice:?}");
    assert_eq!(cloud.feed().await.len(), events);
    policies.shutdown().await;
}
