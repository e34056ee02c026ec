//! `GET /resources/{resource}/thumbnail`: the picture of a resource.

use axum::extract::{Path, State};
use axum::response::Response;
use fieldlog_domain::ResourceId;

use crate::files::asked::Asked;
use crate::files::conditional::Validators;
use crate::files::disposition;
use crate::files::send::Sent;
use crate::gateway::Gateway;
use crate::http::problem::Problem;

/// Sends the picture; the route's guard has asked whether the caller may see the resource.
pub async fn thumbnail(
    State(gateway): State<Gateway>,
    Path(resource): Path<ResourceId>,
    asked: Asked,
) -> Result<Response, Problem> {
    let row = gateway.app().view().resource(resource)?.ok_or_else(|| Problem::not_found("resource"))?;
    let thumbnail = row.thumbnail.ok_or_else(|| Problem::not_found("thumbnail"))?;
    let sent = Sent {
        digest: thumbnail.digest,
        validators: Validators { etag: thumbnail.digest.to_hex(), modified: row.changed_at },
        size: thumbnail.size,
        media_type: thumbnail.media_type,
        disposition: disposition::inline("thumbnail.png"),
    };
    sent.answer(&gateway, &asked).await
}
