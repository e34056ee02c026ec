//! What is asked for after the question mark; a query that cannot be read is refused as everything else is.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::dialect::api_error;
use crate::gateway::Gateway;
use crate::http::problem::Problem;

/// A query as a `T`.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Gateway> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Gateway) -> Result<Self, Problem> {
        let found = axum::extract::Query::try_from_uri(&parts.uri);
        let axum::extract::Query(found) = found.map_err(|rejection| api_error(rejection.body_text()))?;
        Ok(Self(found))
    }
}
