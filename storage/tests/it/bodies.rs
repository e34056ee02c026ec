//! Bodies as they come from a network, good and bad.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use fieldlog_storage::{Expected, PutLimits, StorageError};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt, stream};

pub const KIB: usize = 1024;
pub const MIB: usize = 1024 * 1024;
pub const UNLIMITED: PutLimits = PutLimits { max_bytes: u64::MAX };

/// Content that differs everywhere and for each seed, so that a swapped or repeated block shows.
pub fn content(seed: u64, size: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes.into()
}

pub fn in_chunks(content: &Bytes, chunk: usize) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send + use<> {
    let content = content.clone();
    stream::iter((0..content.len()).step_by(chunk).map(move |at| Ok(content.slice(at..content.len().min(at + chunk)))))
}

pub fn breaking_off(content: &Bytes, chunk: usize) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send + use<> {
    let gone = Err(std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the sender went away"));
    in_chunks(content, chunk).chain(stream::iter([gone]))
}

/// A body that counts how many of its chunks were asked for.
pub fn counted(
    content: &Bytes,
    chunk: usize,
) -> (impl Stream<Item = Result<Bytes, std::io::Error>> + Send + use<>, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    (in_chunks(content, chunk).inspect(move |_| _ = count.fetch_add(1, Ordering::Relaxed)), asked)
}

pub fn nothing_expected() -> Expected {
    Expected::default()
}

pub async fn read_all(stream: BoxStream<'static, Result<Bytes, StorageError>>) -> Result<Vec<u8>, StorageError> {
    stream
        .try_fold(Vec::new(), |mut all, chunk| async move {
            all.extend_from_slice(&chunk);
            Ok(all)
        })
        .await
}

/// Waits for a condition, and fails with its name when it does not come.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds().await {
        assert!(Instant::now() < deadline, "expected within 20 s: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
