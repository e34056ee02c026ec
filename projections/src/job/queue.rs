//! What workers ask.

use chrono::{DateTime, Utc};
use fieldlog_domain::job::JobKind;
use fieldlog_domain::{ResourceId, WorkerId};
use rusqlite::params;

use super::JobRow;
use super::queries::only_job;
use crate::column::{Cells, micros};
use crate::error::ReadError;
use crate::view::View;

impl View {
    /// At most `limit` jobs that a worker may claim at `now`, oldest first. Of jobs that change a resource only the oldest that is
    /// not settled is among them.
    pub fn claimable_jobs(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<JobRow>, ReadError> {
        let sql = jobs!(
            "state = 'requested' AND (not_before IS NULL OR not_before <= ?1)
                 AND (kind <> 'apply_deltas' OR key = (
                     SELECT min(lane.key) FROM job AS lane
                      WHERE lane.resource = job.resource AND lane.kind = 'apply_deltas' AND lane.settled_at IS NULL))
             ORDER BY key LIMIT ?2"
        );
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let rows = query.query_map(params![micros(now), limit as i64], only_job)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Whether a job of this kind on a resource waits for a worker.
    pub fn is_job_waiting(&self, resource: ResourceId, kind: JobKind) -> Result<bool, ReadError> {
        let sql = "SELECT 1 FROM job WHERE resource = ?1 AND ended_at IS NULL AND kind = ?2 AND state = 'requested'";
        self.read(|connection| Ok(connection.prepare_cached(sql)?.exists(params![resource.uuid(), kind.as_ref()])?))
    }

    /// The jobs that a worker has, or that any worker has, oldest first.
    pub fn leased_jobs(&self, worker: Option<WorkerId>) -> Result<Vec<JobRow>, ReadError> {
        let sql = jobs!("state IN ('claimed', 'started') AND (?1 IS NULL OR worker = ?1) ORDER BY key");
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let rows = query.query_map([worker.map(WorkerId::uuid)], only_job)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// When to look again: the earliest end of a lease, also one before `now`, or of a wait that is not over at `now`.
    pub fn next_due(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, ReadError> {
        let sql = "SELECT min(due) FROM (
                       SELECT lease_until AS due FROM job WHERE state IN ('claimed', 'started')
                       UNION ALL
                       SELECT not_before FROM job WHERE state = 'requested' AND not_before > ?1)";
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            Ok(query.query_row([micros(now)], |row| Cells::of(row).time_if_any())?)
        })
    }
}
