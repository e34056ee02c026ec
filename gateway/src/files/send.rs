//! Sends a blob: the whole or a part, streamed, or the news that the client has it already.
//!
//! Every download ends here: files of both APIs, pictures, job logs, what jobs made.

use std::ops::Range;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use axum::response::{IntoResponse, Response as AnyResponse};
use fieldlog_domain::Sha256Digest;

use super::asked::Asked;
use super::conditional::{Validators, Verdict};
use super::range::{Requested, requested};
use crate::gateway::Gateway;
use crate::http::problem::Problem;

/// A blob, what it is called and how it may be kept.
pub struct Sent {
    /// Names the blob.
    pub digest: Sha256Digest,
    /// Tells one state from another.
    pub validators: Validators,
    /// Bytes.
    pub size: u64,
    /// Media type.
    pub media_type: String,
    /// `Content-Disposition`.
    pub disposition: String,
}

/// What is to be sent.
enum Plan {
    /// An answer without the blob's bytes.
    Answer(AnyResponse),
    /// These bytes of the blob; none: all of them.
    Bytes(Option<Range<u64>>),
}

impl Sent {
    /// The answer to whoever may have the blob.
    pub async fn answer(&self, gateway: &Gateway, asked: &Asked) -> Result<AnyResponse, Problem> {
        let range = match self.plan(&asked.headers) {
            Plan::Answer(response) => return Ok(response),
            Plan::Bytes(range) => range,
        };
        let is_part = range.is_some();
        let storage = gateway.app().storage();
        if asked.method == Method::HEAD {
            // It needs no bytes, but a blob that is missing is told all the same.
            storage.size(&self.digest).await?;
            return Ok(self.with(Body::empty(), range.unwrap_or(0..self.size), is_part));
        }
        if let Some(response) = self.hand_over(gateway, asked, range.as_ref()).await? {
            return Ok(response);
        }
        let reader = storage.open_blob(&self.digest, range).await?;
        Ok(self.with(Body::from_stream(reader.stream), reader.range, is_part))
    }

    /// Reads what the client asks for.
    fn plan(&self, headers: &HeaderMap) -> Plan {
        match self.validators.judge(headers) {
            Verdict::Send => {}
            Verdict::NotModified => return Plan::Answer(self.not_modified()),
            Verdict::PreconditionFailed => {
                let message = format!("expected another state of the file, found {}", self.validators.etag_header());
                let problem = Problem::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", message);
                return Plan::Answer(problem.into_response());
            }
        }
        let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
        let range = range.filter(|_| self.validators.allows_range(headers));
        match requested(range, self.size) {
            Requested::Whole => Plan::Bytes(None),
            Requested::Part(range) => Plan::Bytes(Some(range)),
            Requested::Unsatisfiable => Plan::Answer(self.unsatisfiable()),
        }
    }

    /// The answer with these bytes.
    fn with(&self, body: Body, bytes: Range<u64>, is_part: bool) -> AnyResponse {
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        self.describe(headers);
        self.name(headers);
        set(headers, header::CONTENT_LENGTH, &(bytes.end - bytes.start).to_string());
        if is_part {
            let (first, last) = (bytes.start, bytes.end - 1);
            set(headers, header::CONTENT_RANGE, &format!("bytes {first}-{last}/{}", self.size));
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        response.into_response()
    }

    fn not_modified(&self) -> AnyResponse {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        self.describe(response.headers_mut());
        response
    }

    fn unsatisfiable(&self) -> AnyResponse {
        let message = format!("expected a range within the file's {} bytes", self.size);
        let problem = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, "invalid_http_range", message);
        let mut response = problem.into_response();
        set(response.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{}", self.size));
        response
    }

    /// What it is and what to call it.
    pub(super) fn name(&self, headers: &mut HeaderMap) {
        set(headers, header::CONTENT_TYPE, &self.media_type);
        set(headers, header::CONTENT_DISPOSITION, &self.disposition);
    }

    /// Which state it is, and how it may be kept.
    pub(super) fn describe(&self, headers: &mut HeaderMap) {
        set(headers, header::ETAG, &self.validators.etag_header());
        set(headers, header::LAST_MODIFIED, &self.validators.modified_header());
        set(headers, header::ACCEPT_RANGES, "bytes");
        // Kept by the client, looked at anew each time: who may read it can change.
        set(headers, header::CACHE_CONTROL, "private, no-cache");
    }
}

/// What cannot be a header, such as a media type with a line feed in it, is left out.
pub(super) fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
