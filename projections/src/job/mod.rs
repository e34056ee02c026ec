//! Jobs: how one is, which one is next, when to look again.

/// The columns of a job after its key.
macro_rules! jobs {
    ($filter:literal) => {
        concat!(
            "SELECT key, id, kind, resource, revision, project_file, project_file_digest, state, requester, cause, attempt,
                 max_attempts, worker, lease_until, not_before, requested_at, claimed_at, started_at, ended_at, settled_at,
                 step, percent, container, image, image_digest, inputs, error, exit_code, log, outputs
             FROM job WHERE ",
            $filter
        )
    };
}

mod projector;
mod queries;
mod queue;
mod rows;

pub use projector::JobProjector;
pub use queries::ListJobs;
pub use rows::JobRow;
