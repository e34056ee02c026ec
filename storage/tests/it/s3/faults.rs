use std::time::{Duration, Instant};

use fieldlog_storage::{PutError, S3Options, StorageError, StorageOptions};
use futures::{StreamExt, TryStreamExt};
use uuid::Uuid;

use crate::bodies::{KIB, MIB, UNLIMITED, content, in_chunks, nothing_expected, read_all};
use crate::ceph::Ceph;
use crate::disk::SmallDisk;
use crate::places::Place;
use crate::proxy::{Fault, Proxy};

/// Storage that reaches the server only through a proxy.
pub async fn through_proxy(ceph: &Ceph, change: impl FnOnce(&mut S3Options)) -> (Place, Proxy) {
    let proxy = Proxy::before(ceph.address()).await;
    let mut s3 = ceph.options_at(proxy.address());
    change(&mut s3);
    let place = Place::s3_through(ceph, &Uuid::new_v4().to_string(), &StorageOptions { s3, spool_dir: None });
    (place, proxy)
}

pub async fn a_connection_cut_once_in_the_middle_of_a_put_is_made_up_for(ceph: &Ceph) {
    let (place, proxy) = through_proxy(ceph, |_| {}).await;
    for size in [4 * MIB, 20 * MIB] {
        proxy.set_for(1, Fault::CutUpAfter(MIB as u64));
        let body = content(size as u64, size);
        let stored = place.storage.put(in_chunks(&body, 64 * KIB), UNLIMITED, nothing_expected()).await.unwrap();
        assert!(place.storage.read_to_bytes(&stored.digest, u64::MAX).await.unwrap() == body);
    }
    assert_eq!(place.leftovers().await, Vec::<String>::new());
}

pub async fn connections_cut_always_in_the_middle_of_a_put_leave_nothing(ceph: &Ceph) {
    let (place, proxy) = through_proxy(ceph, |s3| s3.retries = 2).await;
    for size in [4 * MIB, 20 * MIB] {
        proxy.set(Fault::CutUpAfter(MIB as u64));
        let body = content(1, size);
        let started = Instant::now();
        let failed = place.storage.put(in_chunks(&body, 64 * KIB), UNLIMITED, nothing_expected()).await.unwrap_err();
        assert!(matches!(failed, PutError::Storage(StorageError::Unavailable { .. })), "{failed:?}");
        assert!(failed.is_retryable() && started.elapsed() < Duration::from_secs(60));
        assert_eq!((Place::blobs(&place).await, place.leftovers().await), (0, vec![]));
        proxy.set(Fault::None);
        let stored = place.storage.put(in_chunks(&body, 64 * KIB), UNLIMITED, nothing_expected()).await.unwrap();
        assert!(!stored.deduplicated);
        place.storage.delete(&stored.digest).await.unwrap();
    }
}

pub async fn a_download_goes_on_where_it_was_cut(ceph: &Ceph) {
    let (place, proxy) = through_proxy(ceph, |_| {}).await;
    let body = content(2, 12 * MIB);
    let digest = place.storage.put(in_chunks(&body, MIB), UNLIMITED, nothing_expected()).await.unwrap().digest;
    // More cuts than any single request is tried again: what counts is that each brings some bytes.
    proxy.set(Fault::CutDownAfter(MIB as u64));
    let whole = place.storage.open_blob(&digest, None).await.unwrap();
    assert!(read_all(whole.stream).await.unwrap() == body);
    let part = place.storage.open_blob(&digest, Some(100..5 * MIB as u64)).await.unwrap();
    assert!(read_all(part.stream).await.unwrap() == body[100..5 * MIB]);
    let folder = tempfile::tempdir().unwrap();
    place.storage.materialize(&digest, &folder.path().join("file")).await.unwrap();
    assert!(std::fs::read(folder.path().join("file")).unwrap() == body);
}

