//! Ids follow from the place in the seed, and begin with a time like those that the server makes.

use fieldlog_domain::{AccountId, CommandId, ResourceId, SessionId, TeamId, VersionId, WorkerId};
use uuid::{Builder, Uuid, Variant, Version};

/// When the first story of each kind begins: 2026-01-01, in milliseconds since 1970.
const BEGIN: u64 = 1_767_225_600_000;
/// Milliseconds from one story to the next.
const STEP: u64 = 250;

fn id(kind: &str, number: u64) -> Uuid {
    let mut bytes =
        Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("fieldlog benchmark {kind} {number}").as_bytes()).into_bytes();
    bytes[..6].copy_from_slice(&(BEGIN + number * STEP).to_be_bytes()[2..]);
    Builder::from_bytes(bytes).with_variant(Variant::RFC4122).with_version(Version::Custom).into_uuid()
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
    VersionId(command.derive(None, "version"))
}

pub fn key(kind: &str, number: u64) -> Uuid {
    id(kind, number)
}
