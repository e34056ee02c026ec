//! Containers of images that fetch files and bring results over HTTP.

use std::sync::{Arc, Mutex};

use fieldlog_domain::job::{DELTA_OUTCOMES, JobErrorKind, JobState};
use fieldlog_domain::{JobId, ResourceId, Sha256Digest};
use fieldlog_projections::JobRow;
use fieldlog_worker::containers::fake::{Act, FakeRuntime, Gate};
use fieldlog_worker::containers::{ContainerLimits, ContainerSpec, Contract};
use fieldlog_worker::{EngineState, JobApiOptions, Worker, WorkerHandle, WorkerOptions};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::cloud::{Cloud, PATIENCE, eventually};
use crate::crashes::{kill, restart};
use crate::script::{PNG, act, engine, feedback, leave, print};

fn options(cloud: &Cloud) -> WorkerOptions {
    let job_api = JobApiOptions { listen: "127.0.0.1:0".parse().unwrap(), url: None };
    WorkerOptions { job_api: Some(job_api), network: Some("jobs".to_owned()), ..cloud.options("w") }
}

async fn start(cloud: &Cloud, engine: &FakeRuntime) -> WorkerHandle {
    engine.set_contract(Contract::Api);
    Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), options(cloud)).await.unwrap()
}

/// A container's way to its API.
#[derive(Clone, Default, Debug)]
struct Api {
    url: String,
    token: String,
}

impl Api {
    fn of(spec: &ContainerSpec) -> Self {
        Self { url: spec.env["QFIELDCLOUD_URL"].clone(), token: spec.env["QFIELDCLOUD_TOKEN"].clone() }
    }

    async fn send(&self, method: Method, path: &str, file: Option<(&str, &[u8])>) -> (StatusCode, Vec<u8>) {
        let request = reqwest::Client::new().request(method, format!("{}{path}", self.url));
        let mut request = request.header("authorization", format!("Token {}", self.token));
        if let Some((part, content)) = file {
            let head = format!("--b\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"/any\"\r\n\r\n");
            let body = [head.as_bytes(), content, b"\r\n--b--\r\n"].concat();
            request = request.header("content-type", "multipart/form-data; boundary=b").body(body);
        }
        let answer = request.send().await.unwrap();
        (answer.status(), answer.bytes().await.unwrap().to_vec())
    }

    /// The same from within a scripted container.
    fn ask(&self, method: Method, path: &str, file: Option<(&str, &[u8])>) -> (StatusCode, Vec<u8>) {
        tokio::task::block_in_place(|| Handle::current().block_on(self.send(method, path, file)))
    }

    fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, None);
        assert_eq!(status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    fn read(&self, path: &str) -> Vec<u8> {
        let (status, body) = self.ask(Method::GET, path, None);
        assert_eq!(status, StatusCode::OK, "{path}");
        body
    }

    fn bring(&self, path: &str, part: &str, content: &[u8]) -> StatusCode {
        self.ask(Method::POST, path, Some((part, content))).0
    }
}

/// What a container does with its API. What it says is left for the test.
fn container(work: impl Fn(&Api, &ContainerSpec) -> Value + Clone + Send + Sync + 'static) -> FakeRuntime {
    engine(move |spec| {
        let (api, spec, work) = (Api::of(spec), spec.clone(), work.clone());
        vec![act(move |io| {
            let feedback = work(&api, &spec);
            std::fs::write(io.join("feedback.json"), feedback.to_string()).unwrap();
        })]
    })
}

fn names(row: &JobRow) -> Vec<&str> {
    row.outputs.iter().map(|output| output.name.as_str()).collect()
}

