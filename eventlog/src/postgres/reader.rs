//! Reading. Every query is fetched whole, so a connection that dies is an error and never a short answer.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeZone, Utc};
use fieldlog_domain::{EventId, StreamId, StreamKind};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{PgPool, Postgres, Row};
use uuid::Uuid;

use super::error::at;
use crate::port::{LogError, Snapshot};
use crate::recorded::{Position, RecordedEvent};

const COLUMNS: &str = "position, aggregate_type, aggregate_id, sequence, event_id, event_type, event_version, payload::text, metadata::text, recorded_at";
/// Events of one stream fetched at once.
const STREAM_PAGE: usize = 2_000;
/// A page of the feed ends early after so many bytes of payload, as the server stores them.
const MAX_PAGE_BYTES: i64 = 8 << 20;

pub(super) struct Reader {
    pub(super) pool: PgPool,
    pub(super) place: Arc<str>,
    pub(super) patience: Duration,
}

impl Reader {
    pub(super) async fn in_time<T>(&self, work: impl Future<Output = sqlx::Result<T>> + Send) -> Result<T, LogError> {
        match tokio::time::timeout(self.patience * 4, work).await {
            Ok(answer) => answer.map_err(|error| at(&self.place, &error)),
            Err(_) => Err(LogError::Unavailable(format!("{} did not answer in time", self.place))),
        }
    }

    async fn fetch(&self, query: Query<'_, Postgres, PgArguments>) -> Result<Vec<RecordedEvent>, LogError> {
        let rows = self.in_time(query.fetch_all(&self.pool)).await?;
        rows.iter().map(|row| self.decode(row)).collect()
    }

    fn decode(&self, row: &PgRow) -> Result<RecordedEvent, LogError> {
        let fail = |error: sqlx::Error| at(&self.place, &error);
        let position: i64 = row.try_get(0).map_err(fail)?;
        let unreadable = |what: &str, found: &dyn std::fmt::Display| {
            LogError::Damaged(format!("{}: the event at position {position} has {what} {found}", self.place))
        };
        let kind: &str = row.try_get(1).map_err(fail)?;
        let metadata: &str = row.try_get(8).map_err(fail)?;
        Ok(RecordedEvent {
            position: Position(position.cast_unsigned()),
            stream: StreamId {
                kind: StreamKind::from_str(kind).map_err(|_| unreadable("an unknown stream kind", &kind))?,
                id: row.try_get(2).map_err(fail)?,
            },
            sequence: row.try_get::<i64, _>(3).map_err(fail)?.cast_unsigned(),
            event_id: EventId(row.try_get::<Uuid, _>(4).map_err(fail)?),
            event_type: row.try_get(5).map_err(fail)?,
            event_version: row.try_get(6).map_err(fail)?,
            payload: row.try_get(7).map_err(fail)?,
            metadata: serde_json::from_str(metadata).map_err(|error| unreadable("unreadable metadata:", &error))?,
            recorded_at: row.try_get(9).map_err(fail)?,
        })
    }

