//! Ids follow from the place in the seed.

use fieldlog_domain::{AccountId, CommandId, ResourceId, SessionId, TeamId, VersionId, WorkerId};
use uuid::Uuid;

fn id(kind: &str, number: u64) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("fieldlog benchmark {kind} {number}").as_bytes())
}

pub fn person(number: u64) -> AccountId {
    AccountId(id("person", number))
}

pub fn organization(number: u64) -> AccountId {
    AccountId(id("organization", number))
}

pub fn team(number: u64) -> TeamId {
    TeamId(id("team", number))
}

pub fn session(person: u64) -> SessionId {
    SessionId(id("session", person))
}

pub fn project(number: u64) -> ResourceId {
    ResourceId(id("project", number))
}

pub fn worker() -> WorkerId {
    WorkerId(id("worker", 0))
}

pub fn command(story: &str, number: u64) -> CommandId {
    CommandId(id(story, number))
}

pub fn version(command: CommandId) -> VersionId {
    VersionId(Uuid::new_v5(&command.0, b"version"))
}

pub fn key(kind: &str, number: u64) -> Uuid {
    id(kind, number)
}
