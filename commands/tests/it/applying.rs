//! What comes of edits when a job tried to apply them: the files it made are taken with all of its edits, or nothing is.

use fieldlog_commands::change_set::{DecideDeltas, Decision, decide_deltas};
use fieldlog_commands::job::*;
use fieldlog_commands::{CommandError, Viewer};
use fieldlog_domain::change_set::{ChangeSetRefusal, DeltaState};
use fieldlog_domain::job::{DELTA_OUTCOMES, JobError, JobErrorKind, JobKind, JobOutput, JobState, RunRecord};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{DeltaId, JobId, ResourceId, Sha256Digest};
use fieldlog_projections::{DeltaRow, DeltaStatus, IfChanged, JobRow, ListDeltas, ListJobs, Page};
use serde_json::{Value, json};

use crate::change_sets::{delta, file, push, with_file};
use crate::cloud::Cloud;
use crate::jobs::{claim, start};

const DATA: &str = "trees.gpkg";

pub fn jobs(cloud: &Cloud, project: ResourceId) -> Vec<JobRow> {
    let list = ListJobs { resource: Some(project), states: None, page: Page::first(50) };
    let mut rows = cloud.app.view().jobs(list).unwrap().rows;
    rows.retain(|job| job.kind == JobKind::ApplyDeltas);
    rows.reverse();
    rows
}

pub fn waiting(cloud: &Cloud, project: ResourceId) -> JobId {
    let waiting: Vec<_> = jobs(cloud, project).into_iter().filter(|job| job.state == JobState::Requested).collect();
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    waiting[0].id
}

pub fn deltas(cloud: &Cloud, project: ResourceId) -> Vec<DeltaRow> {
    cloud.app.view().deltas(ListDeltas { resource: project, delta_file: None }).unwrap()
}

pub fn statuses(cloud: &Cloud, project: ResourceId) -> Vec<DeltaStatus> {
    deltas(cloud, project).into_iter().map(|row| row.status).collect()
}

fn versions(cloud: &Cloud, project: ResourceId) -> usize {
    let path = FilePath::try_new(DATA).unwrap();
    let row = cloud.app.view().file(project, &path).unwrap().unwrap();
    cloud.app.view().versions(row.id, Page::first(50)).unwrap().rows.len()
}

