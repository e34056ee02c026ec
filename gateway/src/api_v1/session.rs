//! Log-in, log-out, who is logged in (section 2).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use fieldlog_commands::account::{Password, Profile, open_profile};
use fieldlog_commands::session::{self as commands, LogIn, LogInRefusal, LogOut};
use fieldlog_commands::{CommandError, Viewer};
use fieldlog_projections::AccountRow;
use schemars::JsonSchema;
use serde::Serialize;

use super::account::names::kind_number;
use super::dialect::never;
use super::fields::Fields;
use super::openapi::schema::{Moment, account_kind};
use super::origin::Origin;
use super::time::iso;
use crate::accounts::avatar_path;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::min_position::behind;
use crate::http::problem::{Problem, of_command};
use crate::metrics;

/// A person as they see themselves.
#[derive(Serialize, JsonSchema)]
pub struct Oneself {
    #[serde(rename = "type")]
    #[schemars(schema_with = "account_kind")]
    kind: u8,
    #[serde(flatten)]
    person: Person,
}

/// A person, without the number of their kind.
#[derive(Serialize, JsonSchema)]
struct Person {
    username: String,
    email: String,
    avatar_url: Option<String>,
    first_name: String,
    last_name: String,
    full_name: String,
}

impl Oneself {
    /// Of this account; what was forgotten is empty.
    pub fn new(row: &AccountRow, profile: Option<Profile>, avatar_url: Option<String>) -> Self {
        let Profile { email, first_name, last_name } = profile.unwrap_or_default();
        let full_name = format!("{first_name} {last_name}").trim().to_owned();
        let person = Person { username: row.name.to_string(), email, avatar_url, first_name, last_name, full_name };
        Self { kind: kind_number(row.kind), person }
    }
}

/// Who has logged in, with their token.
#[derive(Serialize, JsonSchema)]
pub struct LoggedIn {
    token: String,
    #[schemars(with = "Moment")]
    expires_at: String,
    /// A word here, a number elsewhere.
    #[serde(rename = "type")]
    kind: String,
    #[serde(flatten)]
    person: Person,
}

/// The answer to a log-out.
#[derive(Serialize, JsonSchema)]
pub struct LoggedOut {
    detail: &'static str,
}

/// `POST auth/login/` and `POST auth/token/`.
pub async fn log_in(
    State(gateway): State<Gateway>,
    caller: Caller,
    origin: Origin,
    fields: Fields,
) -> Result<Json<LoggedIn>, Problem> {
    let password = Password::new(fields.required("password")?);
    let login = fields.text("username")?.filter(|text| !text.is_empty()).or(fields.text("email")?).unwrap_or_default();
    if login.is_empty() {
        return Err(wrong_credentials());
    }
    gateway.log_in_rate().take(caller.ip).map_err(|wait| {
        metrics::log_in_rate_limited();
        locked_out(wait.as_secs())
    })?;
    let app = gateway.app();
    // Who logs in is told by the password, not by a token that came along.
    let viewer = Viewer::anonymous(caller.viewer.client).with_correlation(caller.viewer.correlation_id);
    let done = commands::log_in(app, &viewer, LogIn { login, password, client_ip: Some(caller.ip) }).await;
    let done = done.map_err(refused)?;
    app.wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    let session = done.value;
    let row = app.view().account(session.account)?.ok_or_else(wrong_credentials)?;
    let viewer = Viewer::person(row.id, session.session, row.is_admin, viewer.client);
    let profile = open_profile(app, &viewer, row.id).await.map_err(never)?;
    let Oneself { kind, person } = Oneself::new(&row, profile, absolute_avatar(&gateway, &origin, &row));
    let (token, expires_at) = (session.token.as_str().to_owned(), iso(session.expires_at));
    Ok(Json(LoggedIn { token, expires_at, kind: kind.to_string(), person }))
}

fn wrong_credentials() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "authentication_failed", "Authentication failed")
}

fn locked_out(seconds: u64) -> Problem {
    let message = "Too many failed login attempts!";
    Problem::new(StatusCode::UNAUTHORIZED, "too_many_failed_login_attempts", message).retry_after(seconds.max(1))
}

fn refused(error: CommandError<LogInRefusal>) -> Problem {
    of_command(error, |refusal| match refusal {
        LogInRefusal::WrongCredentials => wrong_credentials(),
        LogInRefusal::LockedOut { retry_after } => locked_out(retry_after.as_secs()),
    })
}

/// `POST` and `GET auth/logout/`: ends all sessions of whoever asks.
pub async fn log_out(State(gateway): State<Gateway>, caller: Caller) -> Result<Json<LoggedOut>, Problem> {
    if caller.viewer.account.is_some() {
        let command = LogOut { command_id: None, everywhere: true };
        let done = commands::log_out(gateway.app(), &caller.viewer, command).await;
        let done =
            done.map_err(|error| of_command(error, |refusal| Problem::bad_request("api_error", refusal.to_string())))?;
        gateway.app().wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    }
    Ok(Json(LoggedOut { detail: "Successfully logged out." }))
}

/// `GET auth/user/`.
pub async fn user(State(gateway): State<Gateway>, caller: Caller, origin: Origin) -> Result<Json<Oneself>, Problem> {
    let account = caller.viewer.account.ok_or_else(Problem::not_authenticated)?;
    let row = gateway.app().view().account(account)?.ok_or_else(Problem::not_authenticated)?;
    let profile = open_profile(gateway.app(), &caller.viewer, account).await.map_err(never)?;
    let avatar_url = absolute_avatar(&gateway, &origin, &row);
    Ok(Json(Oneself::new(&row, profile, avatar_url)))
}

/// Here with the server's address in front, elsewhere without.
fn absolute_avatar(gateway: &Gateway, origin: &Origin, row: &AccountRow) -> Option<String> {
    avatar_path(gateway, row).map(|path| format!("{}{path}", origin.0))
}
