//! What the server says about itself (sections 2.7 and 3.1).

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use fieldlog_commands::Registration;
use serde_json::{Value, json};

use super::origin::Origin;
use crate::gateway::Gateway;

type Cacheable = ([(HeaderName, &'static str); 1], Json<Value>);

fn for_a_minute(value: Value) -> Cacheable {
    ([(header::CACHE_CONTROL, "public, max-age=60")], Json(value))
}

/// `GET status/`: always 200. Incidents and maintenance are null unless an administrator announces them.
pub async fn status(State(gateway): State<Gateway>) -> Cacheable {
    let (database, storage) = gateway.readiness().parts_are_ok(gateway.app()).await;
    let word = |is_ok| if is_ok { "ok" } else { "error" };
    for_a_minute(json!({
        "database": word(database),
        "storage": word(storage),
        "status_page_url": null,
        "incident_message": null,
        "incident_timestamp_utc": null,
        "maintenance_message": null,
        "maintenance_start_timestamp_utc": null,
        "maintenance_end_timestamp_utc": null,
    }))
}

/// `GET server/info/`.
pub async fn info(State(gateway): State<Gateway>, Origin(origin): Origin) -> Cacheable {
    let is_open = gateway.app().settings().registration == Registration::Open;
    let sign_up = is_open.then(|| format!("{origin}/accounts/signup/"));
    let logo = format!("{origin}/logo.svg");
    for_a_minute(json!({
        "whitelabel": {
            "site_title": "Fieldlog",
            "logo_navbar": logo,
            "logo_main": logo,
            "favicon": logo,
        },
        "auth_providers": auth_providers(),
        "signup_url": sign_up,
    }))
}

/// `GET auth/providers/`.
pub async fn providers() -> Cacheable {
    for_a_minute(auth_providers())
}

/// Without this entry the clients offer no password form.
fn auth_providers() -> Value {
    json!([{ "type": "credentials", "id": "credentials", "name": "Username / Password" }])
}
