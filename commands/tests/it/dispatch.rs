//! Long streams, provenance, and how fast it goes.

use std::time::Instant;

use fieldlog_commands::Viewer;
use fieldlog_commands::project::{ReviseMetadata, revise_metadata};
use fieldlog_domain::provenance::Actor;
use fieldlog_domain::{CorrelationId, StreamId, StreamKind};
use fieldlog_eventlog::{EventLog, Snapshot};
use futures::{StreamExt, stream};
use uuid::Uuid;

use crate::cloud::Cloud;

fn revise(project: fieldlog_domain::ResourceId, n: usize) -> ReviseMetadata {
    ReviseMetadata { command_id: None, project, description: format!("text {n}") }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_tells_who_did_it_as_part_of_what_and_about_which_resource() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await.with_correlation(CorrelationId(Uuid::from_u128(7)));
    let bees = cloud.project(&ana, "Bees").await;
    cloud.upload(&ana, bees, "project.qgs", "<qgis/>").await.unwrap();
    let policies = cloud.policies("policies").await;
    cloud.settled(&policies).await;
    policies.shutdown().await;
    let about: Vec<_> = cloud.feed().await.into_iter().filter(|event| event.metadata.resource == Some(bees)).collect();
    let types: Vec<&str> = about.iter().map(|event| event.event_type.as_str()).collect();
    let expected = [
        "name_claimed",
        "resource_registered",
        "project_file_designated",
        "file_version_added",
        "revision_staged",
        "job_requested",
    ];
    assert_eq!(types, expected);
    for (index, event) in about.iter().enumerate() {
        let by_policy = index >= 4;
        assert_eq!(event.metadata.correlation_id, ana.correlation_id, "{}", event.event_type);
        assert_eq!(event.metadata.actor, if by_policy { Actor::System } else { ana.actor });
        assert_eq!(event.metadata.causation_id, by_policy.then(|| about[index - 1].event_id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_stream_starts_from_its_snapshot_and_a_foreign_snapshot_is_not_believed() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    for n in 0..450 {
        revise_metadata(&cloud.app, &ana, revise(bees, n)).await.unwrap();
    }
    let stream = StreamId::new(StreamKind::Resource, bees);
    // Nobody waits for a snapshot to be written: look until it is there.
    let deadline = Instant::now() + crate::cloud::PATIENCE;
    let kept = loop {
        match cloud.log.load_snapshot(&stream).await.unwrap() {
            Some(kept) if kept.sequence >= 400 => break kept,
            _ => assert!(Instant::now() < deadline, "no snapshot was kept"),
        }
        tokio::task::yield_now().await;
    };
    // What it says is believed: a description that only the snapshot has counts as known already.
    let told = kept.state.replace("text 398", "only in the snapshot");
    assert_ne!(told, kept.state, "a snapshot holds the description");
    for (schema, believed) in [(kept.schema.clone(), true), ("another".to_owned(), false)] {
        let state = kept.state.replace("\"phase\":\"Active\"", "\"phase\":\"Retired\"");
        assert_ne!(state, kept.state);
        cloud.log.save_snapshot(&stream, Snapshot { sequence: kept.sequence, schema, state }).await.unwrap();
        let other = cloud.another_process().await;
        let answer = revise_metadata(&other, &ana, revise(bees, 9_999)).await;
        assert_eq!(answer.is_err(), believed, "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_clients_share_the_log() {
    const EACH: usize = 50;
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let mut projects = Vec::new();
    for n in 0..64 {
        projects.push(cloud.project(&ana, &format!("P-{n}")).await);
    }
    let started = Instant::now();
    let clients = projects.into_iter().map(|project| {
        let (app, ana): (_, Viewer) = (cloud.app.clone(), ana.clone());
        tokio::spawn(async move {
            for n in 0..EACH {
                revise_metadata(&app, &ana, revise(project, n)).await.unwrap();
            }
        })
    });
    stream::iter(clients).buffer_unordered(64).for_each(|done| async { done.unwrap() }).await;
    let rate = (64 * EACH) as f64 / started.elapsed().as_secs_f64();
    println!("{rate:.0} events/s through a use case, 64 clients");
    assert_eq!(cloud.count("metadata_revised").await, 64 * EACH);
}
