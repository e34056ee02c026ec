//! A server that is killed while a container runs.

use crate::support::docker::{self, containers_of, job_directories};
use crate::support::fieldlog::Fieldlog;
use crate::support::sample;
use crate::support::wait::{LONG, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_job_goes_on_after_kill_9_and_ends_exactly_once() {
    docker::ready();
    // Containers that wait are too quick to be seen at work.
    let fieldlog = Fieldlog::new().with("FIELDLOG_WORKER_WARM", "0");
    let server = fieldlog.serve().await;
    let ana = server.client().register("ana").await;
    let project = ana.create_project("river").await;
    for (path, bytes) in sample::river_survey() {
        ana.upload(&project, &path, bytes).await;
    }
    until("the container runs", LONG, async || (!containers_of(&ana, &project).await.is_empty()).then_some(())).await;
    server.kill().await;

    let server = fieldlog.serve().await;
    let ana = ana.at(&server.url());
    let job = ana.job_ended(&project).await;
    assert_eq!(job["state"], "FINISHED", "{job}");
    ana.revision_is(&project, "READY").await;
    until("nothing is left of the job", LONG, async || {
        (containers_of(&ana, &project).await.is_empty() && job_directories(fieldlog.data()).is_empty()).then_some(())
    })
    .await;
    let types = ana.event_types(&project).await;
    for once in ["job_requested", "job_finished", "revision_ready"] {
        assert_eq!(types.iter().filter(|found| *found == once).count(), 1, "{once} in {types:?}");
    }
    assert!(!types.contains(&"job_failed".to_owned()), "{types:?}");
    assert_eq!(server.stop().await.code(), Some(0));
}
