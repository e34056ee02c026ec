//! `GET files/{project}/{filename}/?version=` (section 11)

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use fieldlog_commands::file::{FindFile, find_file};
use fieldlog_domain::{ResourceId, VersionId};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::api_v1::dialect::{never, validation_error};
use crate::api_v1::openapi::schema::Id;
use crate::api_v1::query::Query;
use crate::files::asked::Asked;
use crate::files::conditional::Validators;
use crate::files::disposition;
use crate::files::send::Sent;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::problem::Problem;

/// Which version; none: the current one.
#[derive(Default, Deserialize, JsonSchema)]
pub struct Which {
    /// The id of a version.
    #[schemars(with = "Option<Id>")]
    version: Option<String>,
}

/// Sends a file.
pub async fn download(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((resource, path)): Path<(ResourceId, String)>,
    Query(which): Query<Which>,
    asked: Asked,
) -> Result<Response, Problem> {
    let app = gateway.app();
    let version = which.version.map(|text| text.parse::<VersionId>()).transpose();
    let version = version.map_err(|_| validation_error("version: expected the UUID of a version"))?;
    let found = find_file(app, &caller.viewer, &app.view(), FindFile { resource, path, version }).map_err(never);
    // A name that cannot be is the name of nothing.
    let found = found.map_err(|problem| match problem.status {
        StatusCode::BAD_REQUEST => Problem::not_found("file"),
        _ => problem,
    })?;
    check_range(&asked.headers, found.size)?;
    let sent = Sent {
        digest: found.digest,
        validators: Validators { etag: found.etag, modified: found.added_at },
        size: found.size,
        media_type: found.media_type,
        disposition: disposition::attachment(found.path.file_name()),
    };
    sent.answer(&gateway, &asked).await
}

/// Only `bytes=N-` and `bytes=N-M` with N < M < size: devices append whatever comes to what they have, so a range that is not
/// understood must not be answered with the whole file.
pub fn check_range(headers: &HeaderMap, size: u64) -> Result<(), Problem> {
    let Some(value) = headers.get(header::RANGE) else { return Ok(()) };
    let text = value.to_str().unwrap_or_default();
    let number =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    let is_valid = text.strip_prefix("bytes=").and_then(|range| range.split_once('-')).is_some_and(|(first, last)| {
        match (number(first), number(last)) {
            (Some(first), Some(last)) => first < last && last < size,
            (Some(first), None) => last.is_empty() && first < size,
            (None, _) => false,
        }
    });
    match is_valid {
        true => Ok(()),
        false => {
            let message = format!("expected bytes=N- or bytes=N-M within the {size} bytes of the file");
            Err(Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, "invalid_http_range", message))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn is_valid(range: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        check_range(&headers, 10).is_ok()
    }

    #[test]
    fn only_a_range_within_the_file_is_taken() {
        assert!(check_range(&HeaderMap::new(), 0).is_ok());
        for range in ["bytes=0-", "bytes=9-", "bytes=0-9", "bytes=3-4"] {
            assert!(is_valid(range), "{range}");
        }
        for range in [
            "bytes=10-",
            "bytes=5-5",
            "bytes=5-4",
            "bytes=0-10",
            "bytes=-4",
            "bytes=0-1,3-4",
            "lines=0-1",
            "bytes=a-",
            "bytes=+1-2",
            "bytes=",
            "x",
        ] {
            assert!(!is_valid(range), "{range}");
        }
    }
}
