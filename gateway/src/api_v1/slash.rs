//! Every route of the contract ends in a slash, and clients that forget it are answered all the same (section 1.1).

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// The request with one slash less at the end of its path, if it is one of this API or a page that its clients link to.
pub fn without_last_slash(mut request: Request) -> Request {
    let path = request.uri().path();
    let is_known = |path: &&str| {
        let has_start = ["/api/v1/", "/a/", "/accounts/"].iter().any(|start| path.starts_with(start));
        has_start || ["/docs", "/docs/edits", "/swagger"].contains(path)
    };
    let Some(shorter) = path.strip_suffix('/').filter(is_known) else { return request };
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    if let Ok(shorter) = format!("{shorter}{query}").parse::<PathAndQuery>() {
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = Some(shorter);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn path(uri: &str) -> String {
        let request = without_last_slash(Request::builder().uri(uri).body(Body::empty()).unwrap_or_default());
        request.uri().to_string()
    }

    #[test]
    fn one_slash_goes_and_the_query_stays() {
        assert_eq!(path("/api/v1/projects/?limit=20"), "/api/v1/projects?limit=20");
        assert_eq!(path("/api/v1/files/1/a%20b.jpg/"), "/api/v1/files/1/a%20b.jpg");
        assert_eq!(path("/api/v1/files/1/a//"), "/api/v1/files/1/a/");
        assert_eq!(path("/api/v1/projects"), "/api/v1/projects");
        assert_eq!(path("/files/1/a/"), "/files/1/a/");
        assert_eq!(path("/docs/"), "/docs");
    }
}
