//! What the containers of jobs get to see of secrets, and that they tell nobody.

use std::sync::{Arc, Mutex};

use fieldlog_commands::secret::{SecretValue, SetSecret, set_secret};
use fieldlog_domain::secret::{SecretHolder, SecretKind};
use fieldlog_worker::Worker;
use fieldlog_worker::containers::ContainerSpec;
use fieldlog_worker::containers::fake::Act;
use serde_json::json;

use crate::cloud::{Cloud, PATIENCE};
use crate::script::{PNG, end, engine, feedback, leave, print};

const PASSWORD: &str = "hunter2, the \"real\" one";
const SERVICE: &str = "[farm]\nhost=db.example\npassword=hunter2-of-the-farm";

async fn set(cloud: &Cloud, holder: SecretHolder, kind: SecretKind, name: &str, value: &str) {
    let value = SecretValue::new(value);
    let set = SetSecret { command_id: None, holder, name: name.into(), kind, assigned_to: None, value };
    let done = set_secret(&cloud.app, &cloud.viewer(), set).await.unwrap();
    cloud.app.wait_for(done.receipt, PATIENCE).await.unwrap();
}

/// A container that tells everything it knows.
fn talkative(spec: &ContainerSpec) -> Vec<Act> {
    let Some(password) = spec.env.get("DB_PASSWORD") else { return vec![end(1)] };
    let mut found = feedback();
    found["outputs"]["project_details"]["project_details"]["project_name"] = json!(format!("of {password}"));
    vec![
        print(&format!("password: {password}")),
        print(&json!({ "environment": spec.env }).to_string()),
        print(spec.env["PGSERVICE_FILE_CONTENTS"].trim()),
        print("connecting with hunter2-of-the-farm"),
        leave(&found),
        Act::Leave("thumbnail.png", PNG.to_vec()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_sees_the_secrets_and_nobody_else_does() {
    let cloud = Cloud::new().await;
    let seen: Arc<Mutex<Vec<ContainerSpec>>> = Arc::default();
    let specs = seen.clone();
    let engine = engine(move |spec| {
        specs.lock().unwrap().push(spec.clone());
        talkative(spec)
    });
    // Requested first: the project is there then, and no worker runs yet.
    let job = cloud.small_job().await;
    let holder = SecretHolder::Project(cloud.row(job).resource);
    set(&cloud, holder, SecretKind::Envvar, "DB_PASSWORD", PASSWORD).await;
    set(&cloud, holder, SecretKind::Envvar, "A_KEY", "another value").await;
    set(&cloud, holder, SecretKind::Pgservice, "FARM", SERVICE).await;
    let _worker = Worker::start_with(cloud.app.clone(), Arc::new(engine), cloud.options("w")).await.unwrap();
    let row = cloud.finished(job).await;

    let spec = seen.lock().unwrap()[0].clone();
    assert_eq!((spec.env["DB_PASSWORD"].as_str(), spec.env["A_KEY"].as_str()), (PASSWORD, "another value"));
    assert_eq!(spec.env["QFIELDCLOUD_EXTRA_ENVVARS"], r#"["A_KEY","DB_PASSWORD"]"#);
    assert_eq!(spec.env["PGSERVICE_FILE_CONTENTS"], format!("\n{SERVICE}"));
    assert_eq!(spec.env["HOME"], "/tmp", "what the container needs is there as ever");
    assert!(!format!("{spec:?} {:?}", spec.labels).contains("hunter2"), "{spec:?}");

    let log = cloud.blob(row.log.unwrap()).await;
    assert!(log.contains("password: ***") && log.contains("connecting with ***"), "{log}");
    assert!(!log.contains("hunter2") && !log.contains("another value"), "{log}");
    let run = format!("{row:?} {:?}", cloud.events(job).await);
    assert!(run.contains("of ***") && !run.contains("hunter2"), "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_without_secrets_sees_an_empty_list_of_them() {
    let cloud = Cloud::new().await;
    let seen: Arc<Mutex<Vec<ContainerSpec>>> = Arc::default();
    let specs = seen.clone();
    let engine = engine(move |spec| {
        specs.lock().unwrap().push(spec.clone());
        crate::script::good()
    });
    let job = cloud.small_job().await;
    let _worker = Worker::start_with(cloud.app.clone(), Arc::new(engine), cloud.options("w")).await.unwrap();
    cloud.finished(job).await;
    let env = seen.lock().unwrap()[0].env.clone();
    assert_eq!(env["QFIELDCLOUD_EXTRA_ENVVARS"], "[]");
    assert!(!env.contains_key("PGSERVICE_FILE_CONTENTS"));
}
