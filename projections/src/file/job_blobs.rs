//! Which blobs of jobs are kept.

use fieldlog_domain::job::{DELTA_OUTCOMES, JobEvent, JobKind};
use fieldlog_domain::{AccountId, Sha256Digest};
use rusqlite::params;

use super::projector::name_blob;
use crate::projector::{Recorded, Tables};

/// Rows of all packages but the last two of the resource that job `?1` has packaged, of those that are for the same people.
macro_rules! of_older_packages {
    ($table:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE job IN (
                 SELECT older.job FROM file_job AS this
                   JOIN file_job AS older ON older.resource = this.resource AND older.whose IS this.whose AND older.kind = 'package'
                  WHERE this.job = ?1 AND this.kind = 'package' AND older.finished IS NOT NULL
                  ORDER BY older.finished DESC LIMIT -1 OFFSET 2)"
        )
    };
}

/// A job's project file is a version, which keeps its bytes. Packages are let go when there are two later ones: one that clients get,
/// and one that somebody may be downloading still. Files with edits in them are versions by the time the job is settled, or of no use.
pub(super) fn project(tables: &Tables<'_>, recorded: &Recorded, event: &JobEvent) -> rusqlite::Result<()> {
    match event {
        JobEvent::JobRequested {
            kind: kind @ (JobKind::Package | JobKind::ApplyDeltas),
            resource,
            requester,
            is_private,
            ..
        } => {
            let whose = requester.filter(|_| *is_private).map(AccountId::uuid);
            tables.run(
                "INSERT INTO file_job (job, resource, kind, whose) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                params![recorded.id, resource.uuid(), kind.as_ref(), whose],
            )
        }
        JobEvent::JobStarted { inputs, .. } => name_blob(tables, inputs),
        JobEvent::CommitAnnounced { commit, .. } => name_blob(tables, &commit.outcomes),
        JobEvent::JobFinished { attempt: _, outputs, removed: _, run } => {
            for output in outputs {
                // The log says what came of each edit too, but people look at it in the file.
                match output.name == DELTA_OUTCOMES {
                    true => name_blob(tables, &output.digest)?,
                    false => keep(tables, recorded, &output.digest)?,
                }
            }
            let sql = "UPDATE file_job SET finished = ?2 WHERE job = ?1";
            tables.run(sql, params![recorded.id, recorded.key()])?;
            let_go_of_older_packages(tables, recorded)?;
            run.log.iter().try_for_each(|log| name_blob(tables, log))
        }
        JobEvent::JobFailed { attempt: _, error: _, run } => {
            forget(tables, recorded)?;
            run.log.iter().try_for_each(|log| name_blob(tables, log))
        }
        JobEvent::JobCancelled {} => forget(tables, recorded),
        JobEvent::JobSettled { .. } => tables.run("DELETE FROM file_output WHERE job = ?1", [recorded.id]),
        JobEvent::JobRequested { .. }
        | JobEvent::JobClaimed { .. }
        | JobEvent::JobProgressed { .. }
        | JobEvent::LeaseRenewed { .. }
        | JobEvent::LeaseExpired { .. }
        | JobEvent::JobRetryScheduled { .. } => Ok(()),
    }
}

/// The job makes nothing any more.
fn forget(tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<()> {
    tables.run("DELETE FROM file_job WHERE job = ?1", [recorded.id])
}

fn keep(tables: &Tables<'_>, recorded: &Recorded, digest: &Sha256Digest) -> rusqlite::Result<()> {
    tables.run(
        "INSERT INTO file_output (job, digest) SELECT job, ?2 FROM file_job WHERE job = ?1 ON CONFLICT DO NOTHING",
        params![recorded.id, digest.0],
    )?;
    tables.run(
        "INSERT INTO file_blob (digest) SELECT ?2 WHERE NOT EXISTS (SELECT 1 FROM file_job WHERE job = ?1)
         ON CONFLICT DO NOTHING",
        params![recorded.id, digest.0],
    )
}

fn let_go_of_older_packages(tables: &Tables<'_>, recorded: &Recorded) -> rusqlite::Result<()> {
    tables.run(of_older_packages!("file_output"), [recorded.id])?;
    tables.run(of_older_packages!("file_job"), [recorded.id])
}
