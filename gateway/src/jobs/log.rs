//! `GET /jobs/{job}/log`: everything the job's container printed, once it ended.

use axum::extract::{Path, State};
use axum::response::Response;
use fieldlog_domain::JobId;

use crate::files::asked::Asked;
use crate::files::conditional::Validators;
use crate::files::disposition;
use crate::files::send::Sent;
use crate::gateway::Gateway;
use crate::http::problem::Problem;

/// Sends the log of a job; the route's guard has asked whether the caller may read it.
pub async fn log(State(gateway): State<Gateway>, Path(job): Path<JobId>, asked: Asked) -> Result<Response, Problem> {
    let row = gateway.app().view().job(job)?.ok_or_else(|| Problem::not_found("job"))?;
    let digest = row.log.ok_or_else(|| {
        Problem::new(
            axum::http::StatusCode::NOT_FOUND,
            "no_log",
            format!("the job is {}; its log is kept when it ends", row.state.as_ref()),
        )
    })?;
    let sent = Sent {
        digest,
        validators: Validators { etag: digest.to_hex(), modified: row.ended_at.unwrap_or(row.requested_at) },
        size: gateway.app().storage().size(&digest).await?,
        media_type: "text/plain; charset=utf-8".into(),
        disposition: disposition::inline(&format!("{job}.log")),
    };
    sent.answer(&gateway, &asked).await
}
