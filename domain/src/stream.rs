//! Names of streams: the kind of thing and its id.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumIter, EnumString, IntoStaticStr};
use thiserror::Error;

/// What a stream tells the life of. The wire names are for ever.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    AsRefStr,
    EnumString,
    EnumIter,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum StreamKind {
    /// A person or an organization.
    Account,
    /// One log-in.
    Session,
    /// A name taken by someone.
    NameClaim,
    /// A project, dataset, map, document or geoapp.
    Resource,
    /// One path of a resource.
    File,
    /// One piece of work for a container.
    Job,
    /// One pushed delta file of a resource.
    ChangeSet,
    /// A value that only the containers of jobs get to see.
    Secret,
}

/// One stream of the log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StreamId {
    /// What it tells the life of.
    pub kind: StreamKind,
    /// Which one: a UUID, or for name claims the name itself.
    pub id: String,
}

impl StreamId {
    /// The stream of this kind with this id.
    pub fn new(kind: StreamKind, id: impl fmt::Display) -> Self {
        Self { kind, id: id.to_string() }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.kind.as_ref(), self.id)
    }
}

/// A text that names no stream.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected a stream as KIND-ID, for example resource-0192…, found {0:?}")]
pub struct NotAStream(pub String);

impl FromStr for StreamId {
    type Err = NotAStream;

    fn from_str(text: &str) -> Result<Self, NotAStream> {
        let fail = || NotAStream(text.to_owned());
        let (kind, id) = text.split_once('-').filter(|(_, id)| !id.is_empty()).ok_or_else(fail)?;
        Ok(Self { kind: kind.parse().map_err(|_| fail())?, id: id.to_owned() })
    }
}
