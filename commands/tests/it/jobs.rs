//! Asking for jobs, and what workers say of them.

use std::time::Duration;

use chrono::TimeDelta;
use fieldlog_commands::job::*;
use fieldlog_commands::{CommandError, Viewer};
use fieldlog_domain::job::{JobError, JobErrorKind, JobKind, JobRefusal, JobState, RunRecord};
use fieldlog_domain::resource::ResourceRefusal;
use fieldlog_domain::shared::Role;
use fieldlog_domain::{CommandId, JobId, ResourceId, Sha256Digest, WorkerId};
use uuid::Uuid;

use crate::cloud::Cloud;

pub const LEASE: Duration = Duration::from_secs(60);

pub fn claim(job: JobId) -> ClaimJob {
    ClaimJob { command_id: None, job, worker: WorkerId(Uuid::now_v7()), lease: LEASE }
}

fn request(resource: ResourceId) -> RequestJob {
    RequestJob { command_id: None, resource, kind: JobKind::ProcessProjectFile, is_forced: false }
}

pub fn start(job: JobId, attempt: u32) -> StartJob {
    StartJob {
        command_id: None,
        job,
        attempt,
        container: "c0ffee".into(),
        image: "fieldlog-qgis".into(),
        image_digest: "sha256:1".into(),
        inputs: Sha256Digest::of(b"inputs"),
    }
}

fn worker() -> Viewer {
    Viewer::system(None)
}

async fn requested(cloud: &Cloud) -> (Viewer, JobId) {
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    cloud.upload(&ana, bees, "project.qgs", "<qgis/>").await.unwrap();
    let job = cloud.seen(request_job(&cloud.app, &ana, request(bees)).await).await.job;
    (ana, job)
}

