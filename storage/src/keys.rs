//! The names under which things lie in object storage, all of them ASCII.

use fieldlog_domain::Sha256Digest;
use object_store::path::Path;
use uuid::Uuid;

/// Where each kind of object lies, below the prefix of the URL.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    prefix: Path,
}

impl Keys {
    pub(crate) fn below(prefix: Path) -> Self {
        Self { prefix }
    }

    /// All blobs: `blobs/ab/cd/<sha256>`.
    pub(crate) fn blobs(&self) -> Path {
        self.prefix.clone().join("blobs")
    }

    pub(crate) fn blob(&self, digest: &Sha256Digest) -> Path {
        fan_out(self.blobs(), digest)
    }

    /// The key of a blob, below [`blobs`](Self::blobs).
    pub(crate) fn below_blobs(&self, digest: &Sha256Digest) -> String {
        let key = fan_out(Path::default(), digest);
        key.as_ref().to_owned()
    }

    /// Empty objects whose age says when an existing blob was last put again; for stores that cannot touch an object.
    pub(crate) fn touch(&self, digest: &Sha256Digest) -> Path {
        fan_out(self.prefix.clone().join("touched"), digest)
    }

    /// One object for each multipart upload under way.
    pub(crate) fn uploads(&self) -> Path {
        self.prefix.clone().join("uploads")
    }

    pub(crate) fn upload(&self, id: Uuid) -> Path {
        self.uploads().join(id.to_string())
    }

    /// All notes: `notes/<folder>/<name>`.
    pub(crate) fn notes(&self) -> Path {
        self.prefix.clone().join("notes")
    }

    pub(crate) fn notes_in(&self, folder: &str) -> Path {
        self.notes().join(folder)
    }

    pub(crate) fn note(&self, folder: &str, name: &str) -> Path {
        self.notes_in(folder).join(name)
    }

    pub(crate) fn probe(&self, id: Uuid) -> Path {
        self.prefix.clone().join("probes").join(id.to_string())
    }

    /// The digest that a key of [`blobs`](Self::blobs) names, if it was made by [`blob`](Self::blob).
    pub(crate) fn digest_of(&self, key: &Path) -> Option<Sha256Digest> {
        let digest = key.filename()?.parse().ok()?;
        (self.blob(&digest) == *key).then_some(digest)
    }
}

fn fan_out(folder: Path, digest: &Sha256Digest) -> Path {
    let hex = digest.to_hex();
    folder.join(&hex[..2]).join(&hex[2..4]).join(hex.as_str())
}
