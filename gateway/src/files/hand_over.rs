//! Lets somebody else send the bytes of a blob: the proxy in front, or object storage (`docs/downloads.md`).
//!
//! Who may have them, conditions and ranges are judged before. Where another server could come to another answer, because it
//! judges by times and tags of its own or reads a range in its own way, nothing is handed over.

use std::ops::Range;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, Response, StatusCode, header};
use axum::response::Response as AnyResponse;
use fieldlog_storage::ResponseHeaders;

use super::asked::Asked;
use super::send::{Sent, set};
use crate::gateway::Gateway;
use crate::http::problem::Problem;
use crate::options::Downloads;

const X_ACCEL_REDIRECT: HeaderName = HeaderName::from_static("x-accel-redirect");
/// The location of the proxy from which blobs are sent, which clients cannot ask for.
const INTERNAL: &str = "/_blobs";
/// How long a URL of object storage is good. A download that has begun goes on.
const GOOD_FOR: Duration = Duration::from_secs(300);

impl Sent {
    /// The answer that makes somebody else send the bytes; none: they are to be sent from here.
    pub(super) async fn hand_over(
        &self,
        gateway: &Gateway,
        asked: &Asked,
        range: Option<&Range<u64>>,
    ) -> Result<Option<AnyResponse>, Problem> {
        if !is_plain(&asked.headers, range, self.size) {
            return Ok(None);
        }
        let handed_over = match gateway.options().downloads {
            Downloads::Stream => None,
            Downloads::Accel if !asked.is_forwarded => None,
            Downloads::Accel => self.at_proxy(gateway).await?.map(|place| self.accelerated(&place)),
            Downloads::Redirect => {
                let disposition = Some(self.disposition.clone());
                self.at_storage(gateway, disposition).await?.map(|url| redirected(url.as_str()))
            }
        };
        if handed_over.is_some() {
            // What is missing is told from here, in the words of the API.
            gateway.app().storage().size(&self.digest).await?;
        }
        Ok(handed_over)
    }

    /// Where the proxy finds the blob: below its folder, or behind the address of object storage.
    async fn at_proxy(&self, gateway: &Gateway) -> Result<Option<String>, Problem> {
        if let Some(path) = gateway.app().storage().path_of(&self.digest) {
            return Ok(Some(format!("{INTERNAL}/{path}")));
        }
        // The proxy takes the disposition from the answer it is given here.
        let url = self.at_storage(gateway, None).await?;
        Ok(url.map(|url| format!("{INTERNAL}{}?{}", url.path(), url.query().unwrap_or_default())))
    }

    async fn at_storage(
        &self,
        gateway: &Gateway,
        content_disposition: Option<String>,
    ) -> Result<Option<fieldlog_storage::Url>, Problem> {
        let answer = ResponseHeaders { content_type: Some(self.media_type.clone()), content_disposition };
        Ok(gateway.app().storage().url_of(&self.digest, GOOD_FOR, &answer).await?)
    }

    /// Without `Accept-Ranges`, which the proxy says itself.
    fn accelerated(&self, place: &str) -> AnyResponse {
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        self.describe(headers);
        self.name(headers);
        headers.remove(header::ACCEPT_RANGES);
        set(headers, X_ACCEL_REDIRECT, place);
        response
    }
}

/// Without a body: QField appends what comes on the way to what it has.
fn redirected(url: &str) -> AnyResponse {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    let headers = response.headers_mut();
    set(headers, header::LOCATION, url);
    set(headers, header::CONTENT_LENGTH, "0");
    set(headers, header::CACHE_CONTROL, "no-store");
    response
}

/// Whether any server reads the request in the same way: without conditions on times and tags, and with a range, if any, that can
/// be read in one way only.
fn is_plain(headers: &HeaderMap, range: Option<&Range<u64>>, size: u64) -> bool {
    let conditions = [header::IF_MATCH, header::IF_UNMODIFIED_SINCE, header::IF_MODIFIED_SINCE, header::IF_RANGE];
    if conditions.iter().any(|name| headers.contains_key(name)) {
        return false;
    }
    let mut lines = headers.get_all(header::RANGE).iter();
    match (range, lines.next(), lines.next()) {
        (None, None, None) => true,
        (Some(Range { start, end }), Some(line), None) => {
            line == format!("bytes={start}-{}", end - 1).as_str()
                || (*end == size && line == format!("bytes={start}-").as_str())
        }
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn asks(lines: &[(HeaderName, &str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_range_that_can_be_read_in_one_way_is_handed_over() {
        assert!(is_plain(&HeaderMap::new(), None, 10));
        assert!(is_plain(&asks(&[(header::RANGE, "bytes=2-4")]), Some(&(2..5)), 10));
        assert!(is_plain(&asks(&[(header::RANGE, "bytes=2-")]), Some(&(2..10)), 10));
        assert!(is_plain(&asks(&[(header::IF_NONE_MATCH, "\"other\"")]), None, 10));
    }

    #[test]
    fn what_another_server_could_read_differently_is_not() {
        for (range, meant) in [
            ("bytes=-3", Some(7..10)),
            ("bytes=2-99", Some(2..10)),
            ("Bytes=2-4", Some(2..5)),
            ("bytes=02-4", Some(2..5)),
            ("bytes=0-1,3-4", None),
            ("lines=1-2", None),
        ] {
            assert!(!is_plain(&asks(&[(header::RANGE, range)]), meant.as_ref(), 10), "{range}");
        }
        let twice = {
            let mut headers = asks(&[(header::RANGE, "bytes=2-4")]);
            headers.append(header::RANGE, "bytes=5-6".parse().unwrap());
            headers
        };
        assert!(!is_plain(&twice, Some(&(2..5)), 10));
    }

    #[test]
    fn what_is_judged_by_times_and_tags_is_not() {
        for name in [header::IF_MATCH, header::IF_UNMODIFIED_SINCE, header::IF_MODIFIED_SINCE, header::IF_RANGE] {
            assert!(!is_plain(&asks(&[(name.clone(), "\"abc\"")]), None, 10), "{name}");
        }
    }
}
