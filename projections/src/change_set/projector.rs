//! Folds edits that devices pushed.

use fieldlog_domain::change_set::{ChangeSetEvent, MAX_DELTAS, ReceivedDelta};
use fieldlog_domain::{AccountId, Event, ResourceId};
use rusqlite::params;
use serde_json::{Value, json};
use uuid::Uuid;

use super::DeltaStatus;
use crate::column::json;
use crate::projector::{Projector, Recorded, Tables};

/// Folds edits that devices pushed. Of several with the same id on one resource the first one in the log counts, so an edit that
/// two pushes at the same time both brought is there once.
pub struct ChangeSetProjector;

/// How many keys an event's edits have between them. For ever: another number would give every row another key.
const KEYS: i64 = 1_000;
const _: () = assert!(MAX_DELTAS < KEYS as usize, "an event's edits need a key each");

impl Projector for ChangeSetProjector {
    const NAME: &'static str = "change_set";
    const VERSION: u32 = 1;
    const SCHEMA: &'static str = include_str!("../../../migrations/readmodel/change_set.sql");

    fn project(&self, tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<()> {
        let Event::ChangeSet(event) = &recorded.event else { return Ok(()) };
        match event {
            ChangeSetEvent::ChangeSetReceived { .. } => Ok(()),
            ChangeSetEvent::DeltasReceived { resource, delta_file, deltas } => {
                deltas.iter().zip(recorded.key() * KEYS..).try_for_each(|(delta, key)| {
                    receive(tables, recorded, Place { key, resource: *resource, delta_file: *delta_file }, delta)
                })
            }
        }
    }
}

/// Where an edit belongs.
struct Place {
    key: i64,
    resource: ResourceId,
    delta_file: Uuid,
}

fn receive(tables: &Tables<'_>, recorded: &Recorded, place: Place, delta: &ReceivedDelta) -> rusqlite::Result<()> {
    let status = if delta.is_permitted { DeltaStatus::Pending } else { DeltaStatus::Unpermitted };
    let feedback = (!delta.is_permitted)
        .then(|| json!({ "msg": "whoever pushed this edit may add features, but neither change nor delete them" }));
    tables.run(
        "INSERT INTO change_set_delta
             (key, id, resource, delta_file, status, feedback, content, added_by, added_at, changed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
         ON CONFLICT (resource, id) DO NOTHING",
        params![
            place.key,
            delta.id.uuid(),
            place.resource.uuid(),
            place.delta_file,
            status.as_ref(),
            feedback.as_ref().map(Value::to_string),
            json(&delta.content)?,
            recorded.metadata.actor.account().map(AccountId::uuid),
            recorded.at(),
        ],
    )
}
