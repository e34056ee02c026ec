//! Fieldlog on EventStoreDB: the program as ever, the server a fake of the protocol (`eventlog/tests/esdb-fake`).

use std::net::TcpListener;

use fieldlog_esdb_fake::Fake;
use serde_json::Value;

use crate::support::client::PASSWORD;
use crate::support::fieldlog::{Fieldlog, said};
use crate::support::wait::{SHORT, until};

async fn events(fieldlog: &Fieldlog) -> Vec<Value> {
    let listed = fieldlog.say(["events", "--json"]).await;
    listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Everything but positions.
async fn history(fieldlog: &Fieldlog) -> Vec<Value> {
    let mut events = events(fieldlog).await;
    events.iter_mut().for_each(|event| event["position"] = Value::Null);
    events
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_above_the_log_runs_on_it() {
    let fake = Fake::start();
    let fieldlog = Fieldlog::new().with("FIELDLOG_LOG", fake.url()).without_docker();
    let server = fieldlog.serve().await;
    let ana = server.client().register("ana").await;
    let project = ana.create_project("river").await;
    for number in 0..10 {
        if number % 4 == 2 {
            fake.cut(0);
        }
        ana.upload(&project, "notes.txt", format!("note {number}")).await;
    }
    assert_eq!(ana.download(&project, "notes.txt").await, b"note 9");

    // Commands beside the server, which share its index.
    fieldlog.create_account("bob", PASSWORD).await;
    server.client().log_in("bob", PASSWORD).await;
    let before = events(&fieldlog).await;
    let fifth = before.iter().filter(|event| event["type"] == "file_version_added").nth(4).unwrap();
    let out = fieldlog.path("replayed");
    let at = fifth["position"].to_string().trim_matches('"').to_owned();
    fieldlog.say(["replay", "--resource", &project, "--at", &at, "--out", out.to_str().unwrap()]).await;
    assert_eq!(std::fs::read(out.join("files/notes.txt")).unwrap(), b"note 4");
    let out = fieldlog.path("replayed-by-time");
    let at = fifth["recorded_at"].as_str().unwrap();
    fieldlog.say(["replay", "--resource", &project, "--at", at, "--out", out.to_str().unwrap()]).await;
    assert!(std::fs::read(out.join("files/notes.txt")).is_ok());
    assert!(fieldlog.say(["rebuild"]).await.contains(&format!("{} events", events(&fieldlog).await.len())));
    let found = said(&fieldlog.run(["doctor"]).await);
    assert!(found.contains("ok    log") && found.contains("ok    clock"), "{found}");

    // The server starts again on a machine that has nothing.
    assert_eq!(server.stop().await.code(), Some(0));
    std::fs::remove_dir_all(fieldlog.data().join("read-models")).unwrap();
    for file in std::fs::read_dir(fieldlog.data()).unwrap().map(Result::unwrap) {
        if file.file_name().to_string_lossy().starts_with("log-index-") {
            std::fs::remove_file(file.path()).unwrap();
        }
    }
    let server = fieldlog.serve().await;
    let ana = server.client().log_in("ana", PASSWORD).await;
    assert_eq!(ana.download(&project, "notes.txt").await, b"note 9");
    assert_eq!(server.stop().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_and_a_worker_share_it_and_say_when_it_is_away() {
    let mut fake = Fake::start();
    let fieldlog = Fieldlog::new().with("FIELDLOG_LOG", fake.url()).without_docker();
    let gateway = fieldlog.start(["gateway", "--listen", "127.0.0.1:0"]).await;
    // A machine of its own, which shares log, vault and storage.
    let elsewhere = |name: &str| fieldlog.data().join(name).display().to_string();
    let other = Fieldlog::new()
        .with("FIELDLOG_LOG", fake.url())
        .with("FIELDLOG_VAULT", format!("sqlite:{}", elsewhere("vault.sqlite")))
        .with("FIELDLOG_MASTER_KEY_FILE", elsewhere("master.key"))
        .with("FIELDLOG_STORAGE", format!("file:{}", elsewhere("blobs")))
        .without_docker();
    let worker = other.start(["worker"]).await;
    let ana = gateway.client().register("ana").await;
    let project = ana.create_project("river").await;
    ana.upload(&project, "notes.txt", "one").await;
    let is_ready = async |wanted: bool| {
        until("readiness", SHORT, async || {
            let status = gateway.client().get("/readyz").await.status();
            (status.is_success() == wanted).then_some(())
        })
        .await;
    };
    is_ready(true).await;
    fake.stop(0);
    is_ready(false).await;
    let found = said(&fieldlog.run(["doctor"]).await);
    assert!(found.contains("BAD   log") && found.contains("reached") && found.contains("--log right?"), "{found}");
    fake.start_again(0);
    is_ready(true).await;
    ana.upload(&project, "notes.txt", "two").await;
    assert_eq!(ana.download(&project, "notes.txt").await, b"two");
    assert_eq!(worker.stop().await.code(), Some(0));
    assert_eq!(gateway.stop().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_moves_there_and_back_with_all_that_is_in_it() {
    let fake = Fake::start();
    let fieldlog = Fieldlog::new().without_docker();
    let server = fieldlog.serve().await;
    let ana = server.client().register("ana").await;
    let project = ana.create_project("river").await;
    ana.upload(&project, "notes.txt", "one").await;
    assert_eq!(server.stop().await.code(), Some(0));
    let file = format!("sqlite:{}", fieldlog.data().join("log.sqlite").display());
    let told = fieldlog.say(["log", "copy", "--from", &file, "--to", &fake.url()]).await;
    assert!(told.contains("0 of them from an earlier try"), "{told}");
    let again = fieldlog.say(["log", "copy", "--from", &file, "--to", &fake.url()]).await;
    let digest = |told: &str| told.trim().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(digest(&told), digest(&again));

    let before = history(&fieldlog).await;
    let moved = Fieldlog::new().with_data(fieldlog.data().to_owned()).with("FIELDLOG_LOG", fake.url()).without_docker();
    assert_eq!(history(&moved).await, before);
    let server = moved.serve().await;
    let ana = server.client().log_in("ana", PASSWORD).await;
    assert_eq!(ana.download(&project, "notes.txt").await, b"one");
    ana.upload(&project, "notes.txt", "two").await;
    assert_eq!(server.stop().await.code(), Some(0));

    let back = format!("sqlite:{}", moved.path("back.sqlite").display());
    moved.say(["log", "copy", "--from", &fake.url(), "--to", &back]).await;
    let after = history(&moved).await;
    let moved_back = Fieldlog::new().with_data(fieldlog.data().to_owned()).with("FIELDLOG_LOG", &back).without_docker();
    assert_eq!(history(&moved_back).await, after);
    assert!(after.len() > before.len());
    let refused = said(&fieldlog.run(["log", "copy", "--from", &back, "--to", "esdb://ana:secret@h?log=No"]).await);
    assert!(refused.contains("--to is wrong") && !refused.contains("secret"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_another_installation_is_refused_and_stays_as_it_is() {
    let fake = Fake::start();
    let theirs = Fieldlog::new().with("FIELDLOG_LOG", fake.url()).without_docker();
    let server = theirs.serve().await;
    server.client().register("ana").await;
    assert_eq!(server.stop().await.code(), Some(0));
    let before = events(&theirs).await;

    let ours = Fieldlog::new().with("FIELDLOG_LOG", fake.url()).without_docker();
    let refused = ours.run(["serve", "--listen", "127.0.0.1:0"]).await;
    assert_eq!(refused.status.code(), Some(1));
    let why = said(&refused);
    assert!(why.contains("a log and a vault of one installation") && why.contains("--vault"), "{why}");
    let found = said(&ours.run(["doctor"]).await);
    assert!(found.contains("BAD   vault") && found.contains("of one installation"), "{found}");
    assert_eq!(events(&theirs).await, before);

    // With a name of its own it has a log of its own, on the same server.
    let ours = Fieldlog::new().with("FIELDLOG_LOG", format!("{}&log=ours", fake.url())).without_docker();
    let server = ours.serve().await;
    server.client().register("ben").await;
    assert_eq!(server.stop().await.code(), Some(0));
    assert_eq!(events(&theirs).await, before);
}

/// Every user of TLS in one process, whatever the log: storage and mail are asked over TLS and hang up.
#[tokio::test(flavor = "multi_thread")]
async fn every_log_works_beside_storage_and_mail_over_tls() {
    let fake = Fake::start();
    let hangs_up = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = hangs_up.local_addr().unwrap();
    std::thread::spawn(move || hangs_up.incoming().for_each(drop));
    for log in [None, Some(fake.url())] {
        let mut fieldlog = Fieldlog::new().without_docker();
        if let Some(log) = &log {
            fieldlog = fieldlog.with("FIELDLOG_LOG", log);
        }
        let server = fieldlog.serve().await;
        server.client().register("ana").await;
        assert_eq!(server.stop().await.code(), Some(0));
        let fieldlog = fieldlog
            .with("FIELDLOG_STORAGE", "s3://bucket")
            .with("FIELDLOG_S3_ENDPOINT", format!("https://{address}"))
            .with("FIELDLOG_S3_REGION", "nowhere")
            .with("FIELDLOG_S3_ACCESS_KEY_ID", "id")
            .with("FIELDLOG_S3_SECRET_ACCESS_KEY", "key")
            .with("FIELDLOG_SMTP_URL", format!("smtps://ana:secret@{address}"))
            .with("FIELDLOG_MAIL_FROM", "cloud@example.org")
            .with("FIELDLOG_PUBLIC_URL", "https://cloud.example");
        let found = said(&fieldlog.run(["doctor"]).await);
        assert!(found.contains("ok    log") && found.contains("ok    vault"), "{log:?}: {found}");
        assert!(found.contains("BAD   storage") && found.contains("BAD   mail server"), "{log:?}: {found}");
        assert!(!found.contains("panicked") && !found.contains("secret@"), "{log:?}: {found}");
    }
}
