//! The files of a job directory as the clients list them (QFieldCloud reference, section 3.5).

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use fieldlog_domain::Sha256Digest;
use fieldlog_storage::EtagHasher;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::staging::{Found, whole_folder};

/// What is said of one file, but for its name.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    size: u64,
    /// The ETag that all clients compare.
    etag: String,
    sha256: Sha256Digest,
    modified: DateTime<Utc>,
}

/// Everything in a folder, by name. Reads all of it.
pub(super) fn list(folder: &Path) -> io::Result<Vec<(String, Listed)>> {
    whole_folder(folder)?.into_iter().map(|found| Ok((found.path.to_string(), look(&found)?))).collect()
}

/// One file.
pub(super) fn look(found: &Found) -> io::Result<Listed> {
    let mut file = found.open()?;
    let metadata = file.metadata()?;
    let (etag, sha256) = digests(&mut file)?;
    Ok(Listed { size: metadata.len(), etag, sha256, modified: metadata.modified()?.into() })
}

fn digests(file: &mut File) -> io::Result<(String, Sha256Digest)> {
    let (mut etag, mut sha256) = (EtagHasher::new(false), Sha256::new());
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((etag.finish().0, Sha256Digest(sha256.finalize().into()))),
            count => {
                etag.update(&buffer[..count]);
                sha256.update(&buffer[..count]);
            }
        }
    }
}

impl Listed {
    /// An item of the list. A file has one version here: the job's.
    pub(super) fn item(&self, name: &str, is_attachment: bool) -> Value {
        let uploaded_at = self.modified.to_rfc3339_opts(SecondsFormat::Micros, true);
        let last_modified = self.modified.format("%d.%m.%Y %H:%M:%S UTC").to_string();
        let sha256 = self.sha256.to_hex();
        let version = json!({
            "version_id": Uuid::new_v5(&Uuid::NAMESPACE_OID, sha256.as_bytes()),
            "size": self.size,
            "md5sum": self.etag,
            "sha256": sha256,
            "uploaded_at": uploaded_at,
            "last_modified": last_modified,
            "display": self.modified.format("v%Y%m%d%H%M%S").to_string(),
            "is_latest": true,
        });
        json!({
            "name": name,
            "size": self.size,
            "md5sum": self.etag,
            "sha256": sha256,
            "uploaded_at": uploaded_at,
            "last_modified": last_modified,
            "is_attachment": is_attachment,
            "versions": [version],
        })
    }
}
