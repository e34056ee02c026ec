//! Work for QGIS: asked for by people, done by workers.

mod cancel_job;
mod claim_job;
mod expire_lease;
mod fail_job;
mod finish_job;
mod refusals;
mod renew_lease;
mod request_job;
mod schedule_retry;
mod start_job;

pub use cancel_job::{CancelJob, cancel_job};
pub use claim_job::{ClaimJob, claim_job};
pub use expire_lease::{ExpireLease, expire_lease};
pub use fail_job::{FailJob, fail_job};
pub use finish_job::{FinishJob, finish_job};
pub use refusals::RequestJobRefusal;
pub use renew_lease::{RenewLease, renew_lease};
pub use request_job::{RequestJob, request_job};
pub use schedule_retry::{ScheduleRetry, schedule_retry};
pub use start_job::{StartJob, start_job};
