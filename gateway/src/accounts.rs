//! The picture of an account: up, down, and where it is.

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fieldlog_commands::account::{AvatarRefusal, SetAvatar, avatar_id, find_avatar, set_avatar};
use fieldlog_domain::AccountId;
use fieldlog_domain::account::AccountRefusal;
use fieldlog_projections::AccountRow;
use serde::Serialize;

use crate::files::asked::Asked;
use crate::files::conditional::Validators;
use crate::files::disposition;
use crate::files::send::Sent;
use crate::files::upload::idempotency_key;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::min_position::behind;
use crate::http::problem::{Problem, of_command};

/// A larger body is not read to its end; which pictures are too large is a rule.
const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// Where everybody finds the picture of an account, as a path; none: it has none.
///
/// It ends in a name with a suffix, which QFieldSync gives to its copy. The name changes with the picture.
pub fn avatar_path(gateway: &Gateway, account: &AccountRow) -> Option<String> {
    let picture = &account.avatar.as_ref()?.picture;
    let id = avatar_id(gateway.app(), account.id);
    Some(format!("/api/v1/files/avatars/{id}/{}.{}", &picture.digest.to_hex()[..8], suffix(&picture.media_type)))
}

fn suffix(media_type: &str) -> &'static str {
    if media_type == "image/jpeg" { "jpg" } else { "png" }
}

/// `GET /api/v1/files/avatars/{public id}` and `/{any name}` after it: the picture, or the server's own for those who have none.
pub async fn avatar(
    State(gateway): State<Gateway>,
    Path(path): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let (public_id, name) = path.split_once('/').unwrap_or((&path, ""));
    if name.contains('/') {
        return Err(Problem::not_found("avatar"));
    }
    let found = find_avatar(gateway.app(), public_id).map_err(|error| of_command(error, |never| match never {}))?;
    let Some(avatar) = found else { return Ok(default_logo(&gateway)) };
    let sent = Sent {
        digest: avatar.picture.digest,
        validators: Validators { etag: avatar.picture.digest.to_hex(), modified: avatar.set_at },
        size: avatar.picture.size,
        disposition: disposition::inline(&format!("avatar.{}", suffix(&avatar.picture.media_type))),
        media_type: avatar.picture.media_type,
    };
    sent.answer(&gateway, &asked).await
}

/// The account may have a picture later, so this is not kept.
fn default_logo(gateway: &Gateway) -> Response {
    let headers = [(header::LOCATION, gateway.url("/logo.svg")), (header::CACHE_CONTROL, "no-store".to_owned())];
    (StatusCode::FOUND, headers).into_response()
}

/// What came of a new picture.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AvatarSet {
    avatar_url: Option<String>,
    position: String,
}

/// `PUT /accounts/{account}/avatar`: a PNG or JPEG as the body.
pub async fn put_avatar(
    State(gateway): State<Gateway>,
    caller: Caller,
    account: Result<Path<AccountId>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<AvatarSet>, Problem> {
    let Path(account) = account.map_err(|_| Problem::not_found("account"))?;
    let command_id = idempotency_key(&headers)?;
    let picture = to_bytes(body, BODY_LIMIT).await.map_err(|_| {
        let message = format!("expected a picture of at most {BODY_LIMIT} bytes, found more, or it broke off");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "picture_too_large", message)
    })?;
    let app = gateway.app();
    let done = set_avatar(app, &caller.viewer, SetAvatar { command_id, account, picture }).await;
    let done = done.map_err(|error| of_command(error, refused))?;
    let position = app.wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?.to_string();
    let row = app.view().account(account)?.ok_or_else(|| Problem::not_found("account"))?;
    let avatar_url = avatar_path(&gateway, &row).map(|path| gateway.url(&path));
    Ok(Json(AvatarSet { avatar_url, position }))
}

fn refused(refusal: AvatarRefusal) -> Problem {
    let message = refusal.to_string();
    match refusal {
        AvatarRefusal::Picture(_) => Problem::bad_request("validation_error", message),
        AvatarRefusal::Account(AccountRefusal::NoSuchAccount | AccountRefusal::Abandoned | AccountRefusal::Erased) => {
            Problem::not_found("account")
        }
        AvatarRefusal::Account(_) => Problem::new(StatusCode::CONFLICT, "account_refused", message),
    }
}
