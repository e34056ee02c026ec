//! An engine that is killed, before a job's container runs, while it runs, and when it ends.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use fieldlog_domain::JobId;
use fieldlog_domain::job::JobState;
use fieldlog_worker::containers::docker::{DockerAddress, DockerRuntime};
use fieldlog_worker::{Worker, WorkerHandle, WorkerOptions};

use crate::cloud::{Cloud, PATIENCE, eventually};
use crate::docker_engine::Instead;
use crate::hooks::Steps;
use crate::own_docker::{OwnDocker, TINY};

/// Waits until its folder has a file `go`, and is done.
const WAITS: &str = r#"
echo waiting
while [ ! -e /io/go ]; do sleep 0.05; done
echo '{"outputs": {"project_details": {"project_details": {"crs": "EPSG:4326", "layers_by_id": {}}}}}' > /io/new
mv /io/new /io/feedback.json
echo done"#;

/// A worker on an engine of its own, with a job that waits for a word.
struct Scene {
    docker: Arc<Mutex<OwnDocker>>,
    cloud: Cloud,
    worker: WorkerHandle,
}

impl Scene {
    async fn set(docker: OwnDocker) -> Self {
        Self::set_with(Arc::new(Mutex::new(docker)), None).await
    }

    /// With something that happens at steps of the log.
    async fn set_with(docker: Arc<Mutex<OwnDocker>>, steps: Option<Steps>) -> Self {
        let cloud = Cloud::new().await;
        let engine = Arc::new(DockerRuntime::new(DockerAddress::Host(docker.lock().unwrap().url())));
        let command = ["/bin/sh", "-c", WAITS].map(str::to_owned).to_vec();
        let instead = Arc::new(Instead { engine, command });
        let look = Duration::from_millis(200);
        let options =
            WorkerOptions { image: TINY.to_owned(), look_interval: look, look_again: look, ..cloud.options("w") };
        let app = match steps {
            Some(steps) => cloud.node("hooked", steps.log(cloud.log.clone())).await,
            None => cloud.app.clone(),
        };
        let worker = Worker::start_with(app, instead, options).await.unwrap();
        let scene = Self { docker, cloud, worker };
        scene.until_engine(true).await;
        scene
    }

    fn docker(&self) -> MutexGuard<'_, OwnDocker> {
        self.docker.lock().unwrap()
    }

    async fn started(&self) -> JobId {
        let job = self.cloud.small_job().await;
        self.cloud.until(job, |row| row.state == JobState::Started).await;
        job
    }

    /// Lets the container of an attempt end well.
    async fn go(&self, job: JobId, attempt: u32) {
        self.cloud.until(job, |row| row.attempt == attempt && row.state == JobState::Started).await;
        std::fs::write(self.cloud.dir.join(format!("w/jobs/{job}-{attempt}/io/go")), "").unwrap();
    }

    async fn until_engine_is_away(&self) {
        self.until_engine(false).await;
    }

    async fn until_engine(&self, is_ready: bool) {
        let mut status = self.worker.status();
        let waited = status.wait_for(|status| status.engine.is_ready() == is_ready);
        let told = tokio::time::timeout(PATIENCE, waited).await;
        assert!(told.is_ok(), "waited in vain; the engine is {:?}", self.worker.status().borrow().engine);
    }

    /// The job has ended well at this attempt, once, and has left nothing.
    async fn ends_once(self, job: JobId, attempt: u32) {
        let row = self.cloud.finished(job).await;
        assert_eq!(row.attempt, attempt, "{:?}", self.cloud.events(job).await);
        eventually("no directory is left", || self.cloud.directories("w").is_empty()).await;
        eventually("no container is left", || self.docker().docker(&["ps", "--all", "--quiet"]).is_empty()).await;
        let names = self.cloud.event_names(job).await;
        assert_eq!(names.iter().filter(|name| **name == "job_finished").count(), 1, "{names:?}");
        assert_eq!(names.iter().filter(|name| **name == "job_started").count(), attempt as usize, "{names:?}");
        let log = self.cloud.blob(row.log.unwrap()).await;
        // What is printed while the engine is away may be lost with it, and nothing is told twice.
        assert!(["waiting\n", "waiting\ndone\n"].contains(&log.as_str()), "{log}");
        let Self { docker, worker, .. } = self;
        worker.shutdown().await;
        docker.lock().unwrap().stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_waits_for_an_engine_that_was_killed_before_it_began() {
    let Some(docker) = OwnDocker::start(false) else { return };
    let scene = Scene::set(docker).await;
    scene.docker().kill();
    let job = scene.cloud.small_job().await;
    scene.until_engine_is_away().await;
    assert_eq!(scene.cloud.event_names(job).await, ["job_requested"]);
    scene.docker().start_again();
    scene.go(job, 1).await;
    scene.ends_once(job, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_outlives_the_killed_engine_is_followed_to_its_end() {
    let Some(docker) = OwnDocker::start(true) else { return };
    let scene = Scene::set(docker).await;
    let job = scene.started().await;
    scene.docker().kill();
    scene.until_engine_is_away().await;
    scene.docker().start_again();
    scene.go(job, 1).await;
    scene.ends_once(job, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_ends_while_the_killed_engine_is_away_has_done_its_work() {
    let Some(docker) = OwnDocker::start(true) else { return };
    let scene = Scene::set(docker).await;
    let job = scene.started().await;
    scene.docker().kill();
    scene.go(job, 1).await;
    scene.until_engine_is_away().await;
    scene.docker().start_again();
    scene.ends_once(job, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_container_an_engine_ends_as_it_comes_back_is_tried_again() {
    let Some(docker) = OwnDocker::start(false) else { return };
    let scene = Scene::set(docker).await;
    let job = scene.started().await;
    scene.docker().kill();
    scene.until_engine_is_away().await;
    scene.docker().start_again();
    scene.go(job, 2).await;
    scene.ends_once(job, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_container_was_killed_with_the_engine_is_tried_again() {
    let Some(docker) = OwnDocker::start(true) else { return };
    let scene = Scene::set(docker).await;
    let job = scene.started().await;
    scene.docker().kill_with_all();
    scene.until_engine_is_away().await;
    scene.docker().start_again();
    scene.go(job, 2).await;
    scene.ends_once(job, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_engine_left_that_was_killed_when_a_job_ended_is_cleaned_up() {
    let Some(docker) = OwnDocker::start(true) else { return };
    let docker = Arc::new(Mutex::new(docker));
    let doomed = docker.clone();
    let steps = Steps::hook(move |step| {
        if step == r#"append ["job_finished"] Before"# {
            doomed.lock().unwrap().kill();
        }
        Box::pin(async { Ok(()) })
    });
    let scene = Scene::set_with(docker, Some(steps)).await;
    let job = scene.started().await;
    scene.go(job, 1).await;
    scene.cloud.finished(job).await;
    scene.until_engine_is_away().await;
    scene.docker().start_again();
    scene.ends_once(job, 1).await;
}
