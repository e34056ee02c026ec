//! Servers that cannot serve, and who may not ask them.

use fieldlog_esdb_fake::Fake;
use fieldlog_eventlog::eventstoredb::{EventStoreDbLog, EventStoreDbOptions};
use fieldlog_eventlog::{AppendError, EventLog, LogError};

use super::{impatient, opened};
use crate::build::{event, several, stream};

async fn refused(url: &str) -> String {
    match EventStoreDbLog::connect(url, impatient()).await.map(|_| ()) {
        Err(LogError::Unavailable(why)) => why,
        other => panic!("expected Unavailable, found {other:?}"),
    }
}

fn with_user(fake: &Fake, user: &str) -> String {
    fake.url().replace("esdb://", &format!("esdb://{user}@"))
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_are_said_without_the_password() {
    let fake = Fake::start();
    fake.faults().only("app:s/cret@%");
    for url in [fake.url(), with_user(&fake, "app:wrong"), with_user(&fake, "app:s%2Fcret%40")] {
        let why = refused(&url).await;
        assert!(why.contains("access denied") && why.contains("user and password"), "{why}");
        assert!(!why.contains("wrong") && !why.contains("cret"), "{why}");
    }
    let log = EventStoreDbLog::connect(&with_user(&fake, "app:s%2Fcret%40%25"), EventStoreDbOptions::default()).await;
    let log = log.unwrap();
    log.append(&stream(), 0, several(1)).await.unwrap();
    assert!(log.describe().contains("app:***@127.0.0.1") && !log.describe().contains("cret"), "{}", log.describe());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_not_there_is_said_without_the_password() {
    for url in ["esdb://app:secret@127.0.0.1:1?tls=false", "esdb://app:secret@127.0.0.1:1,127.0.0.1:2?tls=false"] {
        let why = refused(url).await;
        assert!(why.contains("127.0.0.1:1") && why.contains("reached") && !why.contains("secret"), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_is_said_to_have_none() {
    let fake = Fake::start();
    let why = refused(&fake.url().replace("tls=false", "tls=true")).await;
    assert!(why.contains("are address and tls right?"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_cannot_be_read_is_named() {
    let why = refused("esdb://127.0.0.1:1?tls=true&tlsCaFile=/no/such/ca.pem").await;
    assert!(why.contains("/no/such/ca.pem"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_server_is_refused_with_what_was_expected() {
    let fake = Fake::start();
    for (version, said) in
        [(Some("20.10.4"), "version 20.10.4"), (Some("21.6.0"), "version 21.6.0"), (None, "before 21.6")]
    {
        fake.faults().version(version);
        let why = refused(&fake.url()).await;
        assert!(why.contains(said) && why.contains("expected 21.10"), "{why}");
    }
    for version in ["21.10.0", "23.10.1", "25.1.0"] {
        fake.faults().version(Some(version));
        opened(&fake).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_larger_than_the_server_takes_at_once_is_kept_all_the_same() {
    let fake = Fake::start();
    let log = opened(&fake).await;
    let stream = stream();
    let payload = format!("\"{}\"", "測".repeat(1_000_000));
    let events = vec![event("1"), event(payload.clone()), event(payload.clone()), event("2")];
    let receipt = log.append(&stream, 0, events.clone()).await.unwrap();
    assert_eq!(log.append(&stream, 0, events).await.unwrap(), receipt);
    let found = log.read_stream(&stream, 0, 10).await.unwrap();
    assert_eq!(found.iter().map(|event| event.payload.len()).collect::<Vec<_>>(), [1, payload.len(), payload.len(), 1]);
    assert!(found[1].payload == payload);
    // Equal payloads are stored once.
    assert_eq!(fake.store().events_of("fieldlog:payload-"), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_even_without_its_payloads_is_refused_and_leaves_nothing() {
    let fake = Fake::start();
    let log = opened(&fake).await;
    fake.faults().largest_append(10_000);
    let error = log.append(&stream(), 0, several(100)).await.unwrap_err();
    assert!(
        matches!(error, AppendError::Log(LogError::Damaged(ref why)) if why.contains("Maximum Append Size of 10000")),
        "{error:?}"
    );
    assert_eq!(fake.store().events_of("fieldlog."), 0);
}
