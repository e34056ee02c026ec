//! What storage promises on every backend. Run on memory and disk here, on S3 in `s3.rs`.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use chrono::{TimeDelta, Utc};
use fieldlog_domain::{Md5Digest, Sha256Digest};
use fieldlog_storage::{Expected, Integrity, PutError, PutLimits, StorageError};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use md5::{Digest, Md5};

use crate::bodies::{
    KIB, MIB, UNLIMITED, breaking_off, content, counted, eventually, in_chunks, nothing_expected, read_all,
};
use crate::places::Place;

pub type Case = (&'static str, fn(Place) -> BoxFuture<'static, ()>);

macro_rules! on_every_backend {
    ($($name:ident),* $(,)?) => {
        pub const CASES: &[Case] = &[$((stringify!($name), |place| $name(place).boxed())),*];

        mod memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $name() { super::$name(super::Place::memory()).await })*
        }

        mod disk {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $name() { super::$name(super::Place::disk()).await })*
        }
    };
}

on_every_backend!(
    content_comes_back_as_it_was_put,
    the_test_vectors_of_the_clients_hold,
    a_range_gives_just_those_bytes,
    a_range_that_cannot_be_is_refused,
    content_that_is_there_is_not_written_again,
    many_puts_of_one_content_at_once_make_one_blob,
    a_body_that_breaks_off_leaves_nothing,
    a_body_that_is_too_large_is_refused_before_it_ends,
    content_that_is_not_as_announced_leaves_nothing,
    content_that_is_as_announced_is_taken,
    an_abandoned_put_leaves_nothing,
    a_missing_blob_is_told_apart,
    deleting_twice_is_nothing,
    a_listing_names_every_blob_and_nothing_else,
    a_materialized_file_may_be_changed,
    damage_is_found,
    collecting_takes_only_what_was_not_put_since,
    a_blob_too_large_to_hold_is_not_read,
    the_health_check_leaves_nothing,
    notes_are_there_by_name_until_they_are_removed,
);

async fn content_comes_back_as_it_was_put(place: Place) {
    let sizes = [0, 1, 5, 512 * KIB, 512 * KIB + 1, MIB, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 20 * MIB + 77];
    for (seed, size) in sizes.into_iter().enumerate() {
        let body = content(seed as u64, size);
        let chunk = [7 * KIB + 3, 64 * KIB, 3 * MIB][seed % 3];
        let stored = place.storage.put(in_chunks(&body, chunk), UNLIMITED, nothing_expected()).await.unwrap();
        assert_eq!((stored.digest, stored.size, stored.deduplicated), (Sha256Digest::of(&body), size as u64, false));
        let back = place.storage.read_to_bytes(&stored.digest, u64::MAX).await.unwrap();
        assert!(back == body, "{size} bytes came back as {} others", back.len());
        let reader = place.storage.open_blob(&stored.digest, None).await.unwrap();
        assert_eq!((reader.size, reader.range.clone()), (size as u64, 0..size as u64));
        if let Some(path) = reader.local_path {
            assert!(std::fs::read(path).unwrap() == body);
        }
        assert_eq!(place.storage.size(&stored.digest).await.unwrap(), size as u64);
        assert!(place.storage.exists(&stored.digest).await.unwrap());
        assert_eq!(place.storage.verify(&stored.digest).await.unwrap(), Integrity::Whole { size: size as u64 });
    }
    assert_eq!(place.leftovers().await, Vec::<String>::new());
}

async fn the_test_vectors_of_the_clients_hold(place: Place) {
    let hello = place.storage.put_bytes(Bytes::from_static(b"Hello!")).await.unwrap();
    assert_eq!(hello.etag, "952d2c56d0485958336747bcdd98590d");
    assert_eq!(hello.md5.unwrap().to_hex(), hello.etag);
    assert_eq!(hello.digest.to_hex(), "334d016f755cd6dc58c53a86e183882f8ec14f52fb05345887c8a5edd42c87b7");
    let large = Bytes::from(vec![b'x'; 10_000_000]);
    let large = place.storage.put(in_chunks(&large, 10_007), UNLIMITED, nothing_expected()).await.unwrap();
    assert_eq!(large.etag, "1e762c1c6ca960a51ce95942752cf1f6-2");
    assert_eq!(large.md5, None);
    assert_eq!(large.digest.to_hex(), "0c9a42b3d065a64063eca67e98c932fa2e9a077bc7973a421a964a11304c998c");
}

