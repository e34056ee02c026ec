//! Folds edits that devices pushed.

use fieldlog_domain::change_set::{
    ChangeSetEvent, ColumnMapping, DeltaOrigin, DeltaOutcome, MAX_DELTAS, ReceivedDelta, TakenBackDelta,
};
use fieldlog_domain::{AccountId, DeltaId, Event, JobId, ResourceId};
use rusqlite::params;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{DeltaStatus, TakenBack};
use crate::column::json;
use crate::projector::{Projector, Recorded, Tables};

/// Folds edits that devices pushed. Of several with the same id on one resource the first one in the log counts, so an edit that
/// two pushes at the same time both brought is there once.
pub struct ChangeSetProjector;

/// How many keys an event's edits have between them. For ever: another number would give every row another key.
pub(crate) const KEYS: i64 = 1_000;
const _: () = assert!(MAX_DELTAS < KEYS as usize, "an event's edits need a key each");

impl Projector for ChangeSetProjector {
    const NAME: &'static str = "change_set";
    const VERSION: u32 = 4;
    const SCHEMA: &'static str = include_str!("../../../migrations/readmodel/change_set.sql");

    fn project(&self, tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<()> {
        let Event::ChangeSet(event) = &recorded.event else { return Ok(()) };
        match event {
            // What undoes an edit says so itself when it is received.
            ChangeSetEvent::ChangeSetReceived { .. } | ChangeSetEvent::DeltasUndone { .. } => Ok(()),
            ChangeSetEvent::DeltasReceived { resource, delta_file, deltas } => {
                deltas.iter().zip(recorded.key() * KEYS..).try_for_each(|(delta, key)| {
                    receive(tables, recorded, Place { key, resource: *resource, delta_file: *delta_file }, delta)
                })
            }
            ChangeSetEvent::DeltasSettled { resource, delta_file, job, outcomes } => outcomes
                .iter()
                .try_for_each(|outcome| settle(tables, recorded, (*resource, *delta_file, *job), outcome)),
            ChangeSetEvent::DeltasReopened { resource, delta_file, deltas, overwrites_conflicts, columns } => {
                columns.iter().try_for_each(|mapping| map_column(tables, recorded, (*resource, deltas), mapping))?;
                let sql = "UPDATE change_set_delta SET status = 'pending', overwrites = ?5, replaced_by = NULL,
                               taken_back = NULL, changed_at = ?4
                           WHERE resource = ?1 AND id = ?3 AND delta_file = ?2";
                deltas.iter().try_for_each(|delta| {
                    let (resource, delta) = (resource.uuid(), delta.uuid());
                    tables.run(sql, params![resource, delta_file, delta, recorded.at(), overwrites_conflicts])
                })
            }
            ChangeSetEvent::DeltasIgnored { resource, delta_file, deltas } => deltas
                .iter()
                .try_for_each(|delta| decide(tables, recorded, (*resource, *delta_file), *delta, DeltaStatus::Ignored)),
            ChangeSetEvent::DeltasReplaced { resource, delta_file, replacements, .. } => {
                replacements.iter().try_for_each(|replacement| {
                    let place = (*resource, *delta_file);
                    decide(tables, recorded, place, replacement.id, DeltaStatus::Replaced)
                })
            }
            ChangeSetEvent::DeltasTakenBack { resource, delta_file, brought, deltas, .. } => {
                deltas.iter().try_for_each(|TakenBackDelta { id, why }| {
                    let told = TakenBack { brought: brought.clone(), why: why.clone() };
                    turn(tables, recorded, (*resource, *delta_file, *id), DeltaStatus::TakenBack, Some(told))
                })
            }
            ChangeSetEvent::DeltasFoundAgain { resource, delta_file, deltas, .. } => deltas
                .iter()
                .try_for_each(|id| turn(tables, recorded, (*resource, *delta_file, *id), DeltaStatus::Applied, None)),
        }
    }
}

/// An edit left the data with what somebody brought, or came back with it.
fn turn(
    tables: &Tables<'_>,
    recorded: &Recorded,
    (resource, delta_file, delta): (ResourceId, Uuid, DeltaId),
    status: DeltaStatus,
    taken_back: Option<TakenBack>,
) -> rusqlite::Result<()> {
    tables.run(
        "UPDATE change_set_delta SET status = ?5, changed_at = ?4, taken_back = ?6
         WHERE resource = ?1 AND id = ?3 AND delta_file = ?2",
        params![
            resource.uuid(),
            delta_file,
            delta.uuid(),
            recorded.at(),
            status.as_ref(),
            taken_back.as_ref().map(json).transpose()?
        ],
    )
}

/// Somebody said where the values of a column belong. Where they did not say of which layer, it is that of the edits.
fn map_column(
    tables: &Tables<'_>,
    recorded: &Recorded,
    (resource, deltas): (ResourceId, &[DeltaId]),
    mapping: &ColumnMapping,
) -> rusqlite::Result<()> {
    tables.run(
        "INSERT INTO change_set_column (resource, layer, name, is_now, said, said_at, said_by)
         SELECT ?1, layer, ?2, ?3, ?4, ?5, ?6 FROM (
             SELECT ?7 AS layer WHERE ?7 IS NOT NULL
             UNION
             SELECT layer FROM change_set_delta
              WHERE ?7 IS NULL AND resource = ?1 AND id IN (SELECT unhex(value) FROM json_each(?8)))
         WHERE true
         ON CONFLICT (resource, layer, name) DO UPDATE SET is_now = excluded.is_now, said = excluded.said,
             said_at = excluded.said_at, said_by = excluded.said_by",
        params![
            resource.uuid(),
            mapping.from,
            mapping.to,
            recorded.key(),
            recorded.at(),
            recorded.metadata.actor.account().map(AccountId::uuid),
            mapping.layer,
            json(&deltas.iter().map(|delta| delta.uuid().simple().to_string()).collect::<Vec<_>>())?,
        ],
    )
}

/// Somebody decided how an edit fares.
fn decide(
    tables: &Tables<'_>,
    recorded: &Recorded,
    (resource, delta_file): (ResourceId, Uuid),
    delta: DeltaId,
    status: DeltaStatus,
) -> rusqlite::Result<()> {
    tables.run(
        "UPDATE change_set_delta SET status = ?5, changed_at = ?4 WHERE resource = ?1 AND id = ?3 AND delta_file = ?2",
        params![resource.uuid(), delta_file, delta.uuid(), recorded.at(), status.as_ref()],
    )
}

fn settle(
    tables: &Tables<'_>,
    recorded: &Recorded,
    (resource, delta_file, job): (ResourceId, Uuid, JobId),
    outcome: &DeltaOutcome,
) -> rusqlite::Result<()> {
    let as_json = |value: &Value| (!value.is_null()).then(|| value.to_string());
    // A database is no file.
    let file = outcome.feedback.get("file").map(|file| file.as_str().unwrap_or_default());
    tables.run(
        "UPDATE change_set_delta SET status = ?4, feedback = ?5, modified_pk = coalesce(?6, modified_pk), before = ?7,
             after = ?8, job = ?9, changed_at = ?10, applied = CASE WHEN ?11 THEN ?12 ELSE applied END,
             applied_job = CASE WHEN ?11 THEN ?9 ELSE applied_job END, file = CASE WHEN ?11 THEN ?13 ELSE file END
         WHERE resource = ?1 AND id = ?3 AND delta_file = ?2",
        params![
            resource.uuid(),
            delta_file,
            outcome.id.uuid(),
            DeltaStatus::from(outcome.verdict).as_ref(),
            as_json(&outcome.feedback),
            outcome.modified_pk,
            as_json(&outcome.before),
            as_json(&outcome.after),
            job.uuid(),
            recorded.at(),
            outcome.verdict.is_applied(),
            recorded.key(),
            file,
        ],
    )
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
    let (undoes, replaces) = match delta.origin {
        Some(DeltaOrigin::Undoes { delta }) => (Some(delta.uuid()), None),
        Some(DeltaOrigin::Replaces { delta }) => (None, Some(delta.uuid())),
        None => (None, None),
    };
    let text = |key: &str| delta.content.get(key).and_then(Value::as_str).unwrap_or_default();
    tables.run(
        "INSERT INTO change_set_delta
             (key, id, resource, delta_file, status, feedback, content, client, local_layer, local_pk, added_by, added_at,
              changed_at, undoes, replaces)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12, ?13, ?14)
         ON CONFLICT (resource, id) DO NOTHING",
        params![
            place.key,
            delta.id.uuid(),
            place.resource.uuid(),
            place.delta_file,
            status.as_ref(),
            feedback.as_ref().map(Value::to_string),
            json(&delta.content)?,
            text("clientId").parse::<Uuid>().unwrap_or_default(),
            text("localLayerId"),
            text("localPk"),
            recorded.metadata.actor.account().map(AccountId::uuid),
            recorded.at(),
            undoes,
            replaces,
        ],
    )?;
    match delta.origin {
        Some(_) => link(tables, place.resource, delta.id, undoes, replaces),
        None => Ok(()),
    }
}

/// Has the edit that is undone or replaced say by what.
fn link(
    tables: &Tables<'_>,
    resource: ResourceId,
    by: DeltaId,
    undoes: Option<Uuid>,
    replaces: Option<Uuid>,
) -> rusqlite::Result<()> {
    tables.run(
        "UPDATE change_set_delta SET undone_by = CASE WHEN id = ?3 THEN ?2 ELSE undone_by END,
             replaced_by = CASE WHEN id = ?4 THEN ?2 ELSE replaced_by END
         WHERE resource = ?1 AND id IN (?3, ?4)",
        params![resource.uuid(), by.uuid(), undoes, replaces],
    )
}
