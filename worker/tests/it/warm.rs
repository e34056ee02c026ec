//! Containers that wait for a job.

use std::sync::Arc;

use fieldlog_commands::secret::{SecretValue, SetSecret, set_secret};
use fieldlog_domain::secret::{SecretHolder, SecretKind};
use fieldlog_worker::containers::fake::FakeRuntime;
use fieldlog_worker::containers::{ContainerId, ContainerRuntime};
use fieldlog_worker::{Worker, WorkerHandle, WorkerOptions};

use crate::cloud::{Cloud, PATIENCE, eventually};
use crate::script::{engine, good};

async fn warm_worker(cloud: &Cloud, engine: &FakeRuntime, warm: usize) -> WorkerHandle {
    let options = WorkerOptions { warm, ..cloud.options("w") };
    Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), options).await.unwrap()
}

async fn until_waiting(worker: &WorkerHandle, count: usize) {
    let mut status = worker.status();
    let waited = status.wait_for(|status| status.waiting == count);
    tokio::time::timeout(PATIENCE, waited).await.unwrap().unwrap();
}

/// The containers that wait now, by name.
fn waiting(engine: &FakeRuntime) -> Vec<String> {
    engine.containers().into_iter().filter(|name| name.starts_with("fieldlog-warm-")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_gets_the_container_that_waits_and_another_takes_its_place() {
    let (cloud, engine) = (Cloud::new().await, engine(|_| good()));
    let worker = warm_worker(&cloud, &engine, 1).await;
    until_waiting(&worker, 1).await;
    let first = waiting(&engine);
    let job = cloud.small_job().await;
    let row = cloud.finished(job).await;
    assert_eq!(cloud.blob(row.log.unwrap()).await, "opening\ndone\n");
    let done = engine.started().remove(0);
    assert_eq!(done.name, format!("fieldlog-{job}-1"));
    assert_eq!(done.command[..3], ["python3", "entrypoint.py", "process_projectfile"]);
    assert_eq!(done.env["JOB_ID"], job.to_string());
    eventually("another one waits", || waiting(&engine).len() == 1 && waiting(&engine) != first).await;
    eventually("the job left nothing", || engine.containers().len() == 1 && cloud.directories("w").is_empty()).await;
    worker.shutdown().await;
    assert_eq!(engine.containers(), [""; 0]);
    let left = std::fs::read_dir(cloud.dir.join("w/warm")).unwrap().count();
    assert_eq!(left, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_died_while_it_waited_is_given_no_job() {
    let (cloud, engine) = (Cloud::new().await, engine(|_| good()));
    let worker = warm_worker(&cloud, &engine, 1).await;
    until_waiting(&worker, 1).await;
    engine.kill(&ContainerId(waiting(&engine).remove(0))).await.unwrap();
    let job = cloud.small_job().await;
    assert_eq!(cloud.finished(job).await.attempt, 1);
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_ends_before_it_reads_its_order_is_nobodys_fault() {
    let (cloud, engine) = (Cloud::new().await, engine(|_| good()));
    // It dies between being taken and being given its order.
    let dying = engine.clone();
    let moody = engine.intercepted(Arc::new(move |call, moment| {
        use fieldlog_worker::containers::fake::{Call, Moment};
        let dying = dying.clone();
        Box::pin(async move {
            if (call, moment) == (Call::Rename, Moment::After) && dying.started().len() == 1 {
                let [name] = &dying.containers()[..] else { return Ok(()) };
                dying.kill(&ContainerId(name.clone())).await?;
            }
            Ok(())
        })
    }));
    let options = WorkerOptions { warm: 1, ..cloud.options("w") };
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(moody), options).await.unwrap();
    until_waiting(&worker, 1).await;
    let job = cloud.small_job().await;
    assert_eq!(cloud.finished(job).await.attempt, 2);
    assert!(cloud.event_names(job).await.contains(&"job_retry_scheduled"));
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_whose_folder_cannot_be_had_does_not_stand_in_the_way() {
    use fieldlog_worker::containers::fake::{Call, Moment};
    let (cloud, engine) = (Cloud::new().await, engine(|_| good()));
    let waiting_folders = cloud.dir.join("w/warm");
    // It has the attempt's name by then.
    let moody = engine.intercepted(Arc::new(move |call, moment| {
        let folders = waiting_folders.clone();
        Box::pin(async move {
            if (call, moment) == (Call::Rename, Moment::After) {
                std::fs::remove_dir_all(folders).unwrap();
            }
            Ok(())
        })
    }));
    let options = WorkerOptions { warm: 1, ..cloud.options("w") };
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(moody), options).await.unwrap();
    until_waiting(&worker, 1).await;
    let job = cloud.small_job().await;
    assert_eq!(cloud.finished(job).await.attempt, 1);
    let own = engine.started().into_iter().filter(|spec| spec.labels.contains_key("fieldlog.job"));
    assert_eq!(own.count(), 1, "it got a container of its own");
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_with_variables_of_its_own_gets_a_container_of_its_own() {
    let (cloud, engine) = (Cloud::new().await, engine(|_| good()));
    let project = fieldlog_domain::ResourceId(uuid::Uuid::now_v7());
    cloud.register(project).await;
    let holder = SecretHolder::Project(project);
    let value = SecretValue::new("hunter2");
    let set = SetSecret {
        command_id: None,
        holder,
        name: "DB_PASSWORD".into(),
        kind: SecretKind::Envvar,
        assigned_to: None,
        value,
    };
    let done = set_secret(&cloud.app, &cloud.viewer(), set).await.unwrap();
    cloud.app.wait_for(done.receipt, PATIENCE).await.unwrap();
    let worker = warm_worker(&cloud, &engine, 1).await;
    until_waiting(&worker, 1).await;
    let before = waiting(&engine);
    let digest = cloud.put_file(project, "farm.qgs", b"<qgis/>").await;
    let job = cloud.request(project, "farm.qgs", digest).await;
    cloud.finished(job).await;
    assert_eq!(waiting(&engine), before);
    let cold = engine.started().remove(1);
    assert_eq!((cold.env["DB_PASSWORD"].as_str(), cold.labels["fieldlog.job"].clone()), ("hunter2", job.to_string()));
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn containers_of_an_image_that_was_replaced_wait_no_longer() {
    let (cloud, engine) = (Cloud::new().await, engine(|_| good()));
    let worker = warm_worker(&cloud, &engine, 1).await;
    until_waiting(&worker, 1).await;
    engine.set_image("qgis", false);
    // Somebody meets that the image is gone.
    let job = cloud.small_job().await;
    eventually("nobody waits", || engine.containers().is_empty()).await;
    engine.set_image("qgis", true);
    cloud.finished(job).await;
    until_waiting(&worker, 1).await;
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_may_use_the_network_gets_a_container_of_its_own_and_only_such_a_job_does() {
    let (cloud, engine) = (Cloud::new().await, engine(|_| good()));
    let network = Some("servers".to_owned());
    let options = WorkerOptions { warm: 1, network: network.clone(), ..cloud.options("w") };
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine.clone()), options).await.unwrap();
    until_waiting(&worker, 1).await;
    // QGIS is to find out whether there are layers on servers.
    let owner = cloud.account("ana").await;
    let looks = cloud.job_of(owner, &[("farm.qgs", b"<qgis/>")]).await;
    cloud.finished(looks).await;
    let cold = engine.started().remove(1);
    assert_eq!((cold.labels["fieldlog.job"].clone(), cold.network), (looks.to_string(), network));
    // Nobody knows of any in this one.
    let (_, packs) = cloud.package_job().await;
    cloud.ended(packs).await;
    let warm = engine.started().remove(0);
    assert_eq!((warm.name, warm.network), (format!("fieldlog-{packs}-1"), None));
    worker.shutdown().await;
}