pub async fn content(cloud: &Cloud, project: ResourceId) -> String {
    let path = FilePath::try_new(DATA).unwrap();
    let current = cloud.app.view().file(project, &path).unwrap().unwrap();
    let bytes = cloud.app.storage().read_to_bytes(&current.current.digest, 1_000).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// An apply job in the hands of a worker that was given `base` and these edits.
pub struct Working {
    pub job: JobId,
    attempt: u32,
    base: Sha256Digest,
    pub given: Vec<DeltaId>,
}

pub async fn begin(cloud: &Cloud, project: ResourceId, job: JobId) -> Working {
    let worker = Viewer::system(None);
    let claimed = claim_job(&cloud.app, &worker, claim(job)).await;
    let attempt = cloud.seen(claimed).await;
    let view = cloud.app.view();
    let given: Vec<_> = view.pending_deltas(project, 100, 1_000_000).unwrap().into_iter().map(|d| d.id).collect();
    let base = view.file(project, &FilePath::try_new(DATA).unwrap()).unwrap().unwrap().current.digest;
    let inputs = JobInputs { deltas: given.clone(), ..JobInputs::default() };
    let inputs = cloud.app.storage().put_bytes(inputs.to_json()).await.unwrap().digest;
    cloud.seen(start_job(&cloud.app, &worker, StartJob { inputs, ..start(job, attempt) }).await).await;
    Working { job, attempt, base, given }
}

impl Working {
    /// The worker is done: the file holds `content`, and each edit fared like this.
    pub async fn finish(&self, cloud: &Cloud, content: &str, statuses: &[&str]) {
        let item = |(id, status): (&DeltaId, &&str)| {
            let after = (*status == "status_applied").then(|| json!({ "attributes": { "height": 4 } }));
            json!({ "delta_id": id, "status": status, "modified_pk": "17", "msg": "tried", "after": after })
        };
        self.say(cloud, content, self.given.iter().zip(statuses).map(item).collect()).await;
    }

    /// The worker is done: the file holds `content`, and this is what QGIS says of the edits.
    pub async fn say(&self, cloud: &Cloud, content: &str, items: Vec<Value>) {
        let (outcomes, data) = (Value::Array(items).to_string(), content.to_owned());
        let mut outputs = vec![];
        for (name, content) in [(DELTA_OUTCOMES, outcomes), (DATA, data)] {
            let blob = cloud.app.storage().put_bytes(content.into()).await.unwrap();
            outputs.push(JobOutput {
                name: name.to_owned(),
                digest: blob.digest,
                size: blob.size,
                media_type: "application/octet-stream".to_owned(),
                etag: Some(blob.etag),
                replaces: (name == DATA).then_some(self.base),
            });
        }
        let finish = FinishJob {
            command_id: None,
            job: self.job,
            attempt: self.attempt,
            outputs,
            removed: vec![],
            run: RunRecord::default(),
        };
        cloud.seen(finish_job(&cloud.app, &Viewer::system(None), finish).await).await;
    }

    async fn fail(&self, cloud: &Cloud) {
        let error = JobError { kind: JobErrorKind::OutOfMemory, message: "it needed too much".into(), step: None };
        let (job, attempt, run) = (self.job, self.attempt, RunRecord::default());
        let fail = FailJob { command_id: None, job, attempt, error, run };
        cloud.seen(fail_job(&cloud.app, &Viewer::system(None), fail).await).await;
    }
}

pub async fn with_data(cloud: &Cloud, owner: &Viewer) -> ResourceId {
    let project = with_file(cloud, owner).await;
    cloud.upload(owner, project, DATA, "trees").await.unwrap();
    project
}

async fn pushed(cloud: &Cloud, viewer: &Viewer, project: ResourceId, count: usize) -> Vec<Value> {
    let deltas: Vec<_> = (0..count).map(|_| delta("patch")).collect();
    cloud.seen(push(cloud, viewer, project, &file(project, &deltas)).await).await;
    deltas
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_are_applied_and_say_what_came_of_them() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let project = with_data(&cloud, &ana).await;
    cloud.settled(&policies).await;
    pushed(&cloud, &ana, project, 4).await;
    cloud.settled(&policies).await;
    let job = waiting(&cloud, project);
    assert_eq!(cloud.app.view().job(job).unwrap().unwrap().requester, ana.account);
    let working = begin(&cloud, project, job).await;
    assert_eq!(statuses(&cloud, project), [DeltaStatus::Started; 4]);
    let said = ["status_applied", "status_conflict", "status_apply_failed", "status_unknown_error"];
    working.finish(&cloud, "more trees", &said).await;
    cloud.settled(&policies).await;
    assert_eq!(content(&cloud, project).await, "more trees");
    let rows = deltas(&cloud, project);
    use DeltaStatus::{Applied, Conflict, Error, NotApplied};
    assert_eq!(statuses(&cloud, project), [Applied, Conflict, NotApplied, Error]);
    assert_eq!((rows[0].modified_pk.as_deref(), rows[0].job), (Some("17"), Some(job)));
    assert_eq!(rows[0].after, Some(json!({ "attributes": { "height": 4 } })));
    assert_eq!(rows[1].feedback.as_ref().unwrap()["msg"], "tried");
    assert!(cloud.app.view().job(job).unwrap().unwrap().settled_at.is_some());
    assert_eq!(jobs(&cloud, project).len(), 1, "nothing is left to do");
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_that_come_before_a_job_begins_are_done_by_it_and_later_ones_by_the_next() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let project = with_data(&cloud, &ana).await;
    for _ in 0..3 {
        pushed(&cloud, &ana, project, 1).await;
        cloud.settled(&policies).await;
    }
    let working = begin(&cloud, project, waiting(&cloud, project)).await;
    assert_eq!(working.given.len(), 3);
    pushed(&cloud, &ana, project, 1).await;
    cloud.settled(&policies).await;
    let next = waiting(&cloud, project);
    assert!(!is_claimable(&cloud, next), "the first one is not settled yet");
    working.finish(&cloud, "more trees", &["status_applied"; 3]).await;
    assert!(!is_claimable(&cloud, next) || cloud.app.view().job(working.job).unwrap().unwrap().settled_at.is_some());
    cloud.settled(&policies).await;
    assert!(is_claimable(&cloud, next));
    assert_eq!(begin(&cloud, project, next).await.given.len(), 1);
    policies.shutdown().await;
}

fn is_claimable(cloud: &Cloud, job: JobId) -> bool {
    let view = cloud.app.view();
    view.claimable_jobs(cloud.app.now(), 50).unwrap().iter().any(|row| row.id == job)
}

#[tokio::test(flavor = "multi_thread")]
async fn results_for_a_file_that_changed_meanwhile_are_thrown_away_and_made_again() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let project = with_data(&cloud, &ana).await;
    pushed(&cloud, &ana, project, 2).await;
    cloud.settled(&policies).await;
    let working = begin(&cloud, project, waiting(&cloud, project)).await;
    cloud.upload(&ana, project, DATA, "other trees").await.unwrap();
    working.finish(&cloud, "more trees", &["status_applied"; 2]).await;
    cloud.settled(&policies).await;
    assert_eq!(content(&cloud, project).await, "other trees", "what was uploaded is not lost");
    assert_eq!(statuses(&cloud, project), [DeltaStatus::Pending; 2], "nor are the edits");
    let again = begin(&cloud, project, waiting(&cloud, project)).await;
    again.finish(&cloud, "more other trees", &["status_applied"; 2]).await;
    cloud.settled(&policies).await;
    assert_eq!(content(&cloud, project).await, "more other trees");
    assert_eq!(statuses(&cloud, project), [DeltaStatus::Applied; 2]);
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_jobs_with_the_same_edits_the_first_counts() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let project = with_data(&cloud, &ana).await;
    pushed(&cloud, &ana, project, 2).await;
    let policies = cloud.policies("policies").await;
    cloud.settled(&policies).await;
    policies.shutdown().await;
    // Nobody settles the first one before a second worker, whose read model lags behind, has begun with the same edits.
    let first = begin(&cloud, project, waiting(&cloud, project)).await;
    let ask = RequestJob { command_id: None, resource: project, kind: JobKind::ApplyDeltas, is_forced: false };
    let second = cloud.seen(request_job(&cloud.app, &ana, ask).await).await.job;
    let second = begin(&cloud, project, second).await;
    assert_eq!(first.given, second.given);
    second.finish(&cloud, "trees by the second", &["status_applied"; 2]).await;
    first.finish(&cloud, "trees by the first", &["status_applied"; 2]).await;
    let policies = cloud.policies("policies").await;
    cloud.settled(&policies).await;
    assert_eq!(content(&cloud, project).await, "trees by the second");
    assert_eq!(statuses(&cloud, project), [DeltaStatus::Applied; 2]);
    assert!(deltas(&cloud, project).iter().all(|row| row.job == Some(second.job)));
    assert_eq!(versions(&cloud, project), 2, "the other results were thrown away");
    assert_eq!(jobs(&cloud, project).len(), 2, "nothing is left to do");
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_a_database_is_not_done_again_with_the_files() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let project = with_data(&cloud, &ana).await;
    pushed(&cloud, &ana, project, 2).await;
    cloud.settled(&policies).await;
    let working = begin(&cloud, project, waiting(&cloud, project)).await;
    cloud.upload(&ana, project, DATA, "meanwhile").await.unwrap();
    let [in_database, in_file] = working.given[..] else { panic!("two edits were given") };
    let item = |id: DeltaId| json!({ "delta_id": id, "status": "status_applied", "modified_pk": "17", "msg": "tried" });
    let mut told = item(in_database);
    told["is_final"] = json!(true);
    working.say(&cloud, "more trees", vec![told, item(in_file)]).await;
    cloud.settled(&policies).await;
    assert_eq!(content(&cloud, project).await, "meanwhile", "the files of the job were thrown away");
    assert_eq!(statuses(&cloud, project), [DeltaStatus::Applied, DeltaStatus::Pending]);
    let again = begin(&cloud, project, waiting(&cloud, project)).await;
    assert_eq!(again.given, [in_file]);
    again.finish(&cloud, "all the trees", &["status_applied"]).await;
    cloud.settled(&policies).await;
    assert_eq!(statuses(&cloud, project), [DeltaStatus::Applied; 2]);
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_and_a_second_look_at_the_whole_log_settle_once() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let project = with_data(&cloud, &ana).await;
    pushed(&cloud, &ana, project, 3).await;
    let policies = cloud.policies("policies").await;
    cloud.settled(&policies).await;
    policies.shutdown().await;
    let working = begin(&cloud, project, waiting(&cloud, project)).await;
    working.finish(&cloud, "more trees", &["status_applied", "status_conflict", "status_applied"]).await;
    let elsewhere = cloud.another_process().await;
    let other =
        fieldlog_commands::policies::Policies::start(&elsewhere, &cloud.dir.path().join("other")).await.unwrap();
    let policies = cloud.policies("policies").await;
    cloud.settled(&policies).await;
    cloud.settled(&other).await;
    let events = cloud.feed().await.len();
    // From the start of the log, as after losing the record of how far they came.
    let again = cloud.policies("forgetful").await;
    cloud.settled(&again).await;
    assert_eq!(cloud.feed().await.len(), events);
    assert_eq!((cloud.count("job_settled").await, cloud.count("deltas_settled").await), (1, 1));
    assert_eq!(versions(&cloud, project), 2);
    for policies in [policies, other, again] {
        policies.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_of_a_job_that_failed_say_so_and_can_be_tried_again() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let (ana, ben) = (cloud.person("ana").await, cloud.person("ben").await);
    let project = with_data(&cloud, &ana).await;
    cloud.collaborator(&ana, project, &ben, fieldlog_domain::shared::Role::Editor).await;
    pushed(&cloud, &ben, project, 2).await;
    cloud.settled(&policies).await;
    begin(&cloud, project, waiting(&cloud, project)).await.fail(&cloud).await;
    cloud.settled(&policies).await;
    let rows = deltas(&cloud, project);
    assert_eq!(statuses(&cloud, project), [DeltaStatus::Error; 2]);
    assert_eq!(rows[0].feedback.as_ref().unwrap()["msg"], "it needed too much");
    assert_eq!(content(&cloud, project).await, "trees");

    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let decide =
        |deltas: &[DeltaId], decision| DecideDeltas { command_id: None, project, deltas: deltas.to_vec(), decision };
    let again = || Decision::ApplyAgain { columns: vec![] };
    let denied = decide_deltas(&cloud.app, &ben, decide(&ids, again())).await.unwrap_err();
    assert_eq!(denied, CommandError::Forbidden);
    cloud.seen(decide_deltas(&cloud.app, &ana, decide(&ids[..1], again())).await).await;
    cloud.seen(decide_deltas(&cloud.app, &ana, decide(&ids[1..], Decision::Ignore)).await).await;
    cloud.settled(&policies).await;
    assert_eq!(statuses(&cloud, project), [DeltaStatus::Pending, DeltaStatus::Ignored]);
    let pending = cloud.app.view().pending_deltas(project, 10, 1_000).unwrap();
    assert_eq!(pending[0].if_changed, IfChanged::AsTheProjectSays);
    begin(&cloud, project, waiting(&cloud, project)).await.finish(&cloud, "more trees", &["status_applied"]).await;
    cloud.settled(&policies).await;
    assert_eq!(statuses(&cloud, project), [DeltaStatus::Applied, DeltaStatus::Ignored]);
    let refused = decide_deltas(&cloud.app, &ana, decide(&ids[..1], again())).await.unwrap_err();
    let (delta, state) = (ids[0], DeltaState::Applied);
    assert_eq!(refused, CommandError::Refused(ChangeSetRefusal::NotOpen { delta, state }));
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_about_which_the_job_is_silent_is_an_error_and_a_cancelled_job_says_so() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let project = with_data(&cloud, &ana).await;
    pushed(&cloud, &ana, project, 2).await;
    cloud.settled(&policies).await;
    begin(&cloud, project, waiting(&cloud, project)).await.finish(&cloud, "more trees", &["status_applied"]).await;
    cloud.settled(&policies).await;
    assert_eq!(statuses(&cloud, project), [DeltaStatus::Applied, DeltaStatus::Error]);
    pushed(&cloud, &ana, project, 1).await;
    cloud.settled(&policies).await;
    let cancel = CancelJob { command_id: None, job: waiting(&cloud, project) };
    cloud.seen(cancel_job(&cloud.app, &ana, cancel).await).await;
    cloud.settled(&policies).await;
    let last = deltas(&cloud, project).pop().unwrap();
    assert_eq!(last.status, DeltaStatus::Error);
    assert_eq!(last.feedback.unwrap()["msg"], "the job that should apply it was cancelled");
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_that_came_after_a_job_was_cancelled_are_not_its_own() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let project = with_data(&cloud, &ana).await;
    pushed(&cloud, &ana, project, 1).await;
    cloud.settled(&policies).await;
    policies.shutdown().await;
    let cancel = CancelJob { command_id: None, job: waiting(&cloud, project) };
    cloud.seen(cancel_job(&cloud.app, &ana, cancel).await).await;
    pushed(&cloud, &ana, project, 1).await;
    let policies = cloud.policies("policies").await;
    cloud.settled(&policies).await;
    assert_eq!(statuses(&cloud, project), [DeltaStatus::Error, DeltaStatus::Pending]);
    assert_eq!(begin(&cloud, project, waiting(&cloud, project)).await.given.len(), 1);
    policies.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn results_that_are_lost_are_made_again_and_hold_nobody_up() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let project = with_data(&cloud, &ana).await;
    pushed(&cloud, &ana, project, 1).await;
    let policies = cloud.policies("policies").await;
    cloud.settled(&policies).await;
    policies.shutdown().await;
    let working = begin(&cloud, project, waiting(&cloud, project)).await;
    working.finish(&cloud, "more trees", &["status_applied"]).await;
    let outputs = cloud.app.view().job(working.job).unwrap().unwrap().outputs;
    let outcomes = outputs.iter().find(|output| output.name == DELTA_OUTCOMES).unwrap();
    cloud.app.storage().delete(&outcomes.digest).await.unwrap();
    let policies = cloud.policies("policies").await;
    cloud.settled(&policies).await;
    assert_eq!((content(&cloud, project).await.as_str(), versions(&cloud, project)), ("trees", 1));
    assert_eq!(statuses(&cloud, project), [DeltaStatus::Pending]);
    let again = begin(&cloud, project, waiting(&cloud, project)).await;
    again.finish(&cloud, "more trees", &["status_applied"]).await;
    cloud.settled(&policies).await;
    assert_eq!((content(&cloud, project).await.as_str(), versions(&cloud, project)), ("more trees", 2));
    policies.shutdown().await;
}
