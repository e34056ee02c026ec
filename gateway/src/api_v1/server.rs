//! What the server says about itself (sections 2.7 and 3.1).

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use fieldlog_commands::Registration;
use schemars::JsonSchema;
use serde::Serialize;

use super::openapi::schema::Moment;
use super::origin::Origin;
use crate::gateway::Gateway;
use crate::pages::layout::NAME;

/// How the server is.
#[derive(Serialize, JsonSchema)]
pub struct ServerStatus {
    database: Health,
    storage: Health,
    status_page_url: Option<String>,
    incident_message: Option<String>,
    #[schemars(with = "Option<Moment>")]
    incident_timestamp_utc: Option<String>,
    maintenance_message: Option<String>,
    #[schemars(with = "Option<Moment>")]
    maintenance_start_timestamp_utc: Option<String>,
    #[schemars(with = "Option<Moment>")]
    maintenance_end_timestamp_utc: Option<String>,
}

/// How a part of the server is.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Health {
    Ok,
    Error,
}

impl Health {
    fn of(is_ok: bool) -> Self {
        if is_ok { Self::Ok } else { Self::Error }
    }
}

/// What the server is called, and how to log in.
#[derive(Serialize, JsonSchema)]
pub struct ServerInfo {
    whitelabel: Whitelabel,
    auth_providers: Vec<AuthProvider>,
    /// Where to get an account; none: only from the administrator.
    signup_url: Option<String>,
}

/// What the clients show of the server.
#[derive(Serialize, JsonSchema)]
struct Whitelabel {
    site_title: &'static str,
    logo_navbar: String,
    logo_main: String,
    favicon: String,
}

/// A way to log in.
#[derive(Serialize, JsonSchema)]
pub struct AuthProvider {
    #[serde(rename = "type")]
    #[schemars(extend("enum" = [CREDENTIALS]))]
    kind: &'static str,
    id: &'static str,
    name: &'static str,
}

/// The way with a name and a password.
const CREDENTIALS: &str = "credentials";

type Cacheable<T> = ([(HeaderName, &'static str); 1], Json<T>);

fn for_a_minute<T>(value: T) -> Cacheable<T> {
    ([(header::CACHE_CONTROL, "public, max-age=60")], Json(value))
}

/// `GET status/`: always 200. Incidents and maintenance are null unless an administrator announces them.
pub async fn status(State(gateway): State<Gateway>) -> Cacheable<ServerStatus> {
    let (database, storage) = gateway.readiness().parts_are_ok(gateway.app()).await;
    for_a_minute(ServerStatus {
        database: Health::of(database),
        storage: Health::of(storage),
        status_page_url: None,
        incident_message: None,
        incident_timestamp_utc: None,
        maintenance_message: None,
        maintenance_start_timestamp_utc: None,
        maintenance_end_timestamp_utc: None,
    })
}

/// `GET server/info/`.
pub async fn info(State(gateway): State<Gateway>, Origin(origin): Origin) -> Cacheable<ServerInfo> {
    let is_open = gateway.app().settings().registration == Registration::Open;
    let signup_url = is_open.then(|| format!("{origin}/accounts/signup/"));
    let logo = format!("{origin}/logo.svg");
    let whitelabel = Whitelabel { site_title: NAME, logo_navbar: logo.clone(), logo_main: logo.clone(), favicon: logo };
    for_a_minute(ServerInfo { whitelabel, auth_providers: auth_providers(), signup_url })
}

/// `GET auth/providers/`.
pub async fn providers() -> Cacheable<Vec<AuthProvider>> {
    for_a_minute(auth_providers())
}

/// Without this entry the clients offer no password form.
fn auth_providers() -> Vec<AuthProvider> {
    vec![AuthProvider { kind: CREDENTIALS, id: CREDENTIALS, name: "Username / Password" }]
}
