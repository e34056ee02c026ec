//! Teams of an organization and who is in them (section 3.4). These lists have no pages.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use fieldlog_commands::account::{self as commands, find_person};
use fieldlog_domain::AccountId;
use fieldlog_projections::{AccountRow, ReadError, TeamRow, View};
use schemars::JsonSchema;
use serde::Serialize;

use super::names;
use crate::api_v1::dialect::{api_error, forbidden, of_account, validation_error};
use crate::api_v1::fields::Fields;
use crate::api_v1::whole::whole;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::min_position::behind;
use crate::http::problem::Problem;

/// A team as the clients read it.
#[derive(Serialize, JsonSchema)]
pub struct Team {
    /// Its name, without `@organization/`.
    team: String,
    organization: String,
    /// The names of those who are in it.
    members: Vec<String>,
}

/// Somebody in a team.
#[derive(Serialize, JsonSchema)]
pub struct TeamMember {
    member: String,
}

/// `GET organizations/{organization}/teams/`.
pub async fn list(
    State(gateway): State<Gateway>,
    Path(organization): Path<String>,
) -> Result<Json<Vec<Team>>, Problem> {
    let view = gateway.app().view();
    let organization = names::organization(&view, &organization)?;
    let rows = whole(|page| view.teams(organization.id, page))?;
    let teams: Result<Vec<_>, _> = rows.iter().map(|row| team(&view, &organization, row)).collect();
    Ok(Json(teams?))
}

/// `POST organizations/{organization}/teams/`.
pub async fn create(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(organization): Path<String>,
    fields: Fields,
) -> Result<(StatusCode, Json<Team>), Problem> {
    let app = gateway.app();
    let organization = names::organization(&app.view(), &organization)?;
    let name = fields.required("team")?;
    let command = commands::CreateTeam { command_id: None, organization: organization.id, name };
    let done = commands::create_team(app, &caller.viewer, command).await.map_err(of_account)?;
    app.wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    let row = app.view().team(done.value)?.ok_or_else(|| Problem::not_found("team"))?;
    Ok((StatusCode::CREATED, Json(team(&app.view(), &organization, &row)?)))
}

/// `GET organizations/{organization}/teams/{team}/`.
pub async fn get(
    State(gateway): State<Gateway>,
    Path((organization, name)): Path<(String, String)>,
) -> Result<Json<Team>, Problem> {
    let view = gateway.app().view();
    let organization = names::organization(&view, &organization)?;
    let row = find(&view, &organization, &name)?;
    Ok(Json(team(&view, &organization, &row)?))
}

/// `PUT organizations/{organization}/teams/{team}/`: gives it another name.
pub async fn rename(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((organization, name)): Path<(String, String)>,
    fields: Fields,
) -> Result<Json<Team>, Problem> {
    let app = gateway.app();
    let organization = names::organization(&app.view(), &organization)?;
    let row = find(&app.view(), &organization, &name)?;
    let name = fields.required("team")?;
    let command = commands::RenameTeam { command_id: None, organization: organization.id, team: row.id, name };
    let done = commands::rename_team(app, &caller.viewer, command).await.map_err(of_account)?;
    app.wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    let row = app.view().team(row.id)?.ok_or_else(|| Problem::not_found("team"))?;
    Ok(Json(team(&app.view(), &organization, &row)?))
}

/// `PATCH organizations/{organization}/teams/{team}/`: always refused.
pub async fn patch() -> Problem {
    forbidden()
}

/// `DELETE organizations/{organization}/teams/{team}/`.
pub async fn delete(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((organization, name)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let app = gateway.app();
    let organization = names::organization(&app.view(), &organization)?;
    let row = find(&app.view(), &organization, &name)?;
    let command = commands::DeleteTeam { command_id: None, organization: organization.id, team: row.id };
    let done = commands::delete_team(app, &caller.viewer, command).await.map_err(of_account)?;
    app.wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET organizations/{organization}/teams/{team}/members/`.
pub async fn members(
    State(gateway): State<Gateway>,
    Path((organization, name)): Path<(String, String)>,
) -> Result<Json<Vec<TeamMember>>, Problem> {
    let view = gateway.app().view();
    let organization = names::organization(&view, &organization)?;
    let row = find_or_forbid(&view, &organization, &name)?;
    Ok(Json(members_of(&view, &row)?.into_iter().map(|member| TeamMember { member }).collect()))
}

/// `POST organizations/{organization}/teams/{team}/members/`.
pub async fn add_member(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((organization, name)): Path<(String, String)>,
    fields: Fields,
) -> Result<(StatusCode, Json<TeamMember>), Problem> {
    let app = gateway.app();
    let view = app.view();
    let organization = names::organization(&view, &organization)?;
    let row = find_or_forbid(&view, &organization, &name)?;
    let member = fields.required("member")?;
    let person = find_person(app, &member)?.ok_or_else(|| api_error(format!("member: there is no user {member}")))?;
    if members_of(&view, &row)?.contains(&person.name.to_string()) {
        return Err(api_error(format!("member: {} is in the team already", person.name)));
    }
    let command =
        commands::AddTeamMember { command_id: None, organization: organization.id, team: row.id, member: person.id };
    let done = commands::add_team_member(app, &caller.viewer, command).await.map_err(of_account)?;
    app.wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    Ok((StatusCode::CREATED, Json(TeamMember { member: person.name.to_string() })))
}

/// `DELETE organizations/{organization}/teams/{team}/members/{username}/`.
pub async fn remove_member(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((organization, name, username)): Path<(String, String, String)>,
) -> Result<StatusCode, Problem> {
    let app = gateway.app();
    let view = app.view();
    let organization = names::organization(&view, &organization)?;
    let row = find_or_forbid(&view, &organization, &name)?;
    let member: AccountId = names::account(&view, &username)?.ok_or_else(forbidden)?.id;
    let command = commands::RemoveTeamMember { command_id: None, organization: organization.id, team: row.id, member };
    let done = commands::remove_team_member(app, &caller.viewer, command).await.map_err(of_account)?;
    let receipt = done.receipt.ok_or_else(|| validation_error(format!("{username} is not in the team")))?;
    app.wait_for(Some(receipt), gateway.options().catch_up_timeout).await.map_err(behind)?;
    Ok(StatusCode::NO_CONTENT)
}

fn find(view: &View, organization: &AccountRow, name: &str) -> Result<TeamRow, Problem> {
    names::team(view, organization, name)?.ok_or_else(|| Problem::not_found("team"))
}

fn find_or_forbid(view: &View, organization: &AccountRow, name: &str) -> Result<TeamRow, Problem> {
    names::team(view, organization, name)?.ok_or_else(forbidden)
}

fn members_of(view: &View, team: &TeamRow) -> Result<Vec<String>, ReadError> {
    let ids: Vec<AccountId> = whole(|page| view.team_members(team.id, page))?.iter().map(|row| row.member).collect();
    Ok(view.accounts(&ids)?.into_iter().map(|row| row.name.to_string()).collect())
}

fn team(view: &View, organization: &AccountRow, row: &TeamRow) -> Result<Team, ReadError> {
    Ok(Team {
        team: row.name.to_string(),
        organization: organization.name.to_string(),
        members: members_of(view, row)?,
    })
}
