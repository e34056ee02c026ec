//! Large content goes up in parts, and parts of an upload that died can be found again.
//!
//! S3 keeps the parts of an unfinished upload, invisible and paid for, until someone aborts it by its id.
//! `object_store` cannot list such uploads, so each leaves a note of its id in the bucket while it runs.

use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{MultipartId, ObjectStore, ObjectStoreExt, PutPayload};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::blocking::blocking;
use crate::error::StorageError;
use crate::s3::{PART_SIZE, S3, insisting};
use crate::stage::StagedFile;
use crate::storage::{Backend, Storage};

/// Parts on their way at once; with [`PART_SIZE`] this bounds the memory of an upload.
const AT_ONCE: usize = 3;
/// S3 takes 10,000 parts. Content above 72 GB gets larger ones.
const MOST_PARTS: u64 = 9_000;

/// What a running upload writes beside the blobs.
#[derive(Serialize, Deserialize)]
struct Note {
    key: String,
    upload: MultipartId,
}

impl Storage {
    pub(crate) async fn upload_in_parts(
        &self,
        key: &Path,
        file: Arc<StagedFile>,
        size: u64,
    ) -> Result<(), StorageError> {
        let Backend::S3(s3) = &self.inner.backend else { unreachable!("only S3 takes parts") };
        let failed = |error| StorageError::store(format!("uploading {key}"), error);
        let upload = s3.client.create_multipart(key).await.map_err(failed)?;
        let note_key = self.inner.keys.upload(Uuid::new_v4());
        let sent = async {
            let note = Note { key: key.to_string(), upload: upload.clone() };
            let note = serde_json::to_vec(&note).expect("two texts are JSON");
            self.inner.store.put(&note_key, note.into()).await.map_err(failed)?;
            let parts = s3.send_parts(key, &upload, file, size).await?;
            s3.client.complete_multipart(key, &upload, parts).await.map_err(failed)
        };
        let sent = sent.await;
        // If the store is away now, the note stays for sweeping.
        let ended = match &sent {
            Ok(_) => true,
            Err(_) => s3.abort(key, &upload).await.is_ok(),
        };
        if ended && let Err(error) = self.delete_key(&note_key).await {
            tracing::debug!(%error, "the note of an ended upload is left for sweeping");
        }
        sent.map(|_| ())
    }

    /// Aborts uploads that began before `older_than` ago and never ended.
    pub(crate) async fn sweep_uploads(&self, s3: &S3, older_than: Duration) -> Result<usize, StorageError> {
        let sweeping = |error| StorageError::store("looking for dead uploads", error);
        let uploads = self.inner.keys.uploads();
        let mut notes = self.inner.store.list(Some(&uploads));
        let mut swept = 0;
        while let Some(note) = notes.try_next().await.map_err(sweeping)? {
            let age = (Utc::now() - note.last_modified).to_std().unwrap_or_default();
            if age < older_than {
                continue;
            }
            let content = match self.inner.store.get(&note.location).await {
                Ok(found) => found.bytes().await.map_err(sweeping)?,
                Err(object_store::Error::NotFound { .. }) => continue,
                Err(error) => return Err(sweeping(error)),
            };
            match serde_json::from_slice::<Note>(&content) {
                Ok(dead) => s3.abort(&Path::from(dead.key), &dead.upload).await.map_err(sweeping)?,
                Err(error) => tracing::warn!(note = %note.location, %error, "expected the note of an upload"),
            }
            self.delete_key(&note.location).await?;
            swept += 1;
        }
        Ok(swept)
    }
}

impl S3 {
    async fn send_parts(
        &self,
        key: &Path,
        upload: &MultipartId,
        file: Arc<StagedFile>,
        size: u64,
    ) -> Result<Vec<PartId>, StorageError> {
        let part_size = size.div_ceil(MOST_PARTS).max(PART_SIZE);
        stream::iter((0..size.div_ceil(part_size)).zip(0_usize..))
            .map(|(part, index)| {
                let file = file.clone();
                let start = part * part_size;
                let length = part_size.min(size - start);
                async move {
                    let bytes = read_part(file, start, length).await?;
                    let payload = PutPayload::from_bytes(bytes);
                    let sent = insisting(|| self.client.put_part(key, upload, index, payload.clone())).await;
                    sent.map_err(|error| StorageError::store(format!("uploading part {index} of {key}"), error))
                }
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn abort(&self, key: &Path, upload: &MultipartId) -> object_store::Result<()> {
        match self.client.abort_multipart(key, upload).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

async fn read_part(file: Arc<StagedFile>, start: u64, length: u64) -> Result<Bytes, StorageError> {
    blocking(move || {
        let mut part = vec![0; usize::try_from(length).map_err(std::io::Error::other)?];
        file.file().read_exact_at(&mut part, start)?;
        Ok(Bytes::from(part))
    })
    .await?
    .map_err(|error| StorageError::io("reading back an upload on its way to S3", error))
}
