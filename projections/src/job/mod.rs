//! Jobs: how one is, which one is next, when to look again.

/// The columns of a job after its key.
macro_rules! jobs {
    ($filter:literal) => {
        concat!(
            "SELECT key, id, kind, resource, revision, project_file, project_file_digest, state, requester, is_private, cause, attempt,
                 max_attempts, worker, lease_until, not_before, requested_at, claimed_at, started_at, ended_at, settled_at,
                 step, percent, container, image, image_digest, inputs, error, exit_code, log, outputs
             FROM job WHERE ",
            $filter
        )
    };
}

/// Whether a job's package is for somebody: `?2`, or everybody when that is null. Who has secrets of their own gets what they asked
/// for, everybody else what is not made for such a person (QFieldCloud reference, section 6.8).
macro_rules! is_for {
    ($job:literal, $owner:literal) => {
        concat!(
            " CASE WHEN EXISTS (SELECT 1 FROM secret WHERE secret.assigned_to = ?2 AND secret.holder IN (",
            $job,
            ".resource, ",
            $owner,
            ")) THEN ",
            $job,
            ".requester = ?2 ELSE ",
            $job,
            ".is_private = 0 END "
        )
    };
}
pub(crate) use is_for;

mod projector;
mod queries;
mod queue;
mod rows;

pub use projector::JobProjector;
pub use queries::ListJobs;
pub use rows::JobRow;
