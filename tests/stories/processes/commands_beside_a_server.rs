//! `fieldlog` commands beside a running server.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::support::client::PASSWORD;
use crate::support::fieldlog::Fieldlog;

#[tokio::test(flavor = "multi_thread")]
async fn commands_never_disturb_a_server_that_works_beside_them() {
    let fieldlog = Fieldlog::new().without_docker();
    let server = fieldlog.serve().await;
    let ana = server.client().register("ana").await;
    let project = ana.create_project("river").await;
    let is_over = AtomicBool::new(false);

    let work = async {
        let mut uploaded = 0;
        while !is_over.load(Ordering::Relaxed) {
            let text = format!("upload {uploaded}");
            ana.upload(&project, "notes.txt", text.clone()).await;
            assert_eq!(ana.download(&project, "notes.txt").await, text.as_bytes());
            let revised = ana.outcome("reviseProject", json!({ "project": project, "description": text })).await;
            assert_eq!(revised, "ProjectRevised");
            uploaded += 1;
        }
        uploaded
    };
    let commands = async {
        let out = fieldlog.path("replayed");
        let replay = ["replay", "--resource", &project, "--at", "2999-01-01T00:00:00Z", "--out", out.to_str().unwrap()];
        // Two at a time.
        tokio::join!(fieldlog.create_account("bob", PASSWORD), fieldlog.create_account("eve", PASSWORD));
        tokio::join!(fieldlog.say(replay), fieldlog.say(["rebuild"]));
        tokio::join!(fieldlog.say(["events", "--json"]), fieldlog.run(["doctor"]));
        is_over.store(true, Ordering::Relaxed);
    };
    let (uploaded, ()) = tokio::join!(work, commands);
    assert!(uploaded > 3, "the server was busy meanwhile: {uploaded}");

    // Positions have no gap, nothing is there twice, and both accounts can be used.
    let listed = fieldlog.say(["events", "--json"]).await;
    let events: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let positions: Vec<u64> =
        events.iter().map(|event| event["position"].to_string().trim_matches('"').parse().unwrap()).collect();
    assert_eq!(positions, (1..=positions.len() as u64).collect::<Vec<_>>());
    let added = events.iter().filter(|event| event["type"] == "file_version_added").count();
    assert_eq!(added, uploaded);
    server.client().reach(positions.len() as u64).await;
    for name in ["bob", "eve"] {
        server.client().log_in(name, PASSWORD).await;
    }
    assert_eq!(server.stop().await.code(), Some(0));
}
