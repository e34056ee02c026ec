//! Which blobs are still needed.

use fieldlog_domain::Sha256Digest;
use rusqlite::Connection;

use crate::error::ReadError;
use crate::view::View;

impl View {
    /// Whether any event needs this blob: a version that is not purged, a thumbnail, the avatar that an
    /// account has now, or what a job read, printed or made; of packages those in the last two of a resource, and of the files that
    /// edits changed those that are not a version yet.
    pub fn is_blob_referenced(&self, digest: &Sha256Digest) -> Result<bool, ReadError> {
        self.read(|connection| Ok(is_referenced(connection, digest)?))
    }

    /// Those of these blobs that no event needs, in the order of `digests`. Only a model at the head may be trusted.
    pub fn orphans_among(&self, digests: &[Sha256Digest]) -> Result<Vec<Sha256Digest>, ReadError> {
        self.read_at_once(|connection| {
            let mut orphans = Vec::new();
            for digest in digests {
                if !is_referenced(connection, digest)? {
                    orphans.push(*digest);
                }
            }
            Ok(orphans)
        })
    }
}

fn is_referenced(connection: &Connection, digest: &Sha256Digest) -> rusqlite::Result<bool> {
    let mut query = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM file_version WHERE digest = ?1 AND is_purged = 0)
             OR EXISTS (SELECT 1 FROM file_blob WHERE digest = ?1)
             OR EXISTS (SELECT 1 FROM file_output WHERE digest = ?1)
             OR EXISTS (SELECT 1 FROM file_avatar WHERE digest = ?1)",
    )?;
    query.query_row([digest.0], |row| row.get(0))
}
