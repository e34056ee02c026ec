//! The append-only log: one port, several engines.
//!
//! What every engine promises (and `tests/it/conformance` checks on each of them):
//!
//! - **Order**: a reader that has seen position *p* never later finds an event at or below *p*.
//! - **Nothing half**: the events of one append are all there or none is, and they are there once `append` answered.
//! - **Nothing twice**: an append whose event ids are already in its stream is answered with the first receipt.
//! - **One wins**: of two appends that expect the same sequence exactly one succeeds.
//! - **The end is the end**: a read that breaks off is an error, never a short answer.
//!
//! The log never knows what an event means.

mod admission;
pub mod clock;
pub mod copying;
mod head;
mod port;
mod recorded;
pub mod repository;
pub mod subscription;
pub mod url;

pub mod eventstoredb;
pub mod postgres;
pub mod sqlite;

pub use copying::{Copied, CopiedAppend, CopyError, Copying, copy};
pub use port::{AppendError, EventLog, LogError, Snapshot};
pub use recorded::{NewEvent, Position, Receipt, RecordedEvent};
pub use repository::LogRepository;
pub use subscription::subscribe;
pub use url::{LogUrl, NotALogUrl, install_tls_provider, open, open_beside, open_to_copy};
