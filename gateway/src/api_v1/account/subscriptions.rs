//! What an account may use of the server (section 3.2).

use axum::Json;
use axum::extract::{Path, State};
use fieldlog_domain::account::AccountKind;
use schemars::JsonSchema;
use serde::Serialize;

use super::names;
use crate::api_v1::dialect::{forbidden, of_owner};
use crate::api_v1::openapi::schema::{Id, Moment};
use crate::api_v1::time::iso;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::problem::Problem;

/// What is told when storage is not limited: clients subtract what is used from it.
const UNLIMITED: u64 = 1_000_000_000_000_000;

/// What an account may store.
#[derive(Serialize, JsonSchema)]
pub struct Subscription {
    #[schemars(with = "Id")]
    uuid: String,
    plan_display_name: String,
    plan_code: String,
    plan_is_premium: bool,
    status: String,
    #[schemars(with = "Moment")]
    active_since: String,
    #[schemars(with = "Option<Moment>")]
    active_until: Option<String>,
    storage_used_bytes: u64,
    active_storage_total_bytes: u64,
    /// So many bytes left are few.
    plan_storage_threshold_warning_bytes: u64,
    /// So many bytes left are too few.
    plan_storage_threshold_critical_bytes: u64,
}

/// `GET subscriptions/{username}/current/`: oneself, or an organization one belongs to.
pub async fn current(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(username): Path<String>,
) -> Result<Json<Subscription>, Problem> {
    let view = gateway.app().view();
    let row = names::account(&view, &username)?.ok_or_else(forbidden)?;
    let viewer = caller.viewer.account.unwrap_or_default();
    let may = match row.kind {
        AccountKind::Person => row.id == viewer,
        AccountKind::Organization => view.membership(row.id, viewer)?.is_some(),
    };
    if !may {
        return Err(forbidden());
    }
    let subscription = gateway.app().subscription_of(&row).map_err(|unknown| of_owner(&unknown.into()))?;
    let plan = subscription.plan;
    let total = plan.storage_bytes.unwrap_or(UNLIMITED);
    Ok(Json(Subscription {
        uuid: row.id.to_string(),
        plan_display_name: plan.display_name,
        plan_code: plan.code.to_string(),
        plan_is_premium: plan.is_premium,
        status: subscription.status.as_ref().to_owned(),
        active_since: iso(subscription.since),
        active_until: subscription.until.map(iso),
        storage_used_bytes: view.storage_used(row.id)?,
        active_storage_total_bytes: total,
        plan_storage_threshold_warning_bytes: plan.storage_warning_bytes.unwrap_or(total / 5),
        plan_storage_threshold_critical_bytes: plan.storage_critical_bytes.unwrap_or(total / 20),
    }))
}