fn state(cloud: &Cloud, job: JobId) -> JobState {
    cloud.app.view().job(job).unwrap().unwrap().state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_needs_a_project_file_and_somebody_who_may_ask_for_it() {
    let cloud = Cloud::start().await;
    let (ana, ben) = (cloud.person("ana").await, cloud.person("ben").await);
    let bees = cloud.project(&ana, "Bees").await;
    let none = request_job(&cloud.app, &ana, request(bees)).await.unwrap_err();
    assert_eq!(none, CommandError::Refused(RequestJobRefusal::NoProjectFile));
    assert_eq!(request_job(&cloud.app, &ben, request(bees)).await.unwrap_err(), CommandError::NotFound("resource"));
    cloud.collaborator(&ana, bees, &ben, Role::Reader).await;
    assert_eq!(request_job(&cloud.app, &ben, request(bees)).await.unwrap_err(), CommandError::Forbidden);
    cloud.upload(&ana, bees, "project.qgs", "<qgis/>").await.unwrap();
    let once = RequestJob { command_id: Some(CommandId(Uuid::now_v7())), ..request(bees) };
    let first = request_job(&cloud.app, &ana, once.clone()).await.unwrap();
    assert_eq!(request_job(&cloud.app, &ana, once).await.unwrap(), first);
    assert_eq!(cloud.count("job_requested").await, 1);
    cloud.caught_up().await;
    assert_eq!(cloud.app.view().job(first.value.job).unwrap().unwrap().requester, ana.account);
    let retire = fieldlog_commands::project::RetireProject { command_id: None, project: bees };
    cloud.seen(fieldlog_commands::project::retire_project(&cloud.app, &ana, retire).await).await;
    let retired = request_job(&cloud.app, &ana, request(bees)).await.unwrap_err();
    assert_eq!(retired, CommandError::Refused(RequestJobRefusal::Resource(ResourceRefusal::Retired)));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_workers_one_gets_the_job() {
    let cloud = Cloud::start().await;
    let (_, job) = requested(&cloud).await;
    let other = cloud.another_process().await;
    let worker = worker();
    let claims = (0..16).map(|n| claim_job(if n % 2 == 0 { &cloud.app } else { &other }, &worker, claim(job)));
    let (won, lost): (Vec<_>, Vec<_>) = futures::future::join_all(claims).await.into_iter().partition(Result::is_ok);
    assert_eq!(won.iter().map(|done| done.as_ref().unwrap().value).collect::<Vec<_>>(), [1]);
    assert!(lost.into_iter().all(|answer| answer.unwrap_err() == CommandError::Refused(JobRefusal::NotFree)));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_do_no_workers_work() {
    let cloud = Cloud::start().await;
    let (ana, job) = requested(&cloud).await;
    let admin = Viewer { is_admin: true, ..ana.clone() };
    for viewer in [&ana, &admin] {
        assert_eq!(claim_job(&cloud.app, viewer, claim(job)).await.unwrap_err(), CommandError::Forbidden);
    }
    let nothing = claim_job(&cloud.app, &worker(), claim(JobId(Uuid::now_v7()))).await.unwrap_err();
    assert_eq!(nothing, CommandError::NotFound("job"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_lost_its_lease_changes_nothing_any_more() {
    let cloud = Cloud::start().await;
    let (_, job) = requested(&cloud).await;
    let (app, worker) = (&cloud.app, worker());
    let first = claim_job(app, &worker, claim(job)).await.unwrap().value;
    cloud.seen(start_job(app, &worker, start(job, first)).await).await;
    let until = || cloud.app.view().job(job).unwrap().unwrap().lease_until.unwrap();
    let expire = |lease_until| ExpireLease { command_id: None, job, lease_until };
    let before = until();
    cloud.clock.advance(TimeDelta::seconds(30));
    let renew = |attempt| RenewLease { command_id: None, job, attempt, lease: LEASE };
    cloud.seen(renew_lease(app, &worker, renew(first)).await).await;
    // Whatever the time is: it was heard of.
    cloud.clock.advance(TimeDelta::seconds(600));
    let runs = expire_lease(app, &worker, expire(before)).await.unwrap_err();
    assert!(matches!(runs, CommandError::Refused(JobRefusal::LeaseRuns(_))), "{runs:?}");
    cloud.seen(expire_lease(app, &worker, expire(until())).await).await;
    assert_eq!(state(&cloud, job), JobState::Requested);

    let second = claim_job(app, &worker, claim(job)).await.unwrap().value;
    assert_eq!(second, 2);
    let lost = CommandError::Refused(JobRefusal::LeaseLost { found: 1, current: 2 });
    assert_eq!(renew_lease(app, &worker, renew(first)).await.unwrap_err(), lost);
    let finish = |attempt| FinishJob {
        command_id: None,
        job,
        attempt,
        outputs: vec![],
        removed: vec![],
        run: RunRecord::default(),
    };
    assert_eq!(finish_job(app, &worker, finish(first)).await.unwrap_err(), lost);
    cloud.seen(finish_job(app, &worker, finish(second)).await).await;
    assert_eq!(finish_job(app, &worker, finish(second)).await.unwrap().receipt, None);
    assert_eq!(state(&cloud, job), JobState::Finished);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_waits_and_the_last_one_fails_the_job() {
    let cloud = Cloud::with(|settings| settings.job_max_attempts = 2).await;
    let (_, job) = requested(&cloud).await;
    let (app, worker) = (&cloud.app, worker());
    let retry = |attempt| ScheduleRetry { command_id: None, job, attempt, delay: LEASE, reason: "no engine".into() };
    claim_job(app, &worker, claim(job)).await.unwrap();
    cloud.seen(schedule_retry(app, &worker, retry(1)).await).await;
    assert!(matches!(claim_job(app, &worker, claim(job)).await, Err(CommandError::Refused(JobRefusal::NotYet(_)))));
    cloud.clock.advance(TimeDelta::seconds(60));
    claim_job(app, &worker, claim(job)).await.unwrap();
    cloud.seen(schedule_retry(app, &worker, retry(2)).await).await;
    let row = cloud.app.view().job(job).unwrap().unwrap();
    assert_eq!((row.state, row.error.unwrap().kind), (JobState::Failed, JobErrorKind::Infrastructure));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_stays_cancelled() {
    let cloud = Cloud::start().await;
    let (ana, job) = requested(&cloud).await;
    let ben = cloud.person("ben").await;
    let cancel = |job| CancelJob { command_id: None, job };
    assert_eq!(cancel_job(&cloud.app, &ben, cancel(job)).await.unwrap_err(), CommandError::NotFound("job"));
    let attempt = claim_job(&cloud.app, &worker(), claim(job)).await.unwrap().value;
    cloud.seen(cancel_job(&cloud.app, &ana, cancel(job)).await).await;
    assert_eq!(cancel_job(&cloud.app, &ana, cancel(job)).await.unwrap().receipt, None);
    let error = JobError { kind: JobErrorKind::Timeout, message: "late".into(), step: None };
    let fail = FailJob { command_id: None, job, attempt, error, run: RunRecord::default() };
    let refused = fail_job(&cloud.app, &worker(), fail).await.unwrap_err();
    assert_eq!(refused, CommandError::Refused(JobRefusal::AlreadyEnded(JobState::Cancelled)));
}

#[tokio::test(flavor = "multi_thread")]
async fn how_far_a_job_is_is_told_by_the_worker_that_has_it() {
    let cloud = Cloud::start().await;
    let (ana, job) = requested(&cloud).await;
    let (app, worker) = (&cloud.app, worker());
    let report = |attempt, step: &str, percent| ReportProgress {
        command_id: None,
        job,
        attempt,
        step: step.to_owned(),
        percent,
    };
    let far = || {
        let row = cloud.app.view().job(job).unwrap().unwrap();
        (row.step, row.percent)
    };
    let attempt = claim_job(app, &worker, claim(job)).await.unwrap().value;
    let early = report_progress(app, &worker, report(attempt, "open", None)).await.unwrap_err();
    assert_eq!(early, CommandError::Refused(JobRefusal::NotStarted));
    cloud.seen(start_job(app, &worker, start(job, attempt)).await).await;
    cloud.seen(report_progress(app, &worker, report(attempt, "convert", Some(40))).await).await;
    assert_eq!(far(), (Some("convert".to_owned()), Some(40)));
    assert_eq!(report_progress(app, &worker, report(attempt, "convert", Some(39))).await.unwrap().receipt, None);
    assert_eq!(cloud.count("job_progressed").await, 1);
    let by_ana = report_progress(app, &ana, report(attempt, "convert", Some(99))).await.unwrap_err();
    assert_eq!(by_ana, CommandError::Forbidden);
    let lost = report_progress(app, &worker, report(attempt + 1, "convert", Some(99))).await.unwrap_err();
    assert_eq!(lost, CommandError::Refused(JobRefusal::LeaseLost { found: 2, current: 1 }));
    let finish =
        FinishJob { command_id: None, job, attempt, outputs: vec![], removed: vec![], run: RunRecord::default() };
    cloud.seen(finish_job(app, &worker, finish).await).await;
    assert_eq!(far(), (None, None));
    let late = report_progress(app, &worker, report(attempt, "convert", Some(99))).await.unwrap_err();
    assert_eq!(late, CommandError::Refused(JobRefusal::AlreadyEnded(JobState::Finished)));
}
