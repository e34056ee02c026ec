//! Which of its two media types a GraphQL answer gets (GraphQL over HTTP, section 6).

use axum::http::{HeaderMap, header};

/// The media type of an answer; it decides about statuses too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`: the status tells a request that was not executed from one that was.
    GraphqlResponse,
    /// `application/json`: every well-formed request gets a 200.
    Json,
}

impl MediaType {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// The one the client likes best; `None` when it likes neither. Without an `Accept` header it is JSON.
    pub fn negotiate(headers: &HeaderMap) -> Option<Self> {
        let lines: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
        if lines.iter().all(|line| line.trim().is_empty()) {
            return Some(Self::Json);
        }
        let mut best: Option<(f32, Self)> = None;
        for range in lines.iter().flat_map(|line| line.split(',')) {
            let (quality, media_type) = match read(range) {
                Some(liked) => liked,
                None => continue,
            };
            if quality > 0.0 && best.is_none_or(|(other, _)| quality > other) {
                best = Some((quality, media_type));
            }
        }
        best.map(|(_, media_type)| media_type)
    }
}

/// Whether the client wants events.
pub fn wants_events(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    lines.any(|line| line.split(',').any(|range| name_of(range).eq_ignore_ascii_case("text/event-stream")))
}

fn read(range: &str) -> Option<(f32, MediaType)> {
    let media_type = match name_of(range).to_ascii_lowercase().as_str() {
        "application/graphql-response+json" => MediaType::GraphqlResponse,
        "application/json" | "application/*" | "*/*" => MediaType::Json,
        _ => return None,
    };
    let mut parameters = range.split(';').skip(1).filter_map(|parameter| parameter.trim().split_once('='));
    let quality = parameters.find(|(name, _)| name.eq_ignore_ascii_case("q"));
    Some((quality.map_or(Ok(1.0), |(_, value)| value.parse()).ok()?, media_type))
}

fn name_of(range: &str) -> &str {
    range.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn negotiate(accept: &str) -> Option<MediaType> {
        MediaType::negotiate(&HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]))
    }

    #[test]
    fn the_client_gets_what_it_likes_best() {
        use MediaType::{GraphqlResponse, Json};
        assert_eq!(MediaType::negotiate(&HeaderMap::new()), Some(Json));
        assert_eq!(negotiate("*/*"), Some(Json));
        assert_eq!(negotiate("application/graphql-response+json, application/json;q=0.9"), Some(GraphqlResponse));
        assert_eq!(negotiate("application/graphql-response+json;q=0.1, application/json"), Some(Json));
        assert_eq!(negotiate("text/html, */*;q=0.1"), Some(Json));
        assert_eq!(negotiate("text/html"), None);
        assert_eq!(negotiate("application/json;q=0"), None);
    }
}
