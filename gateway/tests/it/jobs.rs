//! Jobs: asked for, followed, stopped. A worker is played by its own use cases.

use std::time::Duration;

use fieldlog_commands::Viewer;
use fieldlog_commands::job::{
    ClaimJob, FinishJob, ReportProgress, StartJob, claim_job, finish_job, report_progress, start_job,
};
use fieldlog_domain::job::{JobOutput, RunRecord};
use fieldlog_domain::{JobId, Sha256Digest, WorkerId};
use serde_json::{Value, json};

use crate::server::{PATIENCE, Person, Server, eventually, text};

/// The first job of a project, once a policy has requested it.
pub async fn first_job(server: &Server, who: &Person, project: &str) -> String {
    let jobs = "query($id: ID!) { resource(id: $id) { ... on Project { jobs { nodes { uuid } } } } }";
    let find = || async { server.data(who, jobs, json!({ "id": project })).await["resource"]["jobs"]["nodes"].clone() };
    eventually("a job is requested", || async { find().await[0].is_object() }).await;
    text(&find().await[0]["uuid"])
}

/// Does the job as a worker of this process would, which says its lines aloud.
pub async fn work(server: &Server, job: &str, lines: &[&str]) {
    let id: JobId = job.parse().unwrap();
    for line in lines {
        server.app.job_logs().append(id, 1, [*line]);
    }
    work_elsewhere(server, job, &lines.join("\n")).await;
    server.app.job_logs().close(id);
}

/// Does the job as a worker of another process would, which nobody hears.
pub async fn work_elsewhere(server: &Server, job: &str, log: &str) {
    let attempt = start_elsewhere(server, job).await;
    finish_elsewhere(server, job, attempt, log).await;
}

/// Begins the job as a worker of another process would; the answer is the attempt.
pub async fn start_elsewhere(server: &Server, job: &str) -> u32 {
    let id: JobId = job.parse().unwrap();
    let (app, worker) = (&server.app, Viewer::system(None));
    let claim =
        ClaimJob { command_id: None, job: id, worker: WorkerId(uuid::Uuid::new_v4()), lease: Duration::from_secs(60) };
    let attempt = claim_job(app, &worker, claim).await.unwrap().value;
    let start = StartJob {
        command_id: None,
        job: id,
        attempt,
        container: "c".into(),
        image: "fieldlog-qgis".into(),
        image_digest: "sha256:1".into(),
        inputs: Sha256Digest::of(b""),
    };
    let _ = start_job(app, &worker, start).await.unwrap();
    attempt
}

/// Says how far the job is.
pub async fn report(server: &Server, job: &str, attempt: u32, step: &str, percent: Option<u8>) {
    let job: JobId = job.parse().unwrap();
    let report = ReportProgress { command_id: None, job, attempt, step: step.to_owned(), percent };
    let done = report_progress(&server.app, &Viewer::system(None), report).await.unwrap();
    server.app.wait_for(done.receipt, PATIENCE).await.unwrap();
}

/// Ends the job as a worker of another process would.
pub async fn finish_elsewhere(server: &Server, job: &str, attempt: u32, log: &str) {
    let id: JobId = job.parse().unwrap();
    let (app, worker) = (&server.app, Viewer::system(None));
    let log = app.storage().put_bytes(log.to_owned().into()).await.unwrap();
    let picture = app.storage().put_bytes("picture".into()).await.unwrap();
    let output = JobOutput {
        name: "thumbnail.png".into(),
        digest: picture.digest,
        size: 7,
        media_type: "image/png".into(),
        etag: None,
        replaces: None,
    };
    let problem =
        json!({ "layer_id": "a", "layer_name": "Hives", "code": "newer_qgis", "message": "the glow is lost" });
    let details = json!({ "project_name": "Bees", "crs": "EPSG:4326", "problems": [problem] });
    let feedback = json!({ "outputs": { "project_details": { "project_details": details } } });
    let run = RunRecord { exit_code: Some(0), feedback, log: Some(log.digest) };
    let finish = FinishJob { command_id: None, job: id, attempt, outputs: vec![output], removed: vec![], run };
    let done = finish_job(app, &worker, finish).await.unwrap();
    app.wait_for(done.receipt, PATIENCE).await.unwrap();
}