fn packaged() -> Value {
    json!({ "outputs": { "qfield_layer_data": { "layers_by_id": {} } } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_is_made_of_what_is_fetched_and_brought() {
    let cloud = Cloud::new().await;
    let engine = container(|api, spec| {
        let (project, job) = (&spec.command[4], &spec.env["JOB_ID"]);
        assert_eq!(api.get(&format!("projects/{project}/"))["the_qgis_file_name"], "farm.qgs");
        let files = api.get(&format!("files/{project}/"));
        let listed: Vec<_> = files.as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap()).collect();
        assert_eq!(listed, ["data/bees.gpkg", "farm.qgs"]);
        assert_eq!(files[0]["sha256"], Sha256Digest::of(b"bees").to_hex());
        assert_eq!(
            (files[0]["md5sum"].as_str(), files[0]["size"].as_u64()),
            (Some("fc241ec2669cc09d984b5ce23f71ffca"), Some(4))
        );
        assert_eq!(api.read(&format!("files/{project}/data/bees.gpkg/")), b"bees");
        let into = format!("packages/{project}/{job}/files");
        assert_eq!(api.bring(&format!("{into}/farm_qfield.qgs/"), "file", b"<qgis packed/>"), StatusCode::CREATED);
        assert_eq!(api.bring(&format!("{into}/data/bees.gpkg/"), "file", b"packed bees"), StatusCode::CREATED);
        packaged()
    });
    let (_, job) = cloud.package_job().await;
    let worker = start(&cloud, &engine).await;
    let row = cloud.finished(job).await;
    assert_eq!(names(&row), ["data/bees.gpkg", "farm_qfield.qgs"]);
    assert_eq!(cloud.blob(row.outputs[0].digest).await, "packed bees");
    let spec = engine.started().remove(0);
    assert_eq!((spec.network.as_deref(), spec.env["TMPDIR"].as_str()), (Some("jobs"), "/io/tmp"));
    assert!(!spec.mounts[0].source.join("files").exists(), "the files are not in what the container shares");
    eventually("nothing is left", || cloud.directories("w").is_empty() && engine.containers().is_empty()).await;
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_are_in_the_files_that_are_brought() {
    let cloud = Cloud::new().await;
    let engine = container(|api, spec| {
        let project = &spec.command[spec.command.len() - 2];
        let deltas = std::fs::read(spec.mounts[0].source.join("deltafile.json")).unwrap();
        let deltas: Value = serde_json::from_slice(&deltas).unwrap();
        let path = format!("files/{project}/data/bees.gpkg/");
        assert_eq!(api.bring(&path, "file", b"more bees"), StatusCode::CREATED);
        assert_eq!(api.read(&path), b"more bees");
        assert_eq!(api.get(&format!("files/{project}/"))[0]["size"], 9);
        let item = json!({ "delta_id": deltas["deltas"][0]["uuid"], "status": "status_applied", "modified_pk": "1" });
        json!({ "outputs": { "apply_deltas": { "delta_feedback": [item] } } })
    });
    let edit = json!({ "uuid": Uuid::now_v7(), "clientId": Uuid::now_v7() });
    let (_, job) = cloud.apply_job(&[edit]).await;
    let worker = start(&cloud, &engine).await;
    let row = cloud.finished(job).await;
    assert_eq!(names(&row), [DELTA_OUTCOMES, "data/bees.gpkg"]);
    assert_eq!(row.outputs[1].replaces, Some(Sha256Digest::of(b"bees")));
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_for_its_own_job_and_dies_with_it() {
    let cloud = Cloud::new().await;
    let other = ResourceId(Uuid::now_v7());
    cloud.register(other).await;
    cloud.put_file(other, "secret.txt", b"secret").await;
    let seen = Arc::new(Mutex::new((Api::default(), String::new())));
    let told = seen.clone();
    let engine = container(move |api, spec| {
        let project = spec.command[4].clone();
        *told.lock().unwrap() = (api.clone(), project.clone());
        let none = Uuid::now_v7();
        for (path, part, expected) in [
            (format!("files/{other}/"), None, 403),
            (format!("files/{other}/secret.txt/"), None, 403),
            (format!("files/{other}/new.txt/"), Some("file"), 403),
            (format!("projects/{other}/"), None, 403),
            ("projects/".to_owned(), None, 403),
            ("auth/user/".to_owned(), None, 403),
            (format!("files/{project}/new.txt/"), Some("file"), 403),
            (format!("packages/{project}/{none}/files/x/"), Some("file"), 403),
            (format!("packages/{project}/{}/files/x/", spec.env["JOB_ID"]), Some("file"), 403),
            (format!("files/{project}/absent.txt/"), None, 404),
            (format!("files/{project}/..%2F..%2Fworker-id/"), None, 404),
            (format!("projects/{project}/seed/"), None, 404),
            (format!("projects/{project}/thumbnail/"), Some("file"), 400),
        ] {
            let method = if part.is_some() { Method::POST } else { Method::GET };
            let (status, body) = api.ask(method, &path, part.map(|part| (part, &b"x"[..])));
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(status, expected, "{path}: {body}");
            assert!(body["code"].is_string() && body["message"].is_string(), "{body}");
        }
        let stranger = Api { token: "a".repeat(100), ..api.clone() };
        assert_eq!(stranger.ask(Method::GET, &format!("files/{project}/"), None).0, StatusCode::UNAUTHORIZED);
        assert_eq!(api.bring(&format!("projects/{project}/thumbnail/"), "thumbnail", PNG), StatusCode::NO_CONTENT);
        feedback()
    });
    let job = cloud.small_job().await;
    let worker = start(&cloud, &engine).await;
    let row = cloud.finished(job).await;
    assert_eq!(names(&row), ["thumbnail.png"]);
    let (api, project) = seen.lock().unwrap().clone();
    assert_eq!(api.send(Method::GET, &format!("files/{project}/"), None).await.0, StatusCode::UNAUTHORIZED);
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_file_is_refused_with_the_reason_and_leaves_nothing() {
    let cloud = Cloud::new().await;
    let engine = container(|api, spec| {
        let into = format!("packages/{}/{}/files", spec.command[4], spec.env["JOB_ID"]);
        let refusal = |path: &str, part: &str, content: &[u8]| {
            let (status, body) = api.ask(Method::POST, &format!("{into}/{path}"), Some((part, content)));
            let body: Value = serde_json::from_slice(&body).unwrap();
            (status.as_u16(), body["code"].as_str().unwrap().to_owned())
        };
        assert_eq!(refusal("a", "other", b"x"), (400, "empty_content".to_owned()));
        assert_eq!(refusal("..%2Fa", "file", b"x"), (400, "validation_error".to_owned()));
        assert_eq!(refusal("a", "file", &[b'x'; 1001]), (413, "too_large".to_owned()));
        assert_eq!(api.bring(&format!("{into}/a"), "file", &[b'x'; 1000]), StatusCode::CREATED);
        packaged()
    });
    engine.set_contract(Contract::Api);
    let (_, job) = cloud.package_job().await;
    let limits = ContainerLimits { file_bytes: 1000, ..ContainerLimits::default() };
    let options = WorkerOptions { limits, ..options(&cloud) };
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine), options).await.unwrap();
    assert_eq!(names(&cloud.finished(job).await), ["a"]);
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_away_lets_the_container_go_on_with_the_same_token() {
    let (cloud, gate) = (Cloud::new().await, Gate::closed());
    let held = gate.clone();
    let seen = Arc::new(Mutex::new(Api::default()));
    let told = seen.clone();
    let engine = engine(move |spec| {
        *told.lock().unwrap() = Api::of(spec);
        vec![print("working"), Act::Hold(held.clone()), leave(&feedback())]
    });
    let job = cloud.small_job().await;
    let worker = start(&cloud, &engine).await;
    cloud.until(job, |row| row.state == JobState::Started).await;
    let api = seen.lock().unwrap().clone();
    kill(worker, &cloud.dir.join("w")).await;
    let address = api.url.trim_start_matches("http://").split('/').next().unwrap().parse().unwrap();
    let job_api = Some(JobApiOptions { listen: address, url: None });
    let worker =
        restart(cloud.app.clone(), Arc::new(engine.clone()), WorkerOptions { job_api, ..options(&cloud) }).await;
    let project = cloud.row(job).resource;
    let list = async || match api.send(Method::GET, &format!("files/{project}/"), None).await {
        (StatusCode::OK, _) => true,
        (status, _) => {
            assert_eq!(status, StatusCode::UNAUTHORIZED);
            false
        }
    };
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !list().await {
        assert!(tokio::time::Instant::now() < deadline, "the token is good again");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    gate.open();
    assert_eq!(cloud.finished(job).await.attempt, 1);
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_while_the_worker_was_away_is_nobodys_fault() {
    let (cloud, gate) = (Cloud::new().await, Gate::closed());
    let held = gate.clone();
    let broken = json!({ "error": "the server does not answer", "error_type": "API_OTHER" });
    let engine = engine(move |spec| match spec.name.ends_with("-1") {
        true => vec![print("working"), Act::Hold(held.clone()), leave(&broken)],
        false => vec![leave(&feedback())],
    });
    let job = cloud.small_job().await;
    let worker = start(&cloud, &engine).await;
    cloud.until(job, |row| row.state == JobState::Started).await;
    kill(worker, &cloud.dir.join("w")).await;
    gate.open();
    let worker = restart(cloud.app.clone(), Arc::new(engine.clone()), options(&cloud)).await;
    assert_eq!(cloud.finished(job).await.attempt, 2);
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_the_projects_when_the_worker_was_there() {
    let cloud = Cloud::new().await;
    let engine = container(|_, _| json!({ "error": "no such layer" }));
    let job = cloud.small_job().await;
    let worker = start(&cloud, &engine).await;
    let error = cloud.ended(job).await.error.unwrap();
    assert_eq!((error.kind, error.message.as_str()), (JobErrorKind::Workflow, "no such layer"));
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_job_is_taken_for_such_an_image_where_it_could_fetch_nothing() {
    let (cloud, engine) = (Cloud::new().await, container(|_, _| feedback()));
    engine.set_contract(Contract::Api);
    let job = cloud.small_job().await;
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine), cloud.options("w")).await.unwrap();
    let mut status = worker.status();
    let is_told = status.wait_for(|status| matches!(status.engine, EngineState::NoJobApi { .. }));
    let advice = tokio::time::timeout(PATIENCE, is_told).await.unwrap().unwrap().engine.advice().unwrap();
    assert!(advice.contains("--worker-api") && advice.contains("\"qgis\""), "{advice}");
    assert_eq!(cloud.row(job).state, JobState::Requested);
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_in_no_log() {
    let cloud = Cloud::new().await;
    let engine = engine(|spec| {
        let token = spec.env["QFIELDCLOUD_TOKEN"].clone();
        vec![print(&format!("my token is {token}")), leave(&feedback())]
    });
    let job: JobId = cloud.small_job().await;
    let worker = start(&cloud, &engine).await;
    let row = cloud.finished(job).await;
    let token = engine.started().remove(0).env["QFIELDCLOUD_TOKEN"].clone();
    let log = cloud.blob(row.log.unwrap()).await;
    assert!(log.starts_with("my token is ") && !log.contains(&token), "{log}");
    worker.shutdown().await;
}
