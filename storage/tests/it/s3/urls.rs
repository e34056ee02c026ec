use std::time::Duration;

use fieldlog_storage::ResponseHeaders;

use crate::bodies::content;
use crate::ceph::Ceph;
use crate::places::Place;

pub async fn a_presigned_url_gives_the_blob_to_anyone(ceph: &Ceph) {
    let place = Place::s3(ceph);
    let body = content(1, 100_000);
    let digest = place.storage.put_bytes(body.clone()).await.unwrap().digest;
    let headers = ResponseHeaders {
        content_type: Some("application/geopackage+sqlite3".into()),
        content_disposition: Some("attachment; filename=\"trees & bees.gpkg\"".into()),
    };
    let url = place.storage.url_of(&digest, Duration::from_secs(60), &headers).await.unwrap().unwrap();
    let answer = reqwest::get(url.clone()).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/geopackage+sqlite3");
    assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"trees & bees.gpkg\"");
    assert!(answer.bytes().await.unwrap() == body);
    let part = reqwest::Client::new().get(url).header("range", "bytes=10-19").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert!(part.bytes().await.unwrap() == body[10..20]);
    assert_eq!(Place::memory().storage.url_of(&digest, Duration::from_secs(60), &headers).await.unwrap(), None);
}

pub async fn a_changed_or_expired_url_gives_nothing(ceph: &Ceph) {
    let place = Place::s3(ceph);
    let digest = place.storage.put_bytes(content(2, 100)).await.unwrap().digest;
    let other = place.storage.put_bytes(content(3, 100)).await.unwrap().digest;
    let hour = Duration::from_secs(3600);
    let url = place.storage.url_of(&digest, hour, &ResponseHeaders::default()).await.unwrap().unwrap();
    let moved = url.as_str().replace(&digest.to_hex(), &other.to_hex());
    assert_eq!(reqwest::get(moved).await.unwrap().status(), 403);
    let soon =
        place.storage.url_of(&digest, Duration::from_secs(1), &ResponseHeaders::default()).await.unwrap().unwrap();
    crate::bodies::eventually("the URL expires", || async {
        reqwest::get(soon.clone()).await.unwrap().status() == 403
    })
    .await;
}
