//! Questions about jobs.

use fieldlog_domain::job::{DatabaseCommit, JobState};
use fieldlog_domain::{AccountId, JobId, ResourceId};
use rusqlite::{Connection, OptionalExtension, Row, params};
use strum::IntoEnumIterator;

use super::JobRow;
use crate::change_set::KEYS;
use crate::column::Cells;
use crate::error::ReadError;
use crate::page::{List, Listed, Ordered, Page, Span};
use crate::view::View;

/// Which jobs are there, newest first?
#[derive(Debug, Clone, Default)]
pub struct ListJobs {
    /// On this resource only.
    pub resource: Option<ResourceId>,
    /// In one of these states only.
    pub states: Option<Vec<JobState>>,
    /// Which part of the list.
    pub page: Page,
}

impl View {
    /// The job with this id.
    pub fn job(&self, id: JobId) -> Result<Option<JobRow>, ReadError> {
        self.read(|connection| one(connection, id))
    }

    /// Those of these jobs that exist, in the order of `ids`.
    pub fn jobs_by_id(&self, ids: &[JobId]) -> Result<Vec<JobRow>, ReadError> {
        self.read_at_once(|connection| ids.iter().filter_map(|id| one(connection, *id).transpose()).collect())
    }

    /// Answers [`ListJobs`].
    pub fn jobs(&self, list: ListJobs) -> Result<Listed<JobRow>, ReadError> {
        let states = list.states.unwrap_or_else(|| JobState::iter().collect());
        match list.resource {
            Some(resource) => self.jobs_of(resource, &states, &list.page),
            None => self.read_at_once(|connection| {
                list.page.of(List::Jobs, |span, from_end, limit| in_states(connection, &states, span, from_end, limit))
            }),
        }
    }

    fn jobs_of(&self, resource: ResourceId, states: &[JobState], page: &Page) -> Result<Listed<JobRow>, ReadError> {
        let words: Vec<&str> = states.iter().map(AsRef::as_ref).collect();
        let words = crate::column::json(&words)?;
        let list = Ordered {
            select: jobs!("resource = ?1 AND state IN (SELECT value FROM json_each(?2))"),
            key: "key",
            is_falling: true,
        };
        self.read(|connection| list.page::<i64, _>(connection, page, List::Jobs, &[&resource.uuid(), &words], job))
    }

    /// The last job that packaged a resource, of those whose packages this person gets, or everybody.
    pub fn latest_package(&self, resource: ResourceId, person: Option<AccountId>) -> Result<Option<JobRow>, ReadError> {
        const SQL: &str = concat!(
            jobs!("resource = ?1 AND kind = 'package' AND state = 'finished' AND"),
            is_for!("job", "(SELECT owner FROM resource WHERE resource.id = ?1)"),
            "ORDER BY key DESC LIMIT 1"
        );
        self.read(|connection| {
            let params = params![resource.uuid(), person.map(AccountId::uuid)];
            Ok(connection.prepare_cached(SQL)?.query_row(params, only_job).optional()?)
        })
    }

    /// The transactions in databases that edits of a resource may be in which wait to be applied: those that were announced after
    /// the first of these edits came, by jobs that did not say what came of them.
    pub fn announced_commits(&self, resource: ResourceId) -> Result<Vec<DatabaseCommit>, ReadError> {
        let sql = "SELECT database, number, outcomes FROM job_commit
                    WHERE resource = ?1 AND announced > (
                        SELECT min(key) / ?2 FROM change_set_delta WHERE resource = ?1 AND status = 'pending')
                    ORDER BY announced";
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let commits = query.query_map(params![resource.uuid(), KEYS], |row| {
                let mut cells = Cells::of(row);
                let (database, transaction) = (cells.get()?, cells.get()?);
                Ok(DatabaseCommit { database, transaction, outcomes: cells.sha256()? })
            })?;
            Ok(commits.collect::<Result<_, _>>()?)
        })
    }

    /// Whether a job that did not say what came of its edits may have left some in a database.
    pub fn may_have_committed(&self, id: JobId) -> Result<bool, ReadError> {
        let sql = "SELECT 1 FROM job_commit WHERE job = ?1";
        self.read(|connection| Ok(connection.prepare_cached(sql)?.exists([id.uuid()])?))
    }

    /// `feedback.json` as the container left it, redacted.
    pub fn job_feedback(&self, id: JobId) -> Result<Option<serde_json::Value>, ReadError> {
        let sql = "SELECT feedback FROM job_feedback WHERE job = (SELECT key FROM job WHERE id = ?1)";
        self.read(|connection| {
            let found = connection.prepare_cached(sql)?.query_row([id.uuid()], |row| Cells::of(row).json());
            Ok(found.optional()?)
        })
    }
}

fn one(connection: &Connection, id: JobId) -> Result<Option<JobRow>, ReadError> {
    Ok(connection.prepare_cached(jobs!("id = ?1"))?.query_row([id.uuid()], only_job).optional()?)
}

/// Each state has its own ordered list; the page is the newest, or oldest, of them all.
fn in_states(
    connection: &Connection,
    states: &[JobState],
    span: &Span<i64>,
    from_end: bool,
    limit: usize,
) -> Result<Vec<(i64, JobRow)>, ReadError> {
    let direction = if from_end { "ASC" } else { "DESC" };
    let mut query = connection.prepare_cached(&format!(
        "SELECT key FROM job WHERE state = ?1 AND key > ?2 AND key < ?3 ORDER BY key {direction} LIMIT ?4"
    ))?;
    let (low, high) = (span.before.unwrap_or(i64::MIN), span.after.unwrap_or(i64::MAX));
    let mut keys: Vec<i64> = Vec::new();
    for state in states {
        let rows = query.query_map(params![state.as_ref(), low, high, limit as i64], |row| row.get(0))?;
        for key in rows {
            keys.push(key?);
        }
    }
    keys.sort_unstable_by(|a, b| if from_end { a.cmp(b) } else { b.cmp(a) });
    keys.dedup();
    keys.truncate(limit);
    let mut query = connection.prepare_cached(jobs!("key = ?1"))?;
    keys.into_iter().map(|key| Ok((key, query.query_row([key], only_job)?))).collect()
}

/// The row without its key.
pub(super) fn only_job(row: &Row<'_>) -> rusqlite::Result<JobRow> {
    let mut cells = Cells::of(row);
    cells.skip();
    job(&mut cells)
}

fn job(cells: &mut Cells<'_, '_>) -> rusqlite::Result<JobRow> {
    Ok(JobRow {
        id: cells.id()?,
        kind: cells.word()?,
        resource: cells.id()?,
        revision: cells.id_if_any()?,
        project_file: cells.word_if_any()?,
        project_file_digest: cells.sha256_if_any()?,
        state: cells.word()?,
        requester: cells.id_if_any()?,
        is_private: cells.get()?,
        cause: cells.word()?,
        attempt: cells.get()?,
        max_attempts: cells.get()?,
        worker: cells.id_if_any()?,
        lease_until: cells.time_if_any()?,
        not_before: cells.time_if_any()?,
        requested_at: cells.time()?,
        claimed_at: cells.time_if_any()?,
        started_at: cells.time_if_any()?,
        ended_at: cells.time_if_any()?,
        settled_at: cells.time_if_any()?,
        step: cells.get()?,
        percent: cells.get()?,
        container: cells.get()?,
        image: cells.get()?,
        image_digest: cells.get()?,
        inputs: cells.sha256_if_any()?,
        error: cells.json_if_any()?,
        exit_code: cells.get()?,
        log: cells.sha256_if_any()?,
        outputs: cells.json()?,
    })
}