#[tokio::test]
async fn a_project_file_becomes_a_ready_revision_with_details_picture_and_log() {
    let mut server = Server::start().await;
    server.start_policies().await;
    let ana = server.person("ana").await;
    let project = server.project(&ana, "bees").await;
    server.upload(&ana, &project, "bees.qgs", "<qgis/>").await;
    let job = first_job(&server, &ana, &project).await;
    work(&server, &job, &["one", "two"]).await;

    let query = "query($id: ID!, $job: ID!) { job(id: $job) { state attempt exitCode feedback logUrl outputs { name url size } revision { state } }
        resource(id: $id) { thumbnailUrl ... on Project { details { title crs problems { layerId layerName code message } } readyRevision { state version { path } job { uuid } } } } }";
    let ids = json!({ "id": project, "job": job });
    let read = || async { server.data(&ana, query, ids.clone()).await };
    eventually("the revision is ready", || async { read().await["resource"]["readyRevision"].is_object() }).await;
    let data = read().await;
    assert_eq!(data["job"]["state"], "FINISHED");
    assert_eq!(data["job"]["revision"]["state"], "READY");
    let problem = json!({ "layerId": "a", "layerName": "Hives", "code": "newer_qgis", "message": "the glow is lost" });
    assert_eq!(data["resource"]["details"], json!({ "title": "Bees", "crs": "EPSG:4326", "problems": [problem] }));
    // Field clients read the same of the project, when they manage it.
    let ben = server.person("ben").await;
    server.add_collaborator(&ana, &project, "ben", "READER").await;
    for (who, expected) in [(&ana, json!("newer_qgis")), (&ben, Value::Null)] {
        let request = server.get(&format!("/api/v1/projects/{project}/"));
        let answer = request.header("authorization", format!("Token {}", who.token)).send().await.unwrap();
        assert_eq!(answer.json::<Value>().await.unwrap()["problems"][0]["code"], expected);
    }
    assert_eq!(data["resource"]["readyRevision"]["job"]["uuid"], json!(job));
    for (url, expected, media_type) in [
        (text(&data["job"]["logUrl"]), "one\ntwo", "text/plain; charset=utf-8"),
        (text(&data["job"]["outputs"][0]["url"]), "picture", "image/png"),
        (text(&data["resource"]["thumbnailUrl"]), "picture", "image/png"),
    ] {
        let response = server.get(&url).bearer_auth(&ana.token).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], media_type);
        assert_eq!(response.text().await.unwrap(), expected, "{url}");
    }
    let cancel =
        "mutation($job: ID!) { cancelJob(input: {job: $job}) { __typename ... on JobAlreadyEnded { state } } }";
    let data = server.data(&ana, cancel, json!({ "job": job })).await;
    assert_eq!(data["cancelJob"], json!({ "__typename": "JobAlreadyEnded", "state": "FINISHED" }));
}

#[tokio::test]
async fn a_job_is_requested_again_and_cancelled() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let project = server.project(&ana, "bees").await;
    server.upload(&ana, &project, "bees.qgs", "<qgis/>").await;
    let request = "mutation($id: ID!) { requestJob(input: {resource: $id}) { ... on JobRequested { job { uuid state cause requester { name } } } } }";
    let job = server.data(&ana, request, json!({ "id": project })).await["requestJob"]["job"].clone();
    assert_eq!(
        (&job["state"], &job["cause"], &job["requester"]["name"]),
        (&json!("REQUESTED"), &json!("ASKED"), &json!("ana"))
    );
    let log = server.get(&format!("/jobs/{}/log", text(&job["uuid"]))).bearer_auth(&ana.token).send().await.unwrap();
    assert_eq!(crate::server::problem(log).await.1, "no_log");
    let cancel = "mutation($job: ID!) { cancelJob(input: {job: $job}) { ... on JobCancelled { job { state } } } }";
    let data = server.data(&ana, cancel, json!({ "job": job["uuid"] })).await;
    assert_eq!(data["cancelJob"]["job"]["state"], "CANCELLED");
}
