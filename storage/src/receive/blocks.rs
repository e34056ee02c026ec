//! Cuts a body of arbitrary chunks into blocks that are worth a thread's while.

use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};

use crate::error::{BoxError, PutError};

/// What is hashed and written at once.
const BLOCK: usize = 1024 * 1024;
/// A chunk of this size is passed on as it is; smaller ones are gathered, so that tiny chunks cost no tiny writes.
const PASSED_ON: usize = 256 * 1024;

pub(super) struct Blocks<S> {
    body: Pin<Box<S>>,
    ended: bool,
    gathered: BytesMut,
    chunk: Bytes,
    received: u64,
    max_bytes: u64,
    expected: Option<u64>,
}

impl<S, E> Blocks<S>
where
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: Into<BoxError>,
{
    pub(super) fn of(body: S, max_bytes: u64, expected: Option<u64>) -> Self {
        Self {
            body: Box::pin(body),
            ended: false,
            gathered: BytesMut::new(),
            chunk: Bytes::new(),
            received: 0,
            max_bytes,
            expected,
        }
    }

    /// How many bytes came so far.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// The next block; `None` after the last byte of a body of the right size.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, PutError> {
        loop {
            if self.gathered.is_empty() && self.chunk.len() >= PASSED_ON {
                let size = self.chunk.len().min(BLOCK);
                return Ok(Some(self.chunk.split_to(size)));
            }
            if !self.chunk.is_empty() {
                let room = BLOCK - self.gathered.len();
                let now = self.chunk.split_to(self.chunk.len().min(room));
                self.gathered.extend_from_slice(&now);
                if self.gathered.len() == BLOCK {
                    return Ok(Some(std::mem::take(&mut self.gathered).freeze()));
                }
                continue;
            }
            if self.ended {
                return Ok((!self.gathered.is_empty()).then(|| std::mem::take(&mut self.gathered).freeze()));
            }
            self.read_chunk().await?;
        }
    }

    async fn read_chunk(&mut self) -> Result<(), PutError> {
        match self.body.next().await {
            Some(Ok(chunk)) => {
                self.received += chunk.len() as u64;
                self.chunk = chunk;
                match self.expected {
                    _ if self.received > self.max_bytes => Err(PutError::TooLarge { limit: self.max_bytes }),
                    Some(expected) if self.received > expected => self.wrong_size(expected),
                    _ => Ok(()),
                }
            }
            Some(Err(source)) => Err(PutError::BodyBrokeOff { received: self.received, source: source.into() }),
            None => {
                self.ended = true;
                match self.expected {
                    Some(expected) if self.received != expected => self.wrong_size(expected),
                    _ => Ok(()),
                }
            }
        }
    }

    fn wrong_size(&self, expected: u64) -> Result<(), PutError> {
        Err(PutError::SizeMismatch { expected, found: self.received })
    }
}
