//! The storage manager on memory, on disk and on a real S3 server.
#![allow(clippy::unwrap_used, missing_docs)]

mod bodies;
mod ceph;
mod conformance;
mod digests;
mod disk;
mod killed;
mod places;
mod proxy;
mod s3;
mod urls;
