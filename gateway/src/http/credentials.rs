//! Who asks: `Authorization: Token …` or `Bearer …`, whatever the case of the word.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use fieldlog_commands::session::{AuthenticationError, authenticate};
use fieldlog_commands::{App, Viewer};
use fieldlog_domain::CorrelationId;
use fieldlog_domain::shared::ClientType;

use super::problem::Problem;
use crate::gateway::Gateway;

/// Who asks, from where, with which token. Put into each guarded request by [`super::guard`].
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub viewer: Viewer,
    /// From where.
    pub ip: IpAddr,
    /// What they sent, to look again later whether it is still good.
    pub token: Option<Arc<str>>,
}

impl FromRequestParts<Gateway> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Gateway) -> Result<Self, Problem> {
        // Absent only when a route was made past the table of routes, which knows no such way.
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::internal)
    }
}

impl Caller {
    /// Reads the headers. Credentials that are not good are refused even where none are needed, so that a client whose
    /// token has expired notices.
    pub async fn identify(app: &App, headers: &HeaderMap, ip: IpAddr, request: CorrelationId) -> Result<Self, Problem> {
        let token = bearer(headers)?;
        Self::with_token(app, headers, ip, request, token).await
    }

    /// The same with a token that came another way.
    pub async fn with_token(
        app: &App,
        headers: &HeaderMap,
        ip: IpAddr,
        request: CorrelationId,
        token: Option<&str>,
    ) -> Result<Self, Problem> {
        let viewer = match token {
            Some(token) => authenticate(app, token).await.map_err(refused)?,
            None => Viewer::anonymous(client(headers)),
        };
        Ok(Self { viewer: viewer.with_correlation(request), ip, token: token.map(Arc::from) })
    }

    /// Whether the token is still good: a stream outlives a log-out otherwise.
    pub async fn is_still_valid(&self, app: &App) -> bool {
        let Some(token) = self.token.as_deref() else { return true };
        authenticate(app, token).await != Err(AuthenticationError::BadToken)
    }
}

/// The program, from its `User-Agent`.
fn client(headers: &HeaderMap) -> ClientType {
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    ClientType::from_user_agent(user_agent.unwrap_or_default())
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let text = value.to_str().map_err(|_| malformed())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(malformed)?;
    let token = token.trim();
    let is_known = scheme.eq_ignore_ascii_case("token") || scheme.eq_ignore_ascii_case("bearer");
    if !is_known || token.is_empty() || token.contains(' ') {
        return Err(malformed());
    }
    Ok(Some(token))
}

fn malformed() -> Problem {
    let message = "expected an Authorization header of the form \"Token …\" or \"Bearer …\"";
    Problem::new(StatusCode::UNAUTHORIZED, "authentication_failed", message)
}

fn refused(error: AuthenticationError) -> Problem {
    match &error {
        AuthenticationError::BadToken => {
            Problem::new(StatusCode::UNAUTHORIZED, "token_authentication_failed", error.to_string())
        }
        AuthenticationError::Unavailable(why) => {
            tracing::error!(why, "cannot authenticate");
            Problem::unavailable(error.to_string())
        }
    }
}
