//! However a body is cut, its digests are those of the whole.

use bytes::Bytes;
use fieldlog_domain::{Md5Digest, Sha256Digest};
use fieldlog_storage::{ETAG_PART_SIZE, EtagHasher, Expected, Storage};
use futures::stream;
use md5::{Digest, Md5};
use proptest::prelude::*;

use crate::bodies::{UNLIMITED, content};

const PART: usize = ETAG_PART_SIZE as usize;

/// The ETag as the clients compute it, written down a second time and differently.
fn etag_of(content: &[u8]) -> String {
    if content.len() <= PART {
        return hex::encode(Md5::digest(content));
    }
    let parts: Vec<[u8; 16]> = content.chunks(PART).map(|part| Md5::digest(part).into()).collect();
    format!("{}-{}", hex::encode(Md5::digest(parts.concat())), parts.len())
}

fn sizes() -> impl Strategy<Value = usize> {
    let around = |middle: usize| (middle.saturating_sub(3)..middle + 3).boxed();
    prop_oneof![0..2000_usize, around(512 * 1024), around(1024 * 1024), around(PART), around(2 * PART), 0..3 * PART]
}

fn cut(content: &Bytes, cuts: &[usize]) -> Vec<Result<Bytes, std::io::Error>> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (content.len() + 1)).collect();
    cuts.extend([0, content.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|pair| Ok(content.slice(pair[0]..pair[1]))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_chunking_gives_the_digests_of_one_shot(
        size in sizes(), cuts in prop::collection::vec(any::<usize>(), 0..40), seed: u64, announced: bool,
    ) {
        let body = content(seed, size);
        let whole = Md5Digest(Md5::digest(&body).into());
        let expected = Expected { md5: announced.then_some(whole), ..Expected::default() };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        for storage in [Storage::in_memory(), on_disk()] {
            let stored = runtime.block_on(storage.put(stream::iter(cut(&body, &cuts)), UNLIMITED, expected)).unwrap();
            prop_assert_eq!(stored.digest, Sha256Digest::of(&body));
            prop_assert_eq!(&stored.etag, &etag_of(&body));
            prop_assert_eq!(stored.md5, (announced || size <= PART).then_some(whole));
            prop_assert_eq!(stored.size, size as u64);
            let back = runtime.block_on(storage.read_to_bytes(&stored.digest, u64::MAX)).unwrap();
            prop_assert!(back == body);
        }
    }

    #[test]
    fn the_etag_does_not_depend_on_how_it_is_fed(cuts in prop::collection::vec(any::<usize>(), 0..10), size in sizes()) {
        let body = content(1, size);
        let mut hasher = EtagHasher::new(true);
        cut(&body, &cuts).iter().for_each(|chunk| hasher.update(chunk.as_ref().unwrap()));
        prop_assert_eq!(hasher.finish(), (etag_of(&body), Some(Md5Digest(Md5::digest(&body).into()))));
    }
}

fn on_disk() -> Storage {
    use fieldlog_storage::{StorageOptions, StorageUrl};
    // Shared by all cases of this process: content that was there before must change no digest either.
    static FOLDER: std::sync::LazyLock<tempfile::TempDir> = std::sync::LazyLock::new(|| tempfile::tempdir().unwrap());
    Storage::open(&StorageUrl::File(FOLDER.path().into()), &StorageOptions::default()).unwrap()
}
