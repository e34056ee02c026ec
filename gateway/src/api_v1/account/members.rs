//! Who belongs to an organization (section 3.4).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use fieldlog_commands::account as commands;
use fieldlog_domain::account::{AccountKind, MemberRole};
use fieldlog_projections::{AccountRow, MemberRow, ReadError, View};
use schemars::JsonSchema;
use serde::Serialize;

use super::names;
use crate::api_v1::dialect::{forbidden, of_account, of_new_member, validation_error};
use crate::api_v1::fields::Fields;
use crate::api_v1::openapi::schema::Words;
use crate::api_v1::paging::Paging;
use crate::api_v1::whole::whole;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::min_position::behind;
use crate::http::problem::Problem;

const ROLES: &str = "one of admin, creator, member";

/// A member as the clients read it.
#[derive(Serialize, JsonSchema)]
pub struct Member {
    organization: String,
    member: String,
    #[schemars(with = "Words<MemberRole>")]
    role: String,
    /// Whether everybody may know.
    is_public: bool,
}

/// `GET members/{organization}/`: anybody who is logged in. The owner is not listed.
pub async fn list(
    State(gateway): State<Gateway>,
    Path(organization): Path<String>,
    paging: Paging,
) -> Result<Response, Problem> {
    let view = gateway.app().view();
    let organization = names::organization(&view, &organization)?;
    let rows = whole(|page| view.members(organization.id, page))?;
    let members: Result<Vec<_>, _> = rows.iter().map(|row| member(&view, &organization, row)).collect();
    Ok(paging.of(members?))
}

/// `GET members/{organization}/{username}/`.
pub async fn get(
    State(gateway): State<Gateway>,
    Path((organization, username)): Path<(String, String)>,
) -> Result<Json<Member>, Problem> {
    let view = gateway.app().view();
    let organization = names::organization(&view, &organization)?;
    let row = find(&view, &organization, &username)?;
    Ok(Json(member(&view, &organization, &row)?))
}

/// `POST members/{organization}/`.
pub async fn add(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(organization): Path<String>,
    fields: Fields,
) -> Result<(StatusCode, Json<Member>), Problem> {
    let app = gateway.app();
    let view = app.view();
    let organization = names::organization(&view, &organization)?;
    let role = fields.word::<MemberRole>("role", ROLES)?.unwrap_or(MemberRole::Member);
    let is_public = fields.flag("is_public")?.unwrap_or_default();
    let name = fields.required("member")?;
    let person = names::account(&view, &name)?.ok_or_else(|| Problem::not_found("user"))?;
    if person.kind == AccountKind::Organization {
        return Err(validation_error(format!("expected a person, found the organization {}", person.name)));
    }
    if view.membership(organization.id, person.id)?.is_some() {
        return Err(validation_error(format!("{} belongs to {} already", person.name, organization.name)));
    }
    let command = commands::AddMember { command_id: None, organization: organization.id, member: person.id, role };
    let mut receipt = commands::add_member(app, &caller.viewer, command).await.map_err(of_new_member)?.receipt;
    if is_public {
        receipt = publish(&gateway, &caller, &organization, &person, true).await?.or(receipt);
    }
    app.wait_for(receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    let row = find(&app.view(), &organization, person.name.as_str())?;
    Ok((StatusCode::CREATED, Json(member(&app.view(), &organization, &row)?)))
}

/// `PUT` and `PATCH members/{organization}/{username}/`.
pub async fn change(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((organization, username)): Path<(String, String)>,
    fields: Fields,
) -> Result<Json<Member>, Problem> {
    let app = gateway.app();
    let organization = names::organization(&app.view(), &organization)?;
    let role = fields.word::<MemberRole>("role", ROLES)?;
    let is_public = fields.flag("is_public")?;
    let before = find(&app.view(), &organization, &username)?;
    let role = role.unwrap_or(before.role);
    let command =
        commands::ChangeMemberRole { command_id: None, organization: organization.id, member: before.member, role };
    let mut receipt = commands::change_member_role(app, &caller.viewer, command).await.map_err(of_account)?.receipt;
    if let Some(is_public) = is_public {
        let person = app.view().account(before.member)?.ok_or_else(|| Problem::not_found("member"))?;
        receipt = publish(&gateway, &caller, &organization, &person, is_public).await?.or(receipt);
    }
    app.wait_for(receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    let row = find(&app.view(), &organization, &username)?;
    Ok(Json(member(&app.view(), &organization, &row)?))
}

/// `DELETE members/{organization}/{username}/`.
pub async fn remove(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((organization, username)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let app = gateway.app();
    let organization = names::organization(&app.view(), &organization)?;
    let found = find(&app.view(), &organization, &username);
    let member = match &found {
        Ok(row) => row.member,
        // Whoever may not manage members learns nothing of who they are.
        Err(_) => names::account(&app.view(), &username)?.ok_or_else(forbidden)?.id,
    };
    let command = commands::RemoveMember { command_id: None, organization: organization.id, member };
    let done = commands::remove_member(app, &caller.viewer, command).await.map_err(of_account)?;
    found?;
    app.wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn publish(
    gateway: &Gateway,
    caller: &Caller,
    organization: &AccountRow,
    person: &AccountRow,
    is_public: bool,
) -> Result<Option<fieldlog_eventlog::Receipt>, Problem> {
    let command = commands::ChangeMembershipVisibility {
        command_id: None,
        organization: organization.id,
        member: person.id,
        is_public,
    };
    let done = commands::change_membership_visibility(gateway.app(), &caller.viewer, command).await;
    Ok(done.map_err(of_account)?.receipt)
}

fn find(view: &View, organization: &AccountRow, username: &str) -> Result<MemberRow, Problem> {
    let nobody = || Problem::not_found("member");
    let person = names::account(view, username)?.ok_or_else(nobody)?;
    let rows = whole(|page| view.members(organization.id, page))?;
    rows.into_iter().find(|row| row.member == person.id).ok_or_else(nobody)
}

fn member(view: &View, organization: &AccountRow, row: &MemberRow) -> Result<Member, ReadError> {
    Ok(Member {
        organization: organization.name.to_string(),
        member: names::account_name(view, Some(row.member))?.unwrap_or_default(),
        role: row.role.as_ref().to_owned(),
        is_public: row.is_public,
    })
}