async fn a_range_gives_just_those_bytes(place: Place) {
    let size = 9 * MIB as u64;
    let body = content(1, size as usize);
    let digest = place.storage.put(in_chunks(&body, MIB), UNLIMITED, nothing_expected()).await.unwrap().digest;
    for range in [0..1, 0..size, 5..5 + 3 * MIB as u64, size - 1..size, size / 2..size, 7..7, size..size] {
        let reader = place.storage.open_blob(&digest, Some(range.clone())).await.unwrap();
        assert_eq!((reader.size, &reader.range), (size, &range));
        assert!(read_all(reader.stream).await.unwrap() == body[range.start as usize..range.end as usize], "{range:?}");
    }
    let reader = place.storage.open_blob(&digest, Some(size - 10..size + 10)).await.unwrap();
    assert_eq!(reader.range, size - 10..size);
    assert!(read_all(reader.stream).await.unwrap() == body[body.len() - 10..]);
}

async fn a_range_that_cannot_be_is_refused(place: Place) {
    let digest = place.storage.put_bytes(content(2, 100)).await.unwrap().digest;
    #[allow(clippy::reversed_empty_ranges)]
    for range in [100..101, 5000..6000, 101..101, 7..3] {
        match place.storage.open_blob(&digest, Some(range.clone())).await {
            Err(StorageError::BadRange { requested, size }) => assert_eq!((requested, size), (range, 100)),
            Err(other) => panic!("{range:?}: {other:?}"),
            Ok(reader) => panic!("{range:?} gave {:?}", reader.range),
        }
    }
}

async fn content_that_is_there_is_not_written_again(place: Place) {
    for size in [10, 3 * MIB, 12 * MIB] {
        let body = content(3, size);
        let first = place.storage.put(in_chunks(&body, 64 * KIB), UNLIMITED, nothing_expected()).await.unwrap();
        let second = place.storage.put(in_chunks(&body, 1000), UNLIMITED, nothing_expected()).await.unwrap();
        assert!(!first.deduplicated && second.deduplicated);
        assert_eq!((first.digest, first.etag, first.size), (second.digest, second.etag, second.size));
    }
    assert_eq!(place.blobs().await, 3);
    assert_eq!(place.leftovers().await, Vec::<String>::new());
}

async fn many_puts_of_one_content_at_once_make_one_blob(place: Place) {
    for size in [100, 9 * MIB] {
        let body = content(4, size);
        let puts =
            (0..8).map(|turn| place.storage.put(in_chunks(&body, 1000 + 70_000 * turn), UNLIMITED, nothing_expected()));
        for stored in futures::future::join_all(puts).await {
            assert_eq!(stored.unwrap().digest, Sha256Digest::of(&body));
        }
        assert_eq!(
            place.storage.verify(&Sha256Digest::of(&body)).await.unwrap(),
            Integrity::Whole { size: size as u64 }
        );
    }
    assert_eq!(place.blobs().await, 2);
    assert_eq!(place.leftovers().await, Vec::<String>::new());
}

