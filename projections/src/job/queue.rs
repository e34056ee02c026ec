//! What workers ask.

use chrono::{DateTime, Utc};
use fieldlog_domain::job::{JobKind, LONGEST_BURST, LONGEST_RETRY_DELAY, UPLOADS_PAUSED};
use fieldlog_domain::{AccountId, JobId, ResourceId, Sha256Digest, WorkerId};
use fieldlog_eventlog::Position;
use rusqlite::{OptionalExtension, params};

use super::JobRow;
use super::queries::only_job;
use crate::column::{Cells, integer, json, micros};
use crate::error::ReadError;
use crate::view::View;

/// Keys of the jobs that may be claimed, in their order. Of `?1` now, `?2` the latest upload after which a project is quiet, `?3` the
/// latest request that waits no longer for quiet, `?4` how many. Of `?5` and `?6` the latest end of a wait and the latest request that can be
/// meant: what is later was said by a clock that was wrong, and is not waited for.
const TURNS: &str = "
    WITH under_way AS MATERIALIZED (
        SELECT coalesce(resource.owner, job.resource) AS owner, count(*) AS jobs
          FROM job LEFT JOIN resource ON resource.id = job.resource
         WHERE job.state IN ('claimed', 'started') GROUP BY 1
    ), free AS (
        SELECT job.key, job.priority, coalesce(resource.owner, job.resource) AS owner
          FROM job LEFT JOIN resource ON resource.id = job.resource
          LEFT JOIN file_total ON file_total.resource = job.resource
         WHERE job.state = 'requested' AND (job.not_before IS NULL OR job.not_before NOT BETWEEN ?1 + 1 AND ?5)
           AND (job.kind <> 'apply_deltas' OR job.key = (
               SELECT min(lane.key) FROM job AS lane
                WHERE lane.resource = job.resource AND lane.kind = 'apply_deltas' AND lane.settled_at IS NULL))
           AND (job.cause <> 'revision_staged' OR job.requested_at NOT BETWEEN ?3 + 1 AND ?6
                OR coalesce(file_total.changed_at, 0) <= ?2)
    )
    SELECT free.key FROM free LEFT JOIN under_way USING (owner)
     ORDER BY coalesce(under_way.jobs, 0) + row_number() OVER (PARTITION BY free.owner ORDER BY free.priority, free.key),
              free.priority, free.key
     LIMIT ?4";

impl View {
    /// At most `limit` jobs that a worker may claim at `now`, in the order in which they are to be.
    ///
    /// Owners take turns: a job's turn is how many of its owner's are under way and ahead of it. Of one owner's, those go first for
    /// which somebody waits, then the oldest. Of jobs that change a resource only the oldest that is not settled is among them. A
    /// project that files are still being uploaded to is looked at when the uploads pause.
    ///
    /// Costs what waits, not what was ever there.
    pub fn claimable_jobs(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<JobRow>, ReadError> {
        let sql = jobs!(
            "key IN (SELECT value FROM json_each(?1)) ORDER BY (SELECT turn.key FROM json_each(?1) AS turn WHERE turn.value = job.key)"
        );
        self.read_at_once(|connection| {
            let mut query = connection.prepare_cached(TURNS)?;
            let given_up = micros(now - LONGEST_BURST);
            let (latest_end, latest_request) = (micros(now + LONGEST_RETRY_DELAY), micros(now + LONGEST_BURST));
            let times =
                params![micros(now), micros(now - UPLOADS_PAUSED), given_up, limit as i64, latest_end, latest_request];
            let keys = query.query_map(times, |row| row.get::<_, i64>(0))?;
            let keys: Vec<i64> = keys.collect::<Result<_, _>>()?;
            let mut query = connection.prepare_cached(sql)?;
            let rows = query.query_map([json(&keys)?], only_job)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The jobs of this kind on a resource that have not ended, oldest first.
    pub fn jobs_under_way(&self, resource: ResourceId, kind: JobKind) -> Result<Vec<JobRow>, ReadError> {
        let sql = jobs!("resource = ?1 AND ended_at IS NULL AND kind = ?2 ORDER BY key");
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let rows = query.query_map(params![resource.uuid(), kind.as_ref()], only_job)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// A job that packages a resource as it is now, with this project file, also for this person: it waits, or began after the last
    /// change of a file.
    pub fn package_under_way(
        &self,
        resource: ResourceId,
        project_file: Sha256Digest,
        person: Option<AccountId>,
    ) -> Result<Option<JobId>, ReadError> {
        const SQL: &str = concat!(
            "SELECT job.id FROM job LEFT JOIN file_total ON file_total.resource = job.resource
              WHERE job.resource = ?1 AND ended_at IS NULL AND kind = 'package' AND project_file_digest = ?3
                AND (state = 'requested' OR claimed > coalesce(file_total.changed, 0)) AND",
            is_for!("job", "(SELECT owner FROM resource WHERE resource.id = ?1)"),
            "ORDER BY job.key LIMIT 1"
        );
        self.read(|connection| {
            let mut query = connection.prepare_cached(SQL)?;
            let params = params![resource.uuid(), person.map(AccountId::uuid), project_file.0];
            let found = query.query_row(params, |row| Cells::of(row).id());
            Ok(found.optional()?)
        })
    }

    /// Whether QGIS looks at a resource as it was after `position`: a job began after it, or waits to begin.
    pub fn is_processed_after(&self, resource: ResourceId, position: Position) -> Result<bool, ReadError> {
        let sql = "SELECT 1 FROM job
                    WHERE resource = ?1 AND kind = 'process_project_file' AND (state = 'requested' OR claimed > ?2)";
        self.read(|connection| {
            Ok(connection.prepare_cached(sql)?.exists(params![resource.uuid(), integer(position.0)])?)
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

    /// When to look again: the earliest end of a wait that is not over at `now`, or of uploads to a project that is to be looked at.
    pub fn next_due(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, ReadError> {
        let sql = "SELECT min(due) FROM (
                       SELECT not_before AS due FROM job WHERE state = 'requested' AND not_before > ?1
                       UNION ALL
                       SELECT min(file_total.changed_at + ?2, job.requested_at + ?3)
                         FROM job JOIN file_total ON file_total.resource = job.resource
                        WHERE state = 'requested' AND cause = 'revision_staged'
                          AND min(file_total.changed_at + ?2, job.requested_at + ?3) > ?1)";
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let (quiet, burst) = (UPLOADS_PAUSED.as_micros() as i64, LONGEST_BURST.as_micros() as i64);
            Ok(query.query_row([micros(now), quiet, burst], |row| Cells::of(row).time_if_any())?)
        })
    }
}
