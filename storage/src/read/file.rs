//! Reads a local file in large chunks, one ahead of whoever consumes them.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use parking_lot::Mutex;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::blocking::{blocking, joined};
use crate::error::StorageError;

/// What one read asks for.
const CHUNK: u64 = 512 * 1024;
/// How many buffers a stream keeps for its next reads: fresh memory for each would cost as much as the copying.
const KEPT: usize = 3;

type Chunk = (io::Result<Bytes>, File);

/// The bytes of `range`, which lies within the file.
pub(super) fn file_stream(
    mut file: File,
    path: PathBuf,
    range: Range<u64>,
) -> BoxStream<'static, Result<Bytes, StorageError>> {
    let buffers = Buffers::default();
    let read = move |mut file: File, left: u64| -> JoinHandle<Chunk> {
        let buffers = buffers.clone();
        spawn_blocking(move || (read_chunk(&mut file, left.min(CHUNK), buffers), file))
    };
    let failed = move |error| StorageError::io(format!("reading {}", path.display()), error);
    let begin = async move {
        let positioned = blocking(move || file.seek(SeekFrom::Start(range.start)).map(|_| file)).await?;
        let file = positioned.map_err(&failed)?;
        let left = range.end - range.start;
        let reading = (left > 0).then(|| read(file, left));
        Ok(stream::try_unfold((reading, left), move |(reading, left)| {
            let failed = failed.clone();
            let read = read.clone();
            async move {
                let Some(reading) = reading else { return Ok(None) };
                let (chunk, file) = joined(reading).await?;
                let chunk = chunk.map_err(&failed)?;
                let left = left - chunk.len() as u64;
                let next = (left > 0).then(|| read(file, left));
                Ok(Some((chunk, (next, left))))
            }
        }))
    };
    stream::once(begin).try_flatten().boxed()
}

fn read_chunk(file: &mut File, size: u64, buffers: Buffers) -> io::Result<Bytes> {
    let mut chunk = buffers.take(usize::try_from(size).map_err(io::Error::other)?);
    file.take(size).read_to_end(&mut chunk.bytes)?;
    if (chunk.bytes.len() as u64) < size {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file is shorter than when it was opened"));
    }
    Ok(Bytes::from_owner(chunk))
}

/// Buffers that come back when the chunks in them have been consumed.
#[derive(Clone, Default)]
struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

/// A buffer on loan.
struct Lent {
    bytes: Vec<u8>,
    buffers: Buffers,
}

impl Buffers {
    fn take(self, size: usize) -> Lent {
        let mut bytes = self.0.lock().pop().unwrap_or_default();
        bytes.clear();
        bytes.reserve_exact(size);
        Lent { bytes, buffers: self }
    }
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut kept = self.buffers.0.lock();
        if kept.len() < KEPT {
            kept.push(std::mem::take(&mut self.bytes));
        }
    }
}
