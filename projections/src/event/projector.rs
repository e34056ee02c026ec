//! Folds where every event is.

use fieldlog_domain::ResourceId;
use fieldlog_domain::provenance::Actor;
use rusqlite::params;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use uuid::Uuid;

use crate::projector::{Projector, Recorded, Tables};

/// Folds where every event is. It never looks at what happened, so a new event needs nothing of it.
pub struct EventProjector;

impl Projector for EventProjector {
    const NAME: &'static str = "event";
    const VERSION: u32 = 1;
    const SCHEMA: &'static str = include_str!("../../../migrations/readmodel/event.sql");

    fn project(&self, tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<()> {
        tables.run(
            "INSERT INTO event (position, stream_kind, stream_id, event_type, recorded_at, actor, resource)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                recorded.key(),
                recorded.stream.kind.as_ref(),
                StreamIdColumn::of(recorded),
                recorded.event_type,
                recorded.at(),
                ActorColumn(recorded.metadata.actor),
                recorded.metadata.resource.map(ResourceId::uuid),
            ],
        )
    }
}

/// A UUID as a blob, any other text as text.
enum StreamIdColumn<'a> {
    Uuid(Uuid),
    Text(&'a str),
}

impl<'a> StreamIdColumn<'a> {
    fn of(recorded: &'a Recorded) -> Self {
        let id = recorded.stream.id.as_str();
        // Only the usual spelling comes back as it was.
        match recorded.id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()) == id {
            true => Self::Uuid(recorded.id),
            false => Self::Text(id),
        }
    }
}

impl ToSql for StreamIdColumn<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Uuid(id) => ValueRef::Blob(id.as_bytes()),
            Self::Text(id) => ValueRef::Text(id.as_bytes()),
        }))
    }
}

struct ActorColumn(Actor);

impl ToSql for ActorColumn {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match &self.0 {
            Actor::Account(id) => ValueRef::Blob(id.0.as_bytes()),
            Actor::Anonymous => ValueRef::Text(b"anonymous"),
            Actor::System => ValueRef::Text(b"system"),
            Actor::Operator => ValueRef::Text(b"operator"),
        }))
    }
}