pub async fn a_download_that_cannot_go_on_ends_with_an_error(ceph: &Ceph) {
    let (place, proxy) = through_proxy(ceph, |s3| s3.retries = 1).await;
    let body = content(3, 30 * MIB);
    let digest = place.storage.put(in_chunks(&body, MIB), UNLIMITED, nothing_expected()).await.unwrap().digest;
    let mut reader = place.storage.open_blob(&digest, None).await.unwrap();
    let mut got = reader.stream.next().await.unwrap().unwrap().len();
    proxy.set(Fault::Refuse);
    let started = Instant::now();
    let error = loop {
        match reader.stream.try_next().await {
            Ok(Some(chunk)) => got += chunk.len(),
            Ok(None) => panic!("a download of {got} bytes of {} ended as if it were whole", body.len()),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StorageError::Unavailable { .. }), "{error:?}");
    assert!(got < body.len() && started.elapsed() < Duration::from_secs(30));
    let folder = tempfile::tempdir().unwrap();
    assert!(place.storage.materialize(&digest, &folder.path().join("file")).await.is_err());
    assert!(!folder.path().join("file").exists());
    proxy.set(Fault::None);
    assert!(place.storage.read_to_bytes(&digest, u64::MAX).await.unwrap() == body);
}

pub async fn a_slow_network_is_only_slow(ceph: &Ceph) {
    // The whole takes longer than any single wait is allowed to.
    let (place, proxy) = through_proxy(ceph, |s3| s3.read_timeout = Duration::from_secs(2)).await;
    let body = content(4, 6 * MIB);
    let digest = place.storage.put(in_chunks(&body, MIB), UNLIMITED, nothing_expected()).await.unwrap().digest;
    proxy.set(Fault::Slow(Duration::from_millis(40)));
    let started = Instant::now();
    assert!(place.storage.read_to_bytes(&digest, u64::MAX).await.unwrap() == body);
    assert!(started.elapsed() > Duration::from_secs(2));
}

pub async fn a_full_spool_folder_is_told(ceph: &Ceph) {
    let Some(disk) = SmallDisk::mount("8m") else { return };
    let options = StorageOptions { s3: ceph.options(), spool_dir: Some(disk.path().into()) };
    let place = Place::s3_through(ceph, &Uuid::new_v4().to_string(), &options);
    let body = content(5, 20 * MIB);
    let failed = place.storage.put(in_chunks(&body, MIB), UNLIMITED, nothing_expected()).await.unwrap_err();
    assert!(matches!(failed, PutError::Storage(StorageError::NoSpace { .. })), "{failed:?}");
    assert_eq!((place.blobs().await, place.leftovers().await), (0, vec![]));
    assert_eq!(std::fs::read_dir(disk.path()).unwrap().count(), 0);
    assert_eq!(place.storage.put_bytes(content(5, 5 * MIB)).await.unwrap().size, 5 * MIB as u64);
}

pub async fn a_silent_server_is_given_up_in_bounded_time(ceph: &Ceph) {
    let impatient = |s3: &mut S3Options| {
        s3.read_timeout = Duration::from_secs(1);
        s3.retry_for = Duration::from_secs(2);
    };
    let (place, proxy) = through_proxy(ceph, impatient).await;
    let stored = place.storage.put_bytes(content(6, 100)).await.unwrap();
    proxy.set(Fault::Hang);
    let started = Instant::now();
    let failed = place.storage.size(&stored.digest).await.unwrap_err();
    assert!(matches!(failed, StorageError::Unavailable { .. }), "{failed:?}");
    assert!(place.storage.put_bytes(content(7, 9 * MIB)).await.is_err_and(|error| error.is_retryable()));
    assert!(place.storage.check().await.is_err_and(|error| error.is_retryable()));
    assert!(started.elapsed() < Duration::from_secs(40), "it took {:?}", started.elapsed());
    proxy.set(Fault::None);
    assert_eq!(place.storage.size(&stored.digest).await.unwrap(), 100);
    assert_eq!(place.blobs().await, 1);
}
