use std::time::{Duration, Instant};

use fieldlog_storage::{PutError, StorageError};

use crate::bodies::{MIB, UNLIMITED, content, eventually, in_chunks, nothing_expected};
use crate::ceph::Ceph;
use crate::places::Place;

pub async fn a_server_that_was_gone_for_a_while_is_used_again(ceph: &Ceph) {
    let place = Place::s3(ceph);
    let before = place.storage.put_bytes(content(1, 100)).await.unwrap();
    tokio::task::block_in_place(|| ceph.stop());
    let started = Instant::now();
    let failed = place.storage.read_to_bytes(&before.digest, 100).await.unwrap_err();
    assert!(matches!(failed, StorageError::Unavailable { .. }), "{failed:?}");
    let body = content(2, 10 * MIB);
    let failed = place.storage.put(in_chunks(&body, MIB), UNLIMITED, nothing_expected()).await.unwrap_err();
    assert!(matches!(failed, PutError::Storage(StorageError::Unavailable { .. })), "{failed:?}");
    assert!(started.elapsed() < Duration::from_secs(60), "it took {:?}", started.elapsed());
    tokio::task::block_in_place(|| ceph.start_again());
    eventually("the server answers again", || async { place.storage.exists(&before.digest).await.unwrap_or(false) })
        .await;
    assert_eq!(place.storage.read_to_bytes(&before.digest, 100).await.unwrap(), content(1, 100));
    place.storage.put(in_chunks(&body, MIB), UNLIMITED, nothing_expected()).await.unwrap();
    assert_eq!((place.blobs().await, place.leftovers().await), (2, vec![]));
}
