//! Names of streams. Those of the log begin with its name and a dot, those Fieldlog keeps for itself with a colon.

use std::str::FromStr;

use fieldlog_domain::StreamId;
use sha2::{Digest, Sha256};

/// `fieldlog.`: what the server filters `$all` by.
pub(super) fn prefix(log: &str) -> String {
    format!("{log}.")
}

/// `fieldlog.resource-0192…`
pub(super) fn of_stream(log: &str, stream: &StreamId) -> String {
    format!("{log}.{stream}")
}

/// The way back; none for what is no stream of this log.
pub(super) fn stream(log: &str, name: &str) -> Option<StreamId> {
    name.strip_prefix(log)?.strip_prefix('.').and_then(|id| StreamId::from_str(id).ok())
}

/// The stream that says which log this is.
pub(super) fn of_identity(log: &str) -> String {
    format!("{log}:log")
}

/// `fieldlog:snapshot.resource-0192…`
pub(super) fn of_snapshot(log: &str, stream: &StreamId) -> String {
    format!("{log}:snapshot.{stream}")
}

/// The stream of a payload that is too large for an append, named by what it holds.
pub(super) fn of_payload(log: &str, digest: &str) -> String {
    format!("{log}:payload-{digest}")
}

/// SHA-256 in hex.
pub(super) fn digest(payload: &str) -> String {
    hex::encode(Sha256::digest(payload))
}
