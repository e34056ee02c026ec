//! Where streams are, and whether events are there already.

use sqlx::{PgConnection, Row};

use super::appender::Request;
use crate::recorded::{Position, Receipt};

/// What the log knows about one request.
pub(super) struct Found {
    /// The sequence its stream is at.
    pub(super) actual: u64,
    /// The first receipt, when its first event is in its stream.
    pub(super) receipt: Option<Receipt>,
}

/// Looks all requests up in one round trip; the answers are in their order.
pub(super) async fn look_up(connection: &mut PgConnection, requests: &[Request]) -> sqlx::Result<Vec<Found>> {
    let kinds: Vec<&str> = requests.iter().map(|request| request.stream.kind.as_ref()).collect();
    let ids: Vec<&str> = requests.iter().map(|request| request.stream.id.as_str()).collect();
    let firsts: Vec<_> = requests.iter().map(|request| request.events[0].event_id.uuid()).collect();
    let rows = sqlx::query(
        "SELECT coalesce((SELECT e.sequence FROM events e WHERE e.aggregate_type = asked.kind AND e.aggregate_id = asked.id \
                           ORDER BY e.sequence DESC LIMIT 1), 0), receipt.position, receipt.sequence \
           FROM unnest($1::text[], $2::text[], $3::uuid[]) WITH ORDINALITY AS asked (kind, id, event_id, number) \
           LEFT JOIN LATERAL ( \
                SELECT last.position, last.sequence FROM events first JOIN events last \
                    ON last.aggregate_type = first.aggregate_type AND last.aggregate_id = first.aggregate_id \
                   AND last.sequence = first.sequence + first.following \
                 WHERE first.event_id = asked.event_id AND first.aggregate_type = asked.kind AND first.aggregate_id = asked.id \
           ) receipt ON true \
          ORDER BY asked.number",
    )
    .bind(kinds)
    .bind(ids)
    .bind(firsts)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let position: Option<i64> = row.try_get(1)?;
            let sequence: Option<i64> = row.try_get(2)?;
            Ok(Found {
                actual: row.try_get::<i64, _>(0)?.cast_unsigned(),
                receipt: position.zip(sequence).map(|(position, sequence)| Receipt {
                    position: Position(position.cast_unsigned()),
                    sequence: sequence.cast_unsigned(),
                }),
            })
        })
        .collect()
}

/// The same, but after every append that may still be under way elsewhere: it waits for the lock they hold.
pub(super) async fn look_up_settled(connection: &mut PgConnection, requests: &[Request]) -> sqlx::Result<Vec<Found>> {
    let mut transaction = sqlx::Connection::begin(connection).await?;
    sqlx::query("SELECT pg_advisory_xact_lock(1179414375, 'events'::regclass::oid::integer)")
        .execute(&mut *transaction)
        .await?;
    let found = look_up(&mut transaction, requests).await?;
    transaction.rollback().await?;
    Ok(found)
}
