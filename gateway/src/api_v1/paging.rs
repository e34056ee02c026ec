//! Opt-in pages of lists: a bare array, and headers that lead on (section 1.3).

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::origin::Origin;
use crate::gateway::Gateway;
use crate::http::problem::Problem;

const TOTAL: HeaderName = HeaderName::from_static("x-total-count");
const NEXT: HeaderName = HeaderName::from_static("x-next-page");
const PREVIOUS: HeaderName = HeaderName::from_static("x-previous-page");

/// Which part of a list the client wants, and where it asked for it.
pub struct Paging {
    /// None: the whole list.
    limit: Option<usize>,
    offset: usize,
    /// Scheme, host and path.
    url: String,
    /// All that was asked for.
    asked: String,
    /// All parameters but these two.
    others: Vec<(String, String)>,
}

impl FromRequestParts<Gateway> for Paging {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Problem> {
        let parameters: Vec<(String, String)> =
            serde_urlencoded::from_str(parts.uri.query().unwrap_or_default()).unwrap_or_default();
        // A limit that is no number is none: an old client sends Python's spelling of a list.
        let number = |name: &str| parameters.iter().rev().find(|(key, _)| key == name)?.1.parse::<usize>().ok();
        let (limit, offset) = (number("limit").filter(|limit| *limit > 0), number("offset").unwrap_or_default());
        let Ok(Origin(origin)) = Origin::from_request_parts(parts, gateway).await;
        let url = format!("{origin}{}/", parts.uri.path());
        let asked = format!("{url}?{}", parts.uri.query().unwrap_or_default());
        let others = parameters.into_iter().filter(|(key, _)| key != "limit" && key != "offset").collect();
        Ok(Self { limit, offset, url, asked, others })
    }
}

impl Paging {
    /// The URL that was asked for, as the client sees it.
    pub fn asked(&self) -> &str {
        &self.asked
    }

    /// The part of `all` that is wanted, and how many there are.
    pub fn part<T>(&self, all: Vec<T>) -> (Vec<T>, usize) {
        let total = all.len();
        let part = match self.limit {
            None => all,
            Some(limit) => all.into_iter().skip(self.offset).take(limit).collect(),
        };
        (part, total)
    }

    /// The answer with a part of a list of `total`.
    pub fn answer<T: Serialize>(&self, part: &[T], total: usize) -> Response {
        let mut response = Json(part).into_response();
        let Some(limit) = self.limit else { return response };
        let headers = response.headers_mut();
        headers.insert(TOTAL, HeaderValue::from(total));
        let mut lead = |name: HeaderName, offset: Option<usize>| {
            if let Ok(url) = HeaderValue::from_str(&self.url_of(limit, offset)) {
                headers.insert(name, url);
            }
        };
        if self.offset.saturating_add(limit) < total {
            lead(NEXT, Some(self.offset + limit));
        }
        match self.offset {
            0 => {}
            offset if offset <= limit => lead(PREVIOUS, None),
            offset => lead(PREVIOUS, Some(offset - limit)),
        }
        response
    }

    /// The whole answer to a list that lies ready.
    pub fn of<T: Serialize>(&self, all: Vec<T>) -> Response {
        let (part, total) = self.part(all);
        self.answer(&part, total)
    }

    fn url_of(&self, limit: usize, offset: Option<usize>) -> String {
        let mut parameters = self.others.clone();
        parameters.push(("limit".to_owned(), limit.to_string()));
        parameters.extend(offset.map(|offset| ("offset".to_owned(), offset.to_string())));
        format!("{}?{}", self.url, serde_urlencoded::to_string(parameters).unwrap_or_default())
    }
}
