//! Takes a body in: one pass, bounded memory, hashed off the async threads.
//!
//! The body is cut into blocks. While the next block is being received, the last one is hashed (SHA-256 and MD5 at once,
//! on two threads) and written (on a third). No thread is held while a slow sender is waited for.

use std::io;

use bytes::Bytes;
use fieldlog_domain::{Md5Digest, Sha256Digest};
use futures::Stream;
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

use crate::blocking::{blocking, joined};
use crate::error::{BoxError, PutError, StorageError};
use crate::etag::EtagHasher;
use crate::receive::blocks::Blocks;
use crate::receive::writer::Writer;
use crate::stage::StagedFile;

mod blocks;
mod writer;

/// What the body turned out to be.
pub(crate) struct Received {
    pub(crate) content: Content,
    pub(crate) sha256: Sha256Digest,
    pub(crate) md5: Option<Md5Digest>,
    pub(crate) etag: String,
    pub(crate) size: u64,
}

/// Where the body waits.
pub(crate) enum Content {
    /// Small enough for memory.
    Memory(Vec<Bytes>),
    /// On disk; not synced to its end.
    File(StagedFile),
}

impl Content {
    /// Removes what is staged. A large file takes the file system a while.
    pub(crate) async fn discard(self) {
        if let Self::File(file) = self {
            let _ = blocking(move || drop(file)).await;
        }
    }
}

/// How to take a body in.
pub(crate) struct Receiver<F> {
    /// A longer body is refused.
    pub(crate) max_bytes: u64,
    /// Announced by the sender.
    pub(crate) expected_size: Option<u64>,
    /// Asks for the MD5 of the whole whatever the size.
    pub(crate) whole_md5: bool,
    /// What may stay in memory; longer bodies go to a file.
    pub(crate) in_memory: u64,
    /// Makes that file.
    pub(crate) stage: F,
    /// Whether the file will have to survive a crash.
    pub(crate) durable: bool,
}

impl<F: FnOnce() -> io::Result<StagedFile> + Send + 'static> Receiver<F> {
    pub(crate) async fn receive<S, E>(self, body: S) -> Result<Received, PutError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: Into<BoxError>,
    {
        let mut blocks = Blocks::of(body, self.max_bytes, self.expected_size);
        let mut held = Vec::new();
        let mut held_bytes = 0;
        while held_bytes <= self.in_memory {
            match blocks.next().await? {
                Some(block) => {
                    held_bytes += block.len() as u64;
                    held.push(block);
                }
                None => return in_memory(held, held_bytes, self.whole_md5).await,
            }
        }
        let stage = self.stage;
        let file = blocking(stage).await?.map_err(|error| StorageError::io("making a file for an upload", error))?;
        let writer = Writer::of(file, self.durable);
        through_file(blocks, held, writer, self.whole_md5).await
    }
}

async fn in_memory(held: Vec<Bytes>, size: u64, whole_md5: bool) -> Result<Received, PutError> {
    let (held, sha256, md5) = blocking(move || {
        let mut sha256 = Sha256::new();
        let mut md5 = EtagHasher::new(whole_md5);
        for block in &held {
            sha256.update(block);
            md5.update(block);
        }
        (held, sha256, md5)
    })
    .await?;
    Ok(received(Content::Memory(held), sha256, md5, size))
}

async fn through_file<S, E>(
    mut blocks: Blocks<S>,
    held: Vec<Bytes>,
    mut writer: Writer,
    whole_md5: bool,
) -> Result<Received, PutError>
where
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: Into<BoxError>,
{
    let mut sha256 = Sha256::new();
    let mut md5 = EtagHasher::new(whole_md5);
    let mut batch = held;
    loop {
        let [for_sha256, for_md5, for_file] = [batch.clone(), batch.clone(), batch];
        let sha256_done = spawn_blocking(move || {
            for_sha256.iter().for_each(|block| sha256.update(block));
            sha256
        });
        let md5_done = spawn_blocking(move || {
            for_md5.iter().for_each(|block| md5.update(block));
            md5
        });
        let file_done = spawn_blocking(move || (writer.write(&for_file), writer));
        let next = blocks.next().await;
        // All three are waited for on every path: when an error is returned, the staged file is gone.
        let (sha256_back, md5_back, file_back) =
            (joined(sha256_done).await, joined(md5_done).await, joined(file_done).await);
        (sha256, md5) = (sha256_back?, md5_back?);
        let (written, writer_back) = file_back?;
        writer = writer_back;
        let step = match (written, next) {
            (Err(error), _) => Err(error.into()),
            (Ok(()), next) => next,
        };
        match step {
            Ok(Some(block)) => batch = vec![block],
            Ok(None) => {
                let file = writer.finish().await?;
                return Ok(received(Content::File(file), sha256, md5, blocks.received()));
            }
            Err(error) => {
                writer.discard().await;
                return Err(error);
            }
        }
    }
}

fn received(content: Content, sha256: Sha256, md5: EtagHasher, size: u64) -> Received {
    let (etag, md5) = md5.finish();
    Received { content, sha256: Sha256Digest(sha256.finalize().into()), md5, etag, size }
}
