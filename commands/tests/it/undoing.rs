//! Edits that are in the data are undone by other edits, which are applied like any other.

use fieldlog_commands::change_set::*;
use fieldlog_commands::policies::Policies;
use fieldlog_commands::{CommandError, Done, Viewer};
use fieldlog_domain::change_set::ChangeSetRefusal;
use fieldlog_domain::job::JobState;
use fieldlog_domain::shared::Role;
use fieldlog_domain::{CommandId, DeltaId, ResourceId};
use fieldlog_projections::{DeltaRow, DeltaStatus, IfChanged, ListDeltas};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::applying::{begin, deltas, jobs, statuses, waiting, with_data};
use crate::change_sets::{delta, file, push};
use crate::cloud::Cloud;

fn oak(height: i64) -> Value {
    json!({ "attributes": { "fid": 17, "height": height }, "geometry": "Point (7 46)" })
}

/// What QGIS says of an edit that it applied.
pub fn applied(id: DeltaId, before: Value, after: Value) -> Value {
    json!({ "delta_id": id, "status": "status_applied", "modified_pk": "17", "before": before, "after": after })
}

/// A tree comes and grows; a second one cannot come.
struct Edited {
    project: ResourceId,
    delta_file: Uuid,
    ids: Vec<DeltaId>,
}

async fn edited(cloud: &Cloud, policies: &Policies, ana: &Viewer) -> Edited {
    let project = with_data(cloud, ana).await;
    let edits = [delta("create"), delta("patch"), delta("create")];
    let file = file(project, &edits);
    cloud.seen(push(cloud, ana, project, &file).await).await;
    cloud.settled(policies).await;
    let working = begin(cloud, project, waiting(cloud, project)).await;
    let ids = working.given.clone();
    let grown = [3, 4].map(|height| json!({ "attributes": { "height": height } }));
    let failed = json!({ "delta_id": ids[2], "status": "status_apply_failed", "before": null, "after": null });
    let [before, after] = grown;
    let said = vec![applied(ids[0], Value::Null, oak(3)), applied(ids[1], before, after), failed];
    working.say(cloud, "more trees", said).await;
    cloud.settled(policies).await;
    Edited { project, delta_file: file["id"].as_str().unwrap().parse().unwrap(), ids }
}

impl Edited {
    fn undo(&self) -> UndoChangeSet {
        UndoChangeSet { command_id: None, project: self.project, delta_file: self.delta_file, deltas: None }
    }
}

type Answer = Result<Done<Uuid>, CommandError<DecisionRefusal>>;

fn refusal(answer: Answer) -> ChangeSetRefusal {
    match answer {
        Err(CommandError::Refused(DecisionRefusal::ChangeSet(refusal))) => refusal,
        other => panic!("expected a refusal, found {other:?}"),
    }
}