    pub(super) async fn stream(
        &self,
        stream: &StreamId,
        mut after: u64,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, LogError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM events WHERE aggregate_type = $1 AND aggregate_id = $2 AND sequence > $3 ORDER BY sequence LIMIT $4"
        );
        let mut events = Vec::new();
        // What was read of a stream never changes, so several reads are as good as one.
        loop {
            let wanted = (limit - events.len()).min(STREAM_PAGE);
            let query = sqlx::query(&sql)
                .bind(stream.kind.as_ref())
                .bind(&stream.id)
                .bind(as_integer(after))
                .bind(as_integer(wanted as u64));
            let mut page = self.fetch(query).await?;
            let got = page.len();
            after = page.last().map_or(after, |last| last.sequence);
            events.append(&mut page);
            if got < wanted || events.len() == limit {
                return Ok(events);
            }
        }
    }

    pub(super) async fn feed(&self, after: Position, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM ( \
                 SELECT next.*, sum(pg_column_size(payload)) OVER (ORDER BY position) - pg_column_size(payload) AS before \
                   FROM (SELECT * FROM events WHERE position > $1 ORDER BY position LIMIT $2) next \
             ) page WHERE before < $3 ORDER BY position"
        );
        let query = sqlx::query(&sql).bind(as_integer(after.0)).bind(as_integer(limit as u64)).bind(MAX_PAGE_BYTES);
        self.fetch(query).await
    }

    pub(super) async fn event(&self, id: EventId) -> Result<Option<RecordedEvent>, LogError> {
        let sql = format!("SELECT {COLUMNS} FROM events WHERE event_id = $1");
        Ok(self.fetch(sqlx::query(&sql).bind(id.uuid())).await?.pop())
    }

    /// In the order of the log, each once.
    pub(super) async fn events_at(&self, positions: &[Position]) -> Result<Vec<RecordedEvent>, LogError> {
        let sql = format!("SELECT {COLUMNS} FROM events WHERE position = ANY($1) ORDER BY position");
        let positions: Vec<i64> = positions.iter().map(|position| as_integer(position.0)).collect();
        self.fetch(sqlx::query(&sql).bind(positions)).await
    }

    /// In the order of `positions`, each of which has an event.
    pub(super) async fn following(&self, positions: &[Position]) -> Result<Vec<u64>, LogError> {
        let asked: Vec<i64> = positions.iter().map(|position| as_integer(position.0)).collect();
        let found = sqlx::query_scalar::<_, i32>(
            "SELECT following FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (position, number) \
               JOIN events USING (position) ORDER BY number",
        )
        .bind(asked)
        .fetch_all(&self.pool);
        Ok(self.in_time(found).await?.into_iter().map(|following| u64::from(following.cast_unsigned())).collect())
    }

    pub(super) async fn head(&self) -> Result<Position, LogError> {
        let head = sqlx::query_scalar::<_, Option<i64>>("SELECT max(position) FROM events").fetch_one(&self.pool);
        Ok(Position(self.in_time(head).await?.unwrap_or_default().cast_unsigned()))
    }

    pub(super) async fn position_at(&self, time: DateTime<Utc>) -> Result<Position, LogError> {
        // PostgreSQL's calendar is shorter than chrono's; the log's is shorter still.
        let year = |year| Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).single().unwrap_or(time);
        let position = sqlx::query_scalar::<_, i64>("SELECT position_at($1)")
            .bind(time.clamp(year(1), year(9999)))
            .fetch_one(&self.pool);
        Ok(Position(self.in_time(position).await?.cast_unsigned()))
    }

    pub(super) async fn snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, LogError> {
        let row = sqlx::query_as::<_, (i64, String, String)>(
            "SELECT sequence, schema, state FROM snapshots WHERE aggregate_type = $1 AND aggregate_id = $2",
        )
        .bind(stream.kind.as_ref())
        .bind(&stream.id)
        .fetch_optional(&self.pool);
        let found = self.in_time(row).await?;
        Ok(found.map(|(sequence, schema, state)| Snapshot { sequence: sequence.cast_unsigned(), schema, state }))
    }

    pub(super) async fn save_snapshot(&self, stream: &StreamId, snapshot: &Snapshot) -> Result<(), LogError> {
        let saved = sqlx::query(
            "INSERT INTO snapshots (aggregate_type, aggregate_id, sequence, schema, state) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE \
                SET sequence = excluded.sequence, schema = excluded.schema, state = excluded.state \
              WHERE excluded.sequence >= snapshots.sequence OR excluded.schema <> snapshots.schema",
        )
        .bind(stream.kind.as_ref())
        .bind(&stream.id)
        .bind(as_integer(snapshot.sequence))
        .bind(&snapshot.schema)
        .bind(&snapshot.state)
        .execute(&self.pool);
        self.in_time(saved).await.map(|_| ())
    }
}

/// PostgreSQL's integers are signed; nothing is as long as the difference.
fn as_integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
