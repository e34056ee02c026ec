//! Edits that devices push: all of a file or nothing, once, and never lost.

use fieldlog_commands::change_set::*;
use fieldlog_commands::{CommandError, Done, Viewer};
use fieldlog_domain::resource::{ChangeSettings, ProjectType};
use fieldlog_domain::shared::Role;
use fieldlog_domain::{ChangeSetId, ResourceId};
use fieldlog_projections::{DeltaStatus, ListDeltas};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cloud::Cloud;

pub fn delta(method: &str) -> Value {
    json!({
        "uuid": Uuid::new_v4(), "clientId": Uuid::new_v4(), "method": method,
        "localPk": "1", "sourcePk": "1", "localLayerId": "trees", "sourceLayerId": "trees",
        "old": { "attributes": {} }, "new": { "attributes": { "height": 4 } },
    })
}

pub fn file(project: ResourceId, deltas: &[Value]) -> Value {
    json!({ "version": "1.0", "id": Uuid::new_v4(), "project": project, "files": [], "deltas": deltas })
}

pub type Answer = Result<Done<ChangeSetId>, CommandError<PushRefusal>>;

pub async fn push(cloud: &Cloud, viewer: &Viewer, project: ResourceId, file: &Value) -> Answer {
    let content = file.to_string().into();
    push_change_set(&cloud.app, viewer, PushChangeSet { command_id: None, project, content }).await
}

pub async fn with_file(cloud: &Cloud, owner: &Viewer) -> ResourceId {
    let project = cloud.project(owner, "Trees").await;
    cloud.upload(owner, project, "trees.qgs", "<qgis/>").await.unwrap();
    project
}

pub fn listed(cloud: &Cloud, project: ResourceId) -> Vec<(String, DeltaStatus)> {
    let rows = cloud.app.view().deltas(ListDeltas { resource: project, delta_file: None }).unwrap();
    rows.into_iter().map(|row| (row.id.to_string(), row.status)).collect()
}

fn expected(deltas: &[Value], status: DeltaStatus) -> Vec<(String, DeltaStatus)> {
    deltas.iter().map(|delta| (delta["uuid"].as_str().unwrap().to_owned(), status)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_are_listed_in_the_order_of_the_file_and_a_repeated_push_is_nothing() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let project = with_file(&cloud, &ana).await;
    let deltas = [delta("create"), delta("patch"), delta("delete")];
    let file = file(project, &deltas);
    let first = cloud.seen(push(&cloud, &ana, project, &file).await).await;
    assert_eq!(listed(&cloud, project), expected(&deltas, DeltaStatus::Pending));
    let events = cloud.feed().await.len();
    let again = push(&cloud, &ana, project, &file).await.unwrap();
    assert_eq!((again.value, again.receipt), (first, None));
    assert_eq!(cloud.feed().await.len(), events);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_came_with_another_file_already_is_there_once() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let project = with_file(&cloud, &ana).await;
    let (known, new) = (delta("create"), delta("create"));
    cloud.seen(push(&cloud, &ana, project, &file(project, std::slice::from_ref(&known))).await).await;
    let mut changed = known.clone();
    changed["new"]["attributes"]["height"] = json!(5);
    cloud.seen(push(&cloud, &ana, project, &file(project, &[changed, new.clone()])).await).await;
    assert_eq!(listed(&cloud, project), expected(&[known.clone(), new], DeltaStatus::Pending));
    let rows = cloud.app.view().deltas(ListDeltas { resource: project, delta_file: None }).unwrap();
    assert_eq!(rows[0].content, known, "the first one counts");
    // Another project is another matter: nothing that was accepted there is lost here.
    let other = cloud.project(&ana, "Other").await;
    cloud.upload(&ana, other, "trees.qgs", "<qgis/>").await.unwrap();
    cloud.seen(push(&cloud, &ana, other, &file(other, std::slice::from_ref(&known))).await).await;
    assert_eq!(listed(&cloud, other), expected(&[known], DeltaStatus::Pending));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_two_processes_take_at_the_same_time_is_there_once() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let project = with_file(&cloud, &ana).await;
    let elsewhere = cloud.another_process().await;
    for _ in 0..10 {
        let before = listed(&cloud, project).len();
        let shared = delta("create");
        let (one, other) = (file(project, std::slice::from_ref(&shared)), file(project, &[shared]));
        let there = PushChangeSet { command_id: None, project, content: other.to_string().into() };
        let (here, there) = tokio::join!(push(&cloud, &ana, project, &one), push_change_set(&elsewhere, &ana, there));
        here.unwrap();
        there.unwrap();
        cloud.caught_up().await;
        assert_eq!(listed(&cloud, project).len(), before + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reporter_adds_features_and_what_else_they_push_is_kept_but_not_permitted() {
    let cloud = Cloud::start().await;
    let (ana, ben) = (cloud.person("ana").await, cloud.person("ben").await);
    let project = with_file(&cloud, &ana).await;
    cloud.collaborator(&ana, project, &ben, Role::Reporter).await;
    let deltas = [delta("create"), delta("patch"), delta("delete")];
    cloud.seen(push(&cloud, &ben, project, &file(project, &deltas)).await).await;
    let statuses: Vec<_> = listed(&cloud, project).into_iter().map(|(_, status)| status).collect();
    assert_eq!(statuses, [DeltaStatus::Pending, DeltaStatus::Unpermitted, DeltaStatus::Unpermitted]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_is_refused_and_leaves_nothing() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let empty = cloud.project(&ana, "Empty").await;
    let refusal = |answer: Answer| match answer {
        Err(CommandError::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, found {other:?}"),
    };
    let answer = push(&cloud, &ana, empty, &file(empty, &[delta("create")])).await;
    assert_eq!(refusal(answer), PushRefusal::NotEditable(NotEditable::NoProjectFile));
    let project = with_file(&cloud, &ana).await;
    let answer = push(&cloud, &ana, project, &file(empty, &[delta("create")])).await;
    assert_eq!(refusal(answer), PushRefusal::OtherProject { expected: project, found: empty });
    let mut broken = delta("create");
    broken["localPk"] = json!(1);
    let answer = push(&cloud, &ana, project, &file(project, &[delta("create"), broken])).await;
    let said = refusal(answer).to_string();
    assert_eq!(said, "the delta file: deltas[1].localPk: expected a text, found 1");
    let settings = ChangeSettings { is_template: Some(true), ..ChangeSettings::default() };
    let change = fieldlog_commands::project::ChangeProject { project, settings, ..Default::default() };
    cloud.seen(fieldlog_commands::project::change_project(&cloud.app, &ana, change).await).await;
    let answer = push(&cloud, &ana, project, &file(project, &[delta("create")])).await;
    assert_eq!(refusal(answer), PushRefusal::NotEditable(NotEditable::NotRegular(ProjectType::Template)));
    assert_eq!((listed(&cloud, project), cloud.count("change_set_received").await), (vec![], 0));
}
