use std::time::{Duration, Instant};

use fieldlog_storage::{S3Options, Storage, StorageError, StorageOptions, StorageUrl};

use crate::bodies::content;
use crate::ceph::Ceph;

pub async fn wrong_keys_and_missing_buckets_are_refused_not_retried(ceph: &Ceph) {
    let wrong_key = S3Options { secret_access_key: Some("wrong".into()), ..ceph.options() };
    for (bucket, s3) in [("fieldlog", wrong_key), ("no-such-bucket", ceph.options())] {
        let url = StorageUrl::S3 { bucket: bucket.into(), prefix: String::new() };
        let storage = Storage::open(&url, &StorageOptions { s3, spool_dir: None }).unwrap();
        let digest = fieldlog_domain::Sha256Digest::of(b"nothing");
        let started = Instant::now();
        let errors = [storage.check().await.unwrap_err(), storage.open_blob(&digest, None).await.err().unwrap()];
        for error in errors {
            assert!(matches!(error, StorageError::Refused { .. }), "{bucket}: {error:?}");
            assert!(!error.is_retryable());
        }
        assert!(storage.put_bytes(content(1, 10)).await.is_err_and(|error| !error.is_retryable()));
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}
