//! A project file that QGIS cannot read.

use serde_json::{Value, json};

use crate::support::docker;
use crate::support::fieldlog::Fieldlog;
use crate::support::sample::{BROKEN, empty_project};

#[tokio::test(flavor = "multi_thread")]
async fn readers_keep_the_last_good_version_and_editors_see_why_the_new_one_was_rejected() {
    docker::ready();
    let fieldlog = Fieldlog::new();
    let server = fieldlog.serve().await;
    let ana = server.client().register("ana").await;
    let bob = server.client().register("bob").await;
    let project = ana.create_project("river").await;
    let invitation = json!({ "project": project, "collaborator": { "personName": "bob" }, "role": "READER" });
    assert_eq!(ana.outcome("addCollaborator", invitation).await, "CollaboratorAdded");

    let good = empty_project("river");
    ana.upload(&project, "river.qgs", good.clone()).await;
    ana.revision_is(&project, "READY").await;
    assert_eq!(bob.download(&project, "river.qgs").await, good.as_bytes());

    ana.upload(&project, "river.qgs", BROKEN).await;
    let revision = ana.revision_is(&project, "REJECTED").await;
    assert_eq!(revision["rejection"]["code"], "INVALID_PROJECT_FILE");
    let why = revision["rejection"]["message"].as_str().unwrap();
    assert!(why.contains("line 3") && why.contains("<title>River</titel>"), "{why}");
    let job = ana.job_ended(&project).await;
    assert_eq!((job["state"].as_str(), job["error"]["kind"].as_str()), (Some("FAILED"), Some("INVALID_PROJECT_FILE")));
    assert!(job["error"]["message"].as_str().unwrap().contains("line 3"), "{job}");

    // The reader sees the good one and nothing of the other; the owner sees both.
    assert_eq!(bob.download(&project, "river.qgs").await, good.as_bytes());
    let seen = bob.project(&project, "readyRevision { state } latestRevision { state } details { title }").await;
    assert_eq!(seen["latestRevision"], Value::Null);
    assert_eq!(seen["readyRevision"]["state"], "READY");
    assert_eq!(seen["details"]["title"], "river");
    assert_eq!(ana.download(&project, "river.qgs").await, BROKEN.as_bytes());

    // A repaired one is for everybody.
    let repaired = empty_project("repaired");
    ana.upload(&project, "river.qgs", repaired.clone()).await;
    ana.revision_is(&project, "READY").await;
    assert_eq!(bob.download(&project, "river.qgs").await, repaired.as_bytes());
}
