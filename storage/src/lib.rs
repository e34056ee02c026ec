//! The storage manager: blobs named by the SHA-256 of their content, over `object_store`.
//!
//! ```text
//! body ─▶ receive (one pass: SHA-256, MD5, ETag, limits) ─▶ staged ─▶ verified ─▶ blobs/ab/cd/<sha256>
//! ```
//!
//! Three backends behind one type, [`Storage`]: memory (tests), disk, S3. On all of them
//! - nothing is visible under its digest before it is whole and verified,
//! - a failed or abandoned [`put`](Storage::put) leaves nothing behind that counts as a blob,
//! - content that is already there is not written again, but counts as touched,
//!   so that [`collect`](Storage::collect) spares it.
//!
//! Beside them lie notes: small objects with names, by which processes tell each other what need not last.
//!
//! Where blobs live and why is told in `docs/adr/0007-where-blobs-live.md`.

mod blocking;
mod collect;
mod disk;
mod error;
mod etag;
mod health;
mod keys;
mod list;
mod materialize;
mod notes;
mod options;
mod put;
mod read;
mod receive;
mod s3;
mod stage;
mod storage;
mod storage_url;
mod sweep;

pub use error::{BoxError, DigestKind, PutError, StorageError};
pub use etag::{ETAG_PART_SIZE, EtagHasher};
pub use health::Health;
pub use list::BlobEntry;
pub use options::{S3Options, StorageOptions};
pub use put::{Expected, PutLimits, StoredBlob};
pub use read::{BlobReader, Integrity};
pub use s3::ResponseHeaders;
pub use storage::Storage;
pub use storage_url::{NotAStorageUrl, StorageUrl};
pub use url::Url;