async fn a_body_that_breaks_off_leaves_nothing(place: Place) {
    for size in [0, 100, 600 * KIB, 12 * MIB] {
        let body = breaking_off(&content(5, size), 50 * KIB);
        match place.storage.put(body, UNLIMITED, nothing_expected()).await {
            Err(PutError::BodyBrokeOff { received, source }) => {
                assert_eq!((received, source.to_string()), (size as u64, "the sender went away".to_owned()));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!((place.blobs().await, place.leftovers().await), (0, vec![]));
    }
}

async fn a_body_that_is_too_large_is_refused_before_it_ends(place: Place) {
    let limits = PutLimits { max_bytes: 2 * MIB as u64 };
    let exact = content(6, 2 * MIB);
    assert!(place.storage.put(in_chunks(&exact, 999), limits, nothing_expected()).await.is_ok());
    let (body, asked) = counted(&content(7, 64 * MIB), 64 * KIB);
    let refused = place.storage.put(body, limits, nothing_expected()).await;
    assert!(matches!(refused, Err(PutError::TooLarge { limit }) if limit == limits.max_bytes), "{refused:?}");
    assert!(asked.load(Ordering::Relaxed) < 40, "the limit is 32 chunks, {} were read", asked.load(Ordering::Relaxed));
    let (body, asked) = counted(&content(7, 3 * MIB), 64 * KIB);
    let announced = Expected { size: Some(3 * MIB as u64), ..Expected::default() };
    assert!(matches!(place.storage.put(body, limits, announced).await, Err(PutError::TooLarge { .. })));
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    assert_eq!((place.blobs().await, place.leftovers().await), (1, vec![]));
}

async fn content_that_is_not_as_announced_leaves_nothing(place: Place) {
    for size in [100, 10 * MIB] {
        let body = content(8, size);
        let wrong = [
            Expected { sha256: Some(Sha256Digest([1; 32])), ..Expected::default() },
            Expected { md5: Some(Md5Digest([1; 16])), ..Expected::default() },
            Expected { size: Some(size as u64 + 1), ..Expected::default() },
            Expected { size: Some(size as u64 - 1), ..Expected::default() },
        ];
        for expected in wrong {
            let error = place.storage.put(in_chunks(&body, 33 * KIB), UNLIMITED, expected).await.unwrap_err();
            match (&error, expected) {
                (PutError::DigestMismatch { expected: said, found, .. }, Expected { sha256: Some(digest), .. }) => {
                    assert_eq!((said, found), (&digest.to_hex(), &Sha256Digest::of(&body).to_hex()));
                }
                (PutError::DigestMismatch { found, .. }, Expected { md5: Some(_), .. }) => {
                    assert_eq!(*found, hex::encode(Md5::digest(&body)));
                }
                (PutError::SizeMismatch { expected: said, .. }, Expected { size: Some(announced), .. }) => {
                    assert_eq!(*said, announced);
                }
                _ => panic!("{error:?} for {expected:?}"),
            }
            assert!(!error.is_retryable());
            assert_eq!((place.blobs().await, place.leftovers().await), (0, vec![]));
        }
    }
}

async fn content_that_is_as_announced_is_taken(place: Place) {
    for size in [0, 100, 10 * MIB] {
        let body = content(9, size);
        let md5 = Md5Digest(Md5::digest(&body).into());
        let expected = Expected { sha256: Some(Sha256Digest::of(&body)), md5: Some(md5), size: Some(size as u64) };
        let stored = place.storage.put(in_chunks(&body, 100 * KIB), UNLIMITED, expected).await.unwrap();
        assert_eq!(stored.md5, Some(md5));
    }
}

async fn an_abandoned_put_leaves_nothing(place: Place) {
    for size in [100, 12 * MIB] {
        let (body, asked) = counted(&content(10, size), 50 * KIB);
        let body = body.chain(stream::pending());
        let put = place.storage.put(body, UNLIMITED, nothing_expected());
        let all_asked = eventually("the whole body is asked for", || async {
            asked.load(Ordering::Relaxed) == size.div_ceil(50 * KIB)
        });
        tokio::select! {
            stored = put => panic!("a body without an end was stored: {stored:?}"),
            () = all_asked => {}
        }
        eventually("nothing is left of the put", || async { place.leftovers().await.is_empty() }).await;
        assert_eq!(place.blobs().await, 0);
    }
}

async fn a_missing_blob_is_told_apart(place: Place) {
    let missing = Sha256Digest([7; 32]);
    let target = tempfile::tempdir().unwrap();
    let target = target.path().join("file");
    let errors = [
        place.storage.size(&missing).await.unwrap_err(),
        place.storage.open_blob(&missing, None).await.err().unwrap(),
        place.storage.open_blob(&missing, Some(0..10)).await.err().unwrap(),
        place.storage.open_blob(&missing, Some(3..3)).await.err().unwrap(),
        place.storage.read_to_bytes(&missing, 10).await.unwrap_err(),
        place.storage.verify(&missing).await.unwrap_err(),
        place.storage.materialize(&missing, &target).await.unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, StorageError::NotFound { digest } if digest == missing), "{error:?}");
    }
    assert!(!target.exists());
    assert!(!place.storage.exists(&missing).await.unwrap());
    assert!(!place.storage.collect(&missing, Utc::now()).await.unwrap());
}

async fn deleting_twice_is_nothing(place: Place) {
    let digest = place.storage.put_bytes(content(11, 100)).await.unwrap().digest;
    place.storage.put_bytes(content(11, 100)).await.unwrap();
    for _ in 0..2 {
        place.storage.delete(&digest).await.unwrap();
        assert!(!place.storage.exists(&digest).await.unwrap());
    }
    assert!(!place.storage.put_bytes(content(11, 100)).await.unwrap().deduplicated);
}

async fn a_listing_names_every_blob_and_nothing_else(place: Place) {
    let began = Utc::now() - TimeDelta::seconds(2);
    let mut expected = Vec::new();
    for size in 0..20 {
        let stored = place.storage.put_bytes(content(12, size)).await.unwrap();
        expected.push((stored.digest, stored.size));
    }
    place.storage.put_bytes(content(12, 1)).await.unwrap();
    let listed: Vec<_> = place.storage.list().try_collect().await.unwrap();
    assert!(listed.iter().all(|blob| blob.modified > began && blob.modified < Utc::now() + TimeDelta::seconds(2)));
    let mut listed: Vec<_> = listed.into_iter().map(|blob| (blob.digest, blob.size)).collect();
    expected.sort();
    listed.sort();
    assert_eq!(listed, expected);
}

