//! What names a storage, and what does not.

use fieldlog_storage::{NotAStorageUrl, S3Options, StorageUrl};

#[test]
fn the_three_forms_are_read_and_written_back() {
    let s3 = |bucket: &str, prefix: &str| StorageUrl::S3 { bucket: bucket.into(), prefix: prefix.into() };
    let forms = [
        ("file:/var/lib/fieldlog", StorageUrl::File("/var/lib/fieldlog".into()), "file:/var/lib/fieldlog"),
        ("file:data/blobs", StorageUrl::File("data/blobs".into()), "file:data/blobs"),
        ("file:///srv/a b", StorageUrl::File("/srv/a b".into()), "file:/srv/a b"),
        ("file://localhost/srv", StorageUrl::File("/srv".into()), "file:/srv"),
        ("s3://bucket", s3("bucket", ""), "s3://bucket"),
        ("s3://bucket/", s3("bucket", ""), "s3://bucket"),
        ("s3://my.bucket-1/a/b/", s3("my.bucket-1", "a/b"), "s3://my.bucket-1/a/b"),
        ("memory:", StorageUrl::Memory, "memory:"),
    ];
    for (text, url, written) in forms {
        assert_eq!(text.parse::<StorageUrl>().as_ref(), Ok(&url), "{text}");
        assert_eq!(url.to_string(), written);
    }
}

#[test]
fn other_texts_are_refused_with_what_was_found() {
    let refused = |text: &str| text.parse::<StorageUrl>().unwrap_err();
    for text in ["", "/var/lib", "s3:bucket", "https://bucket", "memory", "memory:x", "gs://bucket"] {
        assert_eq!(refused(text), NotAStorageUrl::UnknownForm { found: text.into() });
    }
    assert_eq!(refused("file:"), NotAStorageUrl::NoPath);
    assert_eq!(
        refused("file://nas/x"),
        NotAStorageUrl::ForeignHost { host: "nas".into(), found: "file://nas/x".into() }
    );
    assert_eq!(refused("s3://"), NotAStorageUrl::BadBucket { bucket: "".into() });
    assert_eq!(refused("s3://key:secret@bucket/x"), NotAStorageUrl::BadBucket { bucket: "key:secret@bucket".into() });
    for prefix in ["a/../b", "a//b", "ü", "a b"] {
        assert_eq!(refused(&format!("s3://bucket/{prefix}")), NotAStorageUrl::BadPrefix { prefix: prefix.into() });
    }
}

#[test]
fn options_do_not_show_secrets() {
    let options = S3Options {
        access_key_id: Some("the-id".into()),
        secret_access_key: Some("the-secret".into()),
        session_token: Some("the-token".into()),
        ..S3Options::default()
    };
    let shown = format!("{options:?}");
    assert!(shown.contains("the-id") && !shown.contains("the-secret") && !shown.contains("the-token"), "{shown}");
}
