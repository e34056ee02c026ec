//! Which blobs are still needed.

use fieldlog_domain::Sha256Digest;

use crate::error::ReadError;
use crate::view::View;

impl View {
    /// Whether any event needs this blob: a version that is not purged, a thumbnail, or what a job read, printed or made.
    pub fn is_blob_referenced(&self, digest: &Sha256Digest) -> Result<bool, ReadError> {
        todo!("{digest}")
    }

    /// Those of these blobs that no event needs, in the order of `digests`. Only a model at the head may be trusted.
    pub fn orphans_among(&self, digests: &[Sha256Digest]) -> Result<Vec<Sha256Digest>, ReadError> {
        todo!("{digests:?}")
    }
}