async fn a_materialized_file_may_be_changed(place: Place) {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("file");
    for size in [0, 5 * MIB + 1] {
        let body = content(13, size);
        let digest = place.storage.put_bytes(body.clone()).await.unwrap().digest;
        std::fs::write(&target, vec![b'!'; 6 * MIB]).unwrap();
        assert_eq!(place.storage.materialize(&digest, &target).await.unwrap(), size as u64);
        assert!(std::fs::read(&target).unwrap() == body);
        std::fs::write(&target, "changed by a job").unwrap();
        assert_eq!(place.storage.verify(&digest).await.unwrap(), Integrity::Whole { size: size as u64 });
    }
}

async fn damage_is_found(place: Place) {
    let body = content(14, 1000);
    let digest = place.storage.put_bytes(body.clone()).await.unwrap().digest;
    if !place.tamper(&digest, b"other bytes").await {
        return;
    }
    let found = Sha256Digest::of(b"other bytes");
    assert_eq!(place.storage.verify(&digest).await.unwrap(), Integrity::Damaged { found, size: 11 });
    let repaired = place.storage.put_bytes(body).await.unwrap();
    assert!(!repaired.deduplicated, "content of another size must not count as there");
    assert_eq!(place.storage.verify(&digest).await.unwrap(), Integrity::Whole { size: 1000 });
}

async fn collecting_takes_only_what_was_not_put_since(place: Place) {
    let kept = place.storage.put_bytes(content(15, 100)).await.unwrap().digest;
    let gone = place.storage.put_bytes(content(16, 100)).await.unwrap().digest;
    assert!(!place.storage.collect(&kept, Utc::now() - TimeDelta::hours(1)).await.unwrap());
    // S3 tells times in whole seconds.
    let before = Utc::now() + TimeDelta::seconds(2);
    eventually("two seconds pass", || async { Utc::now() > before + TimeDelta::seconds(1) }).await;
    assert!(place.storage.put_bytes(content(15, 100)).await.unwrap().deduplicated);
    assert!(!place.storage.collect(&kept, before).await.unwrap(), "it was put again after that time");
    assert!(place.storage.collect(&gone, before).await.unwrap(), "it was not put again");
    assert!(place.storage.exists(&kept).await.unwrap() && !place.storage.exists(&gone).await.unwrap());
    assert!(place.storage.collect(&kept, Utc::now() + TimeDelta::seconds(2)).await.unwrap());
    assert_eq!(place.blobs().await, 0);
}

async fn a_blob_too_large_to_hold_is_not_read(place: Place) {
    let digest = place.storage.put_bytes(content(17, 1000)).await.unwrap().digest;
    assert_eq!(place.storage.read_to_bytes(&digest, 1000).await.unwrap().len(), 1000);
    let refused = place.storage.read_to_bytes(&digest, 999).await;
    assert!(matches!(refused, Err(StorageError::TooLargeToHold { limit: 999, size: 1000, .. })), "{refused:?}");
}

async fn the_health_check_leaves_nothing(place: Place) {
    let health = place.storage.check().await.unwrap();
    assert_eq!(health.free_bytes.is_some(), place.storage.url().to_string().starts_with("file:"));
    assert!(health.free_bytes <= health.total_bytes);
    assert_eq!((place.blobs().await, place.leftovers().await), (0, vec![]));
}

async fn notes_are_there_by_name_until_they_are_removed(place: Place) {
    let storage = &place.storage;
    assert_eq!(storage.notes("job-1", "").await.unwrap(), Vec::<String>::new());
    assert_eq!(storage.note("job-1", "1").await.unwrap(), None);
    for (folder, name) in [("job-1", "2"), ("job-1", "1"), ("job-1", "10"), ("job-2", "1")] {
        storage.put_note(folder, name, format!("{folder}/{name}").into()).await.unwrap();
    }
    assert_eq!(storage.notes("job-1", "").await.unwrap(), ["1", "10", "2"]);
    assert_eq!(storage.notes("job-1", "10").await.unwrap(), ["2"]);
    assert_eq!(storage.note("job-1", "2").await.unwrap().unwrap(), "job-1/2");
    storage.put_note("job-1", "2", "again".into()).await.unwrap();
    assert_eq!(storage.note("job-1", "2").await.unwrap().unwrap(), "again");
    let mut folders = storage.folders_of_notes().await.unwrap();
    folders.sort();
    assert_eq!(folders, ["job-1", "job-2"]);
    assert_eq!(storage.list().try_collect::<Vec<_>>().await.unwrap(), [], "they are no blobs");
    for _ in 0..2 {
        storage.remove_notes("job-1").await.unwrap();
        assert_eq!(storage.folders_of_notes().await.unwrap(), ["job-2"]);
    }
    storage.remove_notes("job-2").await.unwrap();
    assert_eq!(storage.folders_of_notes().await.unwrap(), Vec::<String>::new());
    assert_eq!(place.leftovers().await, Vec::<String>::new());
}
