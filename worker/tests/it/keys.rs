//! What a container is told of keys, deleted features and columns.

use std::sync::{Arc, Mutex};

use fieldlog_domain::change_set::{ChangeSetEvent, ColumnMapping, DeltaOutcome, DeltaVerdict};
use fieldlog_domain::job::{JobEvent, JobKind, Settlement};
use fieldlog_domain::{ChangeSetId, DeltaId, JobId, ResourceId, Sha256Digest, StreamId, StreamKind};
use fieldlog_worker::Worker;
use fieldlog_worker::containers::ContainerSpec;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::field_day::{applies, edit};
use crate::script::{act, engine};

/// An edit of the layer `hives` by a device.
fn by(device: u128, method: &str, local_pk: &str, source_pk: &str) -> Value {
    let mut edit = edit("oak");
    let said = json!({
        "clientId": Uuid::from_u128(device), "method": method, "localPk": local_pk, "sourcePk": source_pk,
        // No device says these.
        "featureDeleted": {}, "columns": { "name": null }, "strict": true, "overwriteConflicts": true,
    });
    edit.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
    edit
}

fn id(edit: &Value) -> DeltaId {
    edit["uuid"].as_str().unwrap().parse().unwrap()
}

async fn tell(cloud: &Cloud, project: ResourceId, edit: &Value, event: impl FnOnce(Uuid) -> ChangeSetEvent) {
    let delta_file = cloud.app.view().delta(project, id(edit)).unwrap().unwrap().delta_file;
    let stream = StreamId::new(StreamKind::ChangeSet, ChangeSetId::of(project, delta_file));
    cloud.append(stream, project, event(delta_file)).await;
}

async fn applied(cloud: &Cloud, project: ResourceId, edit: &Value, pk: &str) {
    let outcome = DeltaOutcome {
        id: id(edit),
        verdict: DeltaVerdict::Applied,
        modified_pk: Some(pk.to_owned()),
        feedback: json!({ "status": "status_applied", "file": "data/bees.gpkg", "made": { "name": "OAK" } }),
        before: Value::Null,
        after: json!({ "attributes": { "name": "oak" }, "geometry": "Point (7 46)" }),
    };
    tell(cloud, project, edit, |delta_file| ChangeSetEvent::DeltasSettled {
        resource: project,
        delta_file,
        job: JobId(Uuid::from_u128(9)),
        outcomes: vec![outcome],
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_is_told_what_is_known_of_the_features_that_edits_are_about() {
    let cloud = Cloud::new().await;
    let seen: Arc<Mutex<Vec<Value>>> = Arc::default();
    let engine = engine({
        let seen = seen.clone();
        move |_: &ContainerSpec| {
            let seen = seen.clone();
            let look = act(move |io| {
                let file = std::fs::read(io.join("deltafile.json")).unwrap();
                seen.lock().unwrap().push(serde_json::from_slice(&file).unwrap());
            });
            [vec![look], applies("status_conflict")].concat()
        }
    });
    let (made, deleted) = (by(7, "create", "50", ""), by(8, "delete", "3", "3"));
    let (own, others) = (by(7, "patch", "50", ""), by(6, "patch", "3", "3"));
    let (changed, late) = (by(9, "patch", "4", "4"), by(5, "patch", "4", "4"));
    let (project, job) = cloud.apply_job(&[made.clone(), deleted.clone(), changed.clone()]).await;
    applied(&cloud, project, &changed, "4").await;
    applied(&cloud, project, &made, "17").await;
    applied(&cloud, project, &deleted, "3").await;
    cloud.push(project, &[own.clone(), others.clone(), late.clone()]).await;
    let girth = |layer: &str| ColumnMapping {
        layer: Some(layer.to_owned()),
        from: "girth".to_owned(),
        to: Some(format!("girth of {layer}")),
    };
    tell(&cloud, project, &own, |delta_file| ChangeSetEvent::DeltasReopened {
        resource: project,
        delta_file,
        deltas: vec![id(&own)],
        overwrites_conflicts: false,
        columns: vec![girth("hives"), girth("trees")],
    })
    .await;
    let worker = Worker::start_with(cloud.app.clone(), Arc::new(engine), cloud.options("w")).await.unwrap();
    cloud.finished(job).await;
    let told = seen.lock().unwrap().pop().unwrap();
    let name = |device| format!("{}__hives__50", Uuid::from_u128(device));
    assert_eq!(told["clientPks"][name(7)], "17");
    assert_eq!((&told["uncertainPks"], &told["lostPks"]), (&json!({}), &json!({})));
    let said = made["new"]["attributes"]["name"].clone();
    assert_eq!(told["madeValues"], json!({ name(7): { "name": { "said": said, "stored": "OAK" } } }));
    let parent = &told["parents"][0];
    assert_eq!(
        (&parent["layer"], &parent["said"]["name"], &parent["stored"]["name"]),
        (&json!("hives"), &said, &json!("oak"))
    );
    assert_eq!(
        told["edited"],
        json!({ "hives": { "4": { "attributes": { "name": "oak" }, "geometry": "Point (7 46)" } } })
    );
    let ours = |edit: &Value, key: &str| edit.get(key).cloned().unwrap_or_default();
    let given = told["deltas"].as_array().unwrap();
    assert_eq!(given.iter().map(id).collect::<Vec<_>>(), [id(&own), id(&others), id(&late)]);
    for edit in given {
        assert_eq!(ours(edit, "columns"), json!({ "girth": "girth of hives" }));
        assert_eq!((ours(edit, "strict"), ours(edit, "overwriteConflicts")), (Value::Null, Value::Null));
    }
    assert_eq!(ours(&given[0], "featureDeleted"), Value::Null);
    let hint = ours(&given[1], "featureDeleted");
    assert_eq!((&hint["delta"], &hint["by"], &hint["certain"]), (&deleted["uuid"], &json!("somebody"), &json!(true)));

    cloud.put_file(project, "data/bees.gpkg", b"bees of the office").await;
    let digest = Sha256Digest::of(b"<qgis/>");
    let again = cloud.request_kind(JobKind::ApplyDeltas, project, "farm.qgs", digest).await;
    let settled = JobEvent::JobSettled { settlement: Settlement::Taken };
    cloud.append(StreamId::new(StreamKind::Job, job), project, settled).await;
    cloud.finished(again).await;
    worker.shutdown().await;
    let told = seen.lock().unwrap().pop().unwrap();
    let uncertain = &told["uncertainPks"][name(7)];
    assert_eq!((&told["clientPks"], &told["lostPks"]), (&json!({}), &json!({})));
    let after = json!({ "attributes": { "name": "oak" }, "geometry": "Point (7 46)" });
    assert_eq!((&uncertain["pk"], &uncertain["after"]), (&json!("17"), &after));
    let why = uncertain["why"].as_str().unwrap();
    assert!(why.starts_with("`data/bees.gpkg` was uploaded anew by somebody on 20"), "{why}");
    assert_eq!(ours(&told["deltas"][1], "featureDeleted"), Value::Null, "nobody knows what is in the upload");
}
