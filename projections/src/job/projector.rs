//! Folds jobs.

use fieldlog_domain::job::{JobError, JobEvent, JobOutput, RunRecord};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{AccountId, Event, RevisionId, Sha256Digest};
use rusqlite::params;

use crate::column::{json, micros};
use crate::projector::{Projector, Recorded, Tables};

/// Folds jobs.
pub struct JobProjector;

impl Projector for JobProjector {
    const NAME: &'static str = "job";
    const VERSION: u32 = 5;
    const SCHEMA: &'static str = include_str!("../../../migrations/readmodel/job.sql");

    fn project(&self, tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<()> {
        let Event::Job(event) = &recorded.event else { return Ok(()) };
        let id = recorded.id;
        match event {
            JobEvent::JobRequested { .. } => request(tables, recorded, event),
            // What is left of an earlier attempt is in the history.
            JobEvent::JobClaimed { worker, attempt, lease_until } => tables.run(
                "UPDATE job SET state = 'claimed', worker = ?2, attempt = ?3, lease_until = ?4, claimed_at = ?5, claimed = ?6,
                     started_at = NULL, step = NULL, percent = NULL, container = NULL, image = NULL, image_digest = NULL, inputs = NULL
                 WHERE id = ?1",
                params![id, worker.uuid(), attempt, micros(*lease_until), recorded.at(), recorded.key()],
            ),
            JobEvent::JobStarted { attempt: _, container, image, image_digest, inputs } => tables.run(
                "UPDATE job SET state = 'started', started_at = ?2, container = ?3, image = ?4, image_digest = ?5, inputs = ?6
                 WHERE id = ?1",
                params![id, recorded.at(), container, image, image_digest, inputs.0],
            ),
            JobEvent::JobProgressed { attempt: _, step, percent } => {
                tables.run("UPDATE job SET step = ?2, percent = ?3 WHERE id = ?1", params![id, step, percent])
            }
            JobEvent::CommitAnnounced { attempt: _, commit } => tables.run(
                "INSERT INTO job_commit (announced, job, resource, database, number, outcomes)
                 SELECT ?2, id, resource, ?3, ?4, ?5 FROM job WHERE id = ?1",
                params![id, recorded.key(), commit.database, commit.transaction, commit.outcomes.0],
            ),
            JobEvent::LeaseRenewed { attempt: _, lease_until } => {
                tables.run("UPDATE job SET lease_until = ?2 WHERE id = ?1", params![id, micros(*lease_until)])
            }
            JobEvent::LeaseExpired { attempt: _ } => free(tables, recorded, None),
            JobEvent::JobRetryScheduled { attempt: _, not_before, reason: _ } => {
                free(tables, recorded, Some(micros(*not_before)))
            }
            JobEvent::JobFinished { attempt: _, outputs, removed: _, run } => {
                end(tables, recorded, "finished", outputs, None, run)
            }
            JobEvent::JobFailed { attempt: _, error, run } => end(tables, recorded, "failed", &[], Some(error), run),
            JobEvent::JobCancelled {} => end(tables, recorded, "cancelled", &[], None, &RunRecord::default()),
            JobEvent::JobSettled { settlement: _ } => {
                tables.run("UPDATE job SET settled_at = ?2 WHERE id = ?1", params![id, recorded.at()])?;
                // Its edits say themselves what came of them, unless it never said.
                let sql = "DELETE FROM job_commit WHERE job = ?1
                               AND EXISTS (SELECT 1 FROM job WHERE id = ?1 AND state = 'finished')";
                tables.run(sql, params![id])
            }
        }
    }
}

fn request(tables: &Tables<'_>, recorded: &Recorded, event: &JobEvent) -> rusqlite::Result<()> {
    let JobEvent::JobRequested {
        kind,
        resource,
        revision,
        project_file,
        project_file_digest,
        requester,
        cause,
        max_attempts,
        is_private,
    } = event
    else {
        return Ok(());
    };
    tables.run(
        "INSERT INTO job (key, id, kind, resource, revision, project_file, project_file_digest, state, requester, cause,
             priority, attempt, max_attempts, requested_at, is_private)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'requested', ?8, ?9, ?10, 0, ?11, ?12, ?13)",
        params![
            recorded.key(),
            recorded.id,
            kind.as_ref(),
            resource.uuid(),
            revision.map(RevisionId::uuid),
            project_file.as_ref().map(FilePath::as_str),
            project_file_digest.map(|Sha256Digest(digest)| digest),
            requester.map(AccountId::uuid),
            cause.as_ref(),
            cause.priority(),
            max_attempts,
            recorded.at(),
            is_private,
        ],
    )
}

fn free(tables: &Tables<'_>, recorded: &Recorded, not_before: Option<i64>) -> rusqlite::Result<()> {
    tables.run(
        "UPDATE job SET state = 'requested', worker = NULL, lease_until = NULL, not_before = ?2, step = NULL, percent = NULL
         WHERE id = ?1",
        params![recorded.id, not_before],
    )
}

fn end(
    tables: &Tables<'_>,
    recorded: &Recorded,
    state: &str,
    outputs: &[JobOutput],
    error: Option<&JobError>,
    run: &RunRecord,
) -> rusqlite::Result<()> {
    tables.run(
        "UPDATE job SET state = ?2, lease_until = NULL, ended_at = ?3, outputs = ?4, error = ?5, exit_code = ?6, log = ?7,
             step = NULL, percent = NULL
         WHERE id = ?1",
        params![
            recorded.id,
            state,
            recorded.at(),
            json(&outputs)?,
            error.map(json).transpose()?,
            run.exit_code,
            run.log.map(|Sha256Digest(log)| log),
        ],
    )?;
    if run.feedback.is_null() {
        return Ok(());
    }
    tables.run(
        "INSERT INTO job_feedback (job, feedback) SELECT key, ?2 FROM job WHERE id = ?1
         ON CONFLICT (job) DO UPDATE SET feedback = excluded.feedback",
        params![recorded.id, json(&run.feedback)?],
    )
}
