//! Files that a container brings: one part of a multipart body, onto the disk as it comes.

use std::path::{Path, PathBuf};

use axum::extract::Request;
use axum::http::header;
use fieldlog_domain::Sha256Digest;
use fieldlog_storage::EtagHasher;
use multer::{Field, Multipart};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::answer::Refusal;

/// A file that came whole. It is removed unless it is put somewhere.
pub(super) struct Received {
    place: PathBuf,
    pub(super) size: u64,
    /// Of all bytes, in hexadecimal digits.
    pub(super) md5: String,
    pub(super) sha256: Sha256Digest,
}

impl Received {
    /// Takes the file in the part of this name, of at most `limit` bytes, into `folder`. Other parts do not matter.
    pub(super) async fn from(request: Request, part: &str, folder: &Path, limit: u64) -> Result<Self, Refusal> {
        let expected = format!("expected multipart/form-data with a file in a part named {part}, found none");
        let nothing = || Refusal::bad("empty_content", expected.clone());
        let (head, body) = request.into_parts();
        let content_type = head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let boundary = multer::parse_boundary(content_type.unwrap_or_default()).map_err(|_| nothing())?;
        let mut body = Multipart::new(body.into_data_stream(), boundary);
        let mut received = None;
        while let Some(field) = body.next_field().await.map_err(broke_off)? {
            // A part without a file name is a plain form field.
            if field.name() != Some(part) || field.file_name().is_none() {
                continue;
            }
            if received.is_some() {
                return Err(Refusal::bad(
                    "multiple_contents",
                    format!("expected one part named {part}, found several"),
                ));
            }
            received = Some(Self::take(field, folder, limit).await?);
        }
        received.ok_or_else(nothing)
    }

    async fn take(mut field: Field<'_>, folder: &Path, limit: u64) -> Result<Self, Refusal> {
        let place = folder.join(format!("received-{}", Uuid::new_v4()));
        let mut file = File::create_new(&place).await?;
        // Made now: it removes the file when anything below goes wrong.
        let mut received = Self { place, size: 0, md5: String::new(), sha256: Sha256Digest([0; 32]) };
        let (mut md5, mut sha256) = (EtagHasher::new(true), Sha256::new());
        while let Some(bytes) = field.chunk().await.map_err(broke_off)? {
            received.size += bytes.len() as u64;
            if received.size > limit {
                return Err(Refusal::too_large(limit));
            }
            md5.update(&bytes);
            sha256.update(&bytes);
            file.write_all(&bytes).await?;
        }
        file.flush().await?;
        received.md5 = md5.finish().1.map(|whole| whole.to_hex()).unwrap_or_default();
        received.sha256 = Sha256Digest(sha256.finalize().into());
        Ok(received)
    }

    /// Puts it in its place, over what is there.
    pub(super) async fn put(&self, target: &Path) -> Result<(), Refusal> {
        if let Some(folder) = target.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        Ok(tokio::fs::rename(&self.place, target).await?)
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        // It is not there any more when it was put in its place.
        let _ = std::fs::remove_file(&self.place);
    }
}

fn broke_off(error: multer::Error) -> Refusal {
    Refusal::bad("upload_broke_off", format!("expected multipart/form-data: {error}"))
}
