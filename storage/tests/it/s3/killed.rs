use std::process::{Command, Stdio};
use std::time::Duration;

use fieldlog_storage::{S3Options, Storage, StorageOptions, StorageUrl};
use object_store::ObjectStoreExt;
use object_store::multipart::MultipartStore;
use object_store::path::Path;

use super::faults::through_proxy;
use crate::bodies::{MIB, UNLIMITED, content, eventually, in_chunks, nothing_expected};
use crate::ceph::Ceph;
use crate::proxy::Fault;

const URL: &str = "FIELDLOG_STORAGE_CHILD_URL";

#[test]
#[ignore = "the body of a child process"]
fn child_that_uploads_to_s3() {
    let Ok(url) = std::env::var(URL) else { return };
    let url: StorageUrl = url.parse().unwrap();
    let options = StorageOptions { s3: S3Options::from_env(), spool_dir: None };
    let storage = Storage::open(&url, &options).unwrap();
    let body = content(1, 64 * MIB);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(storage.put(in_chunks(&body, MIB), UNLIMITED, nothing_expected())).unwrap();
}

pub async fn an_upload_killed_half_way_is_invisible_and_swept(ceph: &Ceph) {
    let (place, proxy) = through_proxy(ceph, |_| {}).await;
    proxy.set(Fault::Slow(Duration::from_millis(5)));
    let s3 = ceph.options_at(proxy.address());
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "s3::killed::child_that_uploads_to_s3", "--ignored", "--nocapture"])
        .env(URL, place.storage.url().to_string())
        .env("AWS_ENDPOINT_URL", s3.endpoint.unwrap())
        .env("AWS_REGION", s3.region.unwrap())
        .env("AWS_ACCESS_KEY_ID", s3.access_key_id.unwrap())
        .env("AWS_SECRET_ACCESS_KEY", s3.secret_access_key.unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually("some parts are uploaded", || async { proxy.up() > 20 * MIB as u64 }).await;
    child.kill().unwrap();
    child.wait().unwrap();
    proxy.set(Fault::None);

    assert_eq!(place.blobs().await, 0);
    let notes = place.leftovers().await;
    assert_eq!(notes.len(), 1, "{notes:?}");
    let bucket = ceph.bucket();
    let note = bucket.get(&Path::from(notes[0].as_str())).await.unwrap().bytes().await.unwrap();
    let note: serde_json::Value = serde_json::from_slice(&note).unwrap();
    let (key, upload) = (Path::from(note["key"].as_str().unwrap()), note["upload"].as_str().unwrap().to_owned());
    bucket.put_part(&key, &upload, 50, "the upload is still open".into()).await.unwrap();

    assert_eq!(place.storage.sweep_staging(Duration::from_secs(3600)).await.unwrap(), 0);
    eventually("S3's clock, in whole seconds, has moved on", || async {
        place.storage.sweep_staging(Duration::from_millis(1)).await.unwrap() == 1
    })
    .await;
    assert_eq!(place.leftovers().await, Vec::<String>::new());
    assert!(bucket.put_part(&key, &upload, 51, "now it is not".into()).await.is_err());
}
