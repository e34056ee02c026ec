//! Global ids: what an object is and which one, as in the names of streams: `resource-0192…`, `event-1234`.

use std::fmt;
use std::str::FromStr;

use async_graphql::ID;
use fieldlog_domain::{AccountId, FileId, JobId, ResourceId, RevisionId, TeamId, VersionId};
use fieldlog_eventlog::Position;
use uuid::Uuid;

/// What a global id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GlobalId {
    /// A person or an organization.
    Account(AccountId),
    /// A team.
    Team(TeamId),
    /// A project, dataset, map, document or geoapp.
    Resource(ResourceId),
    /// A revision of a resource.
    Revision(RevisionId),
    /// A path of a resource.
    File(FileId),
    /// A version of a file.
    Version(VersionId),
    /// A job.
    Job(JobId),
    /// An event.
    Event(Position),
}

impl fmt::Display for GlobalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => write!(f, "account-{id}"),
            Self::Team(id) => write!(f, "team-{id}"),
            Self::Resource(id) => write!(f, "resource-{id}"),
            Self::Revision(id) => write!(f, "revision-{id}"),
            Self::File(id) => write!(f, "file-{id}"),
            Self::Version(id) => write!(f, "version-{id}"),
            Self::Job(id) => write!(f, "job-{id}"),
            Self::Event(position) => write!(f, "event-{position}"),
        }
    }
}

/// A text that names nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a global id of a {expected}, for example {expected}-01981c1f-…, or its UUID alone; found {found:?}")]
pub struct NotAGlobalId {
    expected: &'static str,
    found: String,
}

impl FromStr for GlobalId {
    type Err = NotAGlobalId;

    fn from_str(text: &str) -> Result<Self, NotAGlobalId> {
        let fail = || not_an_id("resource", text);
        let (kind, id) = text.split_once('-').ok_or_else(fail)?;
        if kind == "event" {
            return id.parse().map(Self::Event).map_err(|_| fail());
        }
        let id = Uuid::parse_str(id).map_err(|_| fail())?;
        Ok(match kind {
            "account" => Self::Account(id.into()),
            "team" => Self::Team(id.into()),
            "resource" => Self::Resource(id.into()),
            "revision" => Self::Revision(id.into()),
            "file" => Self::File(id.into()),
            "version" => Self::Version(id.into()),
            "job" => Self::Job(id.into()),
            _ => return Err(fail()),
        })
    }
}

/// An id where only one kind makes sense: the global id, or the UUID alone.
pub trait Named: From<Uuid> {
    /// The kind, as global ids write it.
    const KIND: &'static str;

    /// Reads it.
    fn named(id: &ID) -> Result<Self, NotAGlobalId> {
        let uuid = id.strip_prefix(Self::KIND).and_then(|rest| rest.strip_prefix('-')).unwrap_or(id);
        Uuid::parse_str(uuid).map(Self::from).map_err(|_| not_an_id(Self::KIND, id))
    }
}

macro_rules! named {
    ($($id:ty => $kind:literal),* $(,)?) => {
        $(impl Named for $id {
            const KIND: &'static str = $kind;
        })*
    };
}

named! {
    AccountId => "account",
    TeamId => "team",
    ResourceId => "resource",
    VersionId => "version",
    JobId => "job",
}

fn not_an_id(expected: &'static str, found: &str) -> NotAGlobalId {
    NotAGlobalId { expected, found: found.chars().take(100).collect() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn global_ids_are_read_as_they_are_written() {
        let uuid = Uuid::from_u128(7);
        for id in [
            GlobalId::Account(uuid.into()),
            GlobalId::Team(uuid.into()),
            GlobalId::Resource(uuid.into()),
            GlobalId::Revision(uuid.into()),
            GlobalId::File(uuid.into()),
            GlobalId::Version(uuid.into()),
            GlobalId::Job(uuid.into()),
            GlobalId::Event(Position(12)),
        ] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn where_the_kind_is_clear_the_uuid_is_enough() {
        let id = JobId(Uuid::from_u128(7));
        assert_eq!(JobId::named(&ID(id.to_string())), Ok(id));
        assert_eq!(JobId::named(&ID(format!("job-{id}"))), Ok(id));
        JobId::named(&ID(format!("file-{id}"))).unwrap_err();
        "job-1".parse::<GlobalId>().unwrap_err();
    }
}