fn of_file(cloud: &Cloud, project: ResourceId, delta_file: Uuid) -> Vec<DeltaRow> {
    cloud.app.view().deltas(ListDeltas { resource: project, delta_file: Some(delta_file) }).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_is_a_change_set_of_its_own_with_the_opposite_the_last_first() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let edited = edited(&cloud, &policies, &ana).await;
    let by = cloud.seen(undo_change_set(&cloud.app, &ana, edited.undo()).await).await;
    let rows = of_file(&cloud, edited.project, by);
    let told: Vec<_> = rows.iter().map(|row| (row.content["method"].as_str().unwrap(), row.undoes.unwrap())).collect();
    assert_eq!(told, [("patch", edited.ids[1]), ("delete", edited.ids[0])], "what was not applied is left out");
    let content = &rows[0].content;
    assert_eq!(
        (&content["old"], &content["new"]),
        (&json!({"attributes": {"height": 4}}), &json!({"attributes": {"height": 3}}))
    );
    assert_eq!((&rows[1].content["old"], &rows[1].content["sourcePk"]), (&oak(3), &json!("17")));
    assert_eq!(rows[0].added_by, ana.account);
    let first = &deltas(&cloud, edited.project)[..3];
    let undone_by: Vec<_> = first.iter().map(|row| row.undone_by).collect();
    assert_eq!(undone_by, [Some(rows[1].id), Some(rows[0].id), None]);
    assert_eq!(first[0].status, DeltaStatus::Applied, "how it fared stays");
    let pending = cloud.app.view().pending_deltas(edited.project, 10, 1_000_000).unwrap();
    assert!(pending.iter().all(|delta| delta.if_changed == IfChanged::Stop), "it never overwrites");

    cloud.settled(&policies).await;
    let job = waiting(&cloud, edited.project);
    assert_eq!(cloud.app.view().job(job).unwrap().unwrap().requester, ana.account);
    let working = begin(&cloud, edited.project, job).await;
    let patched = json!({ "attributes": { "height": 3 } });
    let said = vec![
        applied(working.given[0], json!({ "attributes": { "height": 4 } }), patched),
        applied(working.given[1], oak(3), Value::Null),
    ];
    working.say(&cloud, "trees again", said).await;
    cloud.settled(&policies).await;
    use DeltaStatus::{Applied, NotApplied};
    assert_eq!(statuses(&cloud, edited.project), [Applied, Applied, NotApplied, Applied, Applied]);

    // And back again: the undo is undone like any other change set.
    let redo = UndoChangeSet { delta_file: by, ..edited.undo() };
    let redone = cloud.seen(undo_change_set(&cloud.app, &ana, redo).await).await;
    let rows = of_file(&cloud, edited.project, redone);
    let methods: Vec<_> = rows.iter().map(|row| row.content["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["create", "patch"]);
    assert_eq!(rows[0].content["new"], oak(3), "with its key");
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_undone_is_refused_a_second_time_and_a_repeated_command_is_answered() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let edited = edited(&cloud, &policies, &ana).await;
    let some = UndoChangeSet { deltas: Some(vec![edited.ids[0]]), ..edited.undo() };
    let command_id = Some(CommandId(Uuid::now_v7()));
    let named = UndoChangeSet { command_id, ..some.clone() };
    let first = undo_change_set(&cloud.app, &ana, named.clone()).await.unwrap();
    cloud.settled(&policies).await;
    let events = cloud.feed().await.len();
    assert_eq!(undo_change_set(&cloud.app, &ana, named).await.unwrap(), first);
    assert_eq!(
        refusal(undo_change_set(&cloud.app, &ana, some).await),
        ChangeSetRefusal::AlreadyUndone { by: first.value }
    );
    assert_eq!(cloud.feed().await.len(), events);
    // What is left can be undone still.
    let rest = cloud.seen(undo_change_set(&cloud.app, &ana, edited.undo()).await).await;
    let undoes: Vec<_> = of_file(&cloud, edited.project, rest).iter().map(|row| row.undoes).collect();
    assert_eq!(undoes, [Some(edited.ids[1])]);
    let refused = refusal(undo_change_set(&cloud.app, &ana, edited.undo()).await);
    assert!(matches!(refused, ChangeSetRefusal::AlreadyUndone { .. }), "{refused}");
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_undone_is_refused_and_leaves_nothing() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let edited = edited(&cloud, &policies, &ana).await;
    let events = cloud.feed().await.len();
    let some = |deltas| UndoChangeSet { deltas: Some(deltas), ..edited.undo() };
    let not_applied = undo_change_set(&cloud.app, &ana, some(vec![edited.ids[2]])).await;
    assert_eq!(refusal(not_applied), ChangeSetRefusal::NothingToUndo);
    let unknown = DeltaId(Uuid::now_v7());
    let answer = undo_change_set(&cloud.app, &ana, some(vec![unknown])).await;
    assert_eq!(refusal(answer), ChangeSetRefusal::NoSuchDelta(unknown));
    let nobodys = UndoChangeSet { delta_file: Uuid::now_v7(), ..edited.undo() };
    let answer = undo_change_set(&cloud.app, &ana, nobodys).await;
    assert_eq!(answer.unwrap_err(), CommandError::NotFound("delta file"));
    assert_eq!(cloud.feed().await.len(), events);

    // A job that does not say how the feature was.
    let file = file(edited.project, &[delta("delete")]);
    cloud.seen(push(&cloud, &ana, edited.project, &file).await).await;
    cloud.settled(&policies).await;
    begin(&cloud, edited.project, waiting(&cloud, edited.project))
        .await
        .finish(&cloud, "few", &["status_applied"])
        .await;
    cloud.settled(&policies).await;
    let events = cloud.feed().await.len();
    let delta_file = file["id"].as_str().unwrap().parse().unwrap();
    let refused = refusal(undo_change_set(&cloud.app, &ana, UndoChangeSet { delta_file, ..edited.undo() }).await);
    assert!(matches!(refused, ChangeSetRefusal::CannotBeUndone { .. }), "{refused}");
    assert_eq!(cloud.feed().await.len(), events);
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_change_features_undoes_edits() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let edited = edited(&cloud, &policies, &ana).await;
    let (ben, eva, zoe) = (cloud.person("ben").await, cloud.person("eva").await, cloud.person("zoe").await);
    cloud.collaborator(&ana, edited.project, &ben, Role::Reporter).await;
    cloud.collaborator(&ana, edited.project, &eva, Role::Editor).await;
    assert_eq!(undo_change_set(&cloud.app, &ben, edited.undo()).await.unwrap_err(), CommandError::Forbidden);
    let hidden = undo_change_set(&cloud.app, &zoe, edited.undo()).await.unwrap_err();
    assert_eq!(hidden, CommandError::NotFound("resource"));
    cloud.seen(undo_change_set(&cloud.app, &eva, edited.undo()).await).await;
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_breaks_off_is_brought_to_its_end() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let edited = edited(&cloud, &policies, &ana).await;
    policies.shutdown().await;
    // It is decided, and then the process dies.
    cloud.log.crash_after(1);
    undo_change_set(&cloud.app, &ana, edited.undo()).await.unwrap_err();
    cloud.log.come_back();
    assert_eq!((cloud.count("deltas_undone").await, cloud.count("deltas_received").await), (1, 1));

    let policies = cloud.policies("policies").await;
    cloud.settled(&policies).await;
    let rows = deltas(&cloud, edited.project);
    let undoes: Vec<_> = rows.iter().skip(3).map(|row| row.undoes).collect();
    assert_eq!(undoes, [Some(edited.ids[1]), Some(edited.ids[0])]);
    waiting(&cloud, edited.project);
    let refused = refusal(undo_change_set(&cloud.app, &ana, edited.undo()).await);
    assert_eq!(refused, ChangeSetRefusal::AlreadyUndone { by: rows[3].delta_file });

    // From the start of the log nothing follows a second time.
    let events = cloud.feed().await.len();
    let again = cloud.policies("forgetful").await;
    cloud.settled(&again).await;
    assert_eq!(cloud.feed().await.len(), events);
    for policies in [policies, again] {
        policies.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_undo_the_same_at_the_same_time_undo_it_once() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let edited = edited(&cloud, &policies, &ana).await;
    let elsewhere = cloud.another_process().await;
    let (here, there) = tokio::join!(
        undo_change_set(&cloud.app, &ana, edited.undo()),
        undo_change_set(&elsewhere, &ana, edited.undo())
    );
    assert!(here.is_ok() != there.is_ok(), "{here:?} {there:?}");
    cloud.settled(&policies).await;
    assert_eq!((deltas(&cloud, edited.project).len(), cloud.count("deltas_undone").await), (5, 1));
    let states: Vec<_> = jobs(&cloud, edited.project).iter().map(|job| job.state).collect();
    assert_eq!(states, [JobState::Finished, JobState::Requested]);
    policies.shutdown().await;
}
