//! `GET /jobs/{job}/outputs/{name}`: something the job made.

use axum::extract::{Path, State};
use axum::response::Response;
use fieldlog_domain::JobId;

use crate::files::asked::Asked;
use crate::files::conditional::Validators;
use crate::files::disposition;
use crate::files::send::Sent;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::problem::Problem;

/// Sends an output of a job; the route's guard has asked whether the caller may see the job.
pub async fn output(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((job, name)): Path<(JobId, String)>,
    asked: Asked,
) -> Result<Response, Problem> {
    let row = gateway.app().view().job(job)?.ok_or_else(|| Problem::not_found("job"))?;
    if row.is_private && row.requester != caller.viewer.account && !caller.viewer.is_admin {
        return Err(Problem::not_found("output of the job"));
    }
    let output = row.outputs.into_iter().find(|output| output.name == name);
    let output = output.ok_or_else(|| Problem::not_found("output of the job"))?;
    let sent = Sent {
        digest: output.digest,
        validators: Validators { etag: output.digest.to_hex(), modified: row.ended_at.unwrap_or(row.requested_at) },
        size: output.size,
        media_type: output.media_type,
        disposition: disposition::attachment(&output.name),
    };
    sent.answer(&gateway, &asked).await
}
