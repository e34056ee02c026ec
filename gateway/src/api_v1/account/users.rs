//! Accounts as others see them, and one's own (section 3.2).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use fieldlog_commands::CommandError;
use fieldlog_commands::account::{self as commands, ChangeProfileRefusal, Password, RegistrationRefusal, open_profile};
use fieldlog_domain::account::{AccountKind, MemberRole};
use fieldlog_domain::{AccountId, ResourceId};
use fieldlog_projections::{AccountRow, Membership, ReadError, TeamRow, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::names::{self, TEAM, kind_number};
use crate::accounts::avatar_path;
use crate::api_v1::dialect::{api_error, forbidden, never};
use crate::api_v1::fields::Fields;
use crate::api_v1::openapi::schema::{Words, account_kind};
use crate::api_v1::paging::Paging;
use crate::api_v1::query::Query;
use crate::api_v1::session::Oneself;
use crate::api_v1::whole::whole;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::min_position::behind;
use crate::http::problem::{Problem, of_command};

/// What everybody may know of an account.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PublicAccount")]
pub struct Public {
    /// The name; of a team with `@organization/` in front.
    username: String,
    #[serde(rename = "type")]
    #[schemars(schema_with = "account_kind")]
    kind: u8,
    /// Empty: names of people are theirs.
    full_name: String,
    avatar_url: Option<String>,
    /// The name alone.
    username_display: String,
}

impl Public {
    fn of_account(gateway: &Gateway, row: &AccountRow) -> Self {
        let name = row.name.to_string();
        Self {
            username: name.clone(),
            kind: kind_number(row.kind),
            full_name: String::new(),
            avatar_url: avatar_path(gateway, row),
            username_display: name,
        }
    }

    fn of_team(organization: &AccountRow, team: &TeamRow) -> Self {
        Self {
            username: names::team_name(organization, team),
            kind: TEAM,
            full_name: String::new(),
            avatar_url: None,
            username_display: team.name.to_string(),
        }
    }
}

/// An organization as those see it who belong to it.
#[derive(Serialize, JsonSchema)]
pub struct Organization {
    username: String,
    #[serde(rename = "type")]
    #[schemars(schema_with = "account_kind")]
    kind: u8,
    email: String,
    avatar_url: Option<String>,
    /// Members of whom everybody may know it.
    members: Vec<String>,
    organization_owner: String,
    /// What whoever asks may do.
    #[schemars(with = "Words<MemberRole>")]
    membership_role: String,
    #[schemars(extend("enum" = [OWNER, MEMBER]))]
    membership_role_origin: &'static str,
    membership_is_public: bool,
    /// Names without `@organization/`.
    teams: Vec<String>,
}

const OWNER: &str = "organization_owner";
const MEMBER: &str = "organization_member";

/// Which accounts are looked for.
#[derive(Deserialize, Default, JsonSchema)]
pub struct Search {
    /// A part of the name, in any case.
    q: Option<String>,
    /// The id of a project: leaves out whom cannot be added to it, and those who have been.
    project: Option<String>,
    /// The name of an organization: leaves out whom cannot be added to it, and those who have been.
    organization: Option<String>,
    /// `1` leaves out organizations.
    exclude_organizations: Option<String>,
    /// `1` leaves out teams.
    exclude_teams: Option<String>,
    /// `1` lists whom `project` and `organization` would leave out.
    invert: Option<String>,
}

fn is_set(flag: Option<&String>) -> bool {
    flag.is_some_and(|flag| matches!(flag.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on" | "t" | "y"))
}

/// An account or a team.
enum Principal {
    Account(AccountRow),
    Team(AccountRow, TeamRow),
}

impl Principal {
    fn public(&self, gateway: &Gateway) -> Public {
        match self {
            Self::Account(row) => Public::of_account(gateway, row),
            Self::Team(organization, team) => Public::of_team(organization, team),
        }
    }
}

/// `GET users/`: anybody who is logged in.
pub async fn list(
    State(gateway): State<Gateway>,
    Query(search): Query<Search>,
    paging: Paging,
) -> Result<Response, Problem> {
    let view = gateway.app().view();
    let mut found = principals(&view, &search)?;
    if let Some(name) = &search.organization {
        let organization = names::account(&view, name)?.filter(|row| row.kind == AccountKind::Organization);
        let organization = organization.ok_or_else(|| Problem::not_found("organization"))?;
        let known = of_organization(&view, &organization)?;
        found.retain(|principal| known.has(principal) == is_set(search.invert.as_ref()));
    }
    if let Some(project) = search.project.as_ref().and_then(|id| id.parse::<ResourceId>().ok())
        && let Some(known) = of_project(&view, project)?
    {
        found.retain(|principal| known.has(principal) == is_set(search.invert.as_ref()));
    }
    let q = search.q.unwrap_or_default().to_lowercase();
    let mut items: Vec<(usize, Public)> = found
        .iter()
        .map(|principal| principal.public(&gateway))
        .filter_map(|item| Some((item.username.to_lowercase().find(&q)?, item)))
        .collect();
    items.sort_by(|(at, one), (other_at, other)| {
        (at, one.username.to_lowercase()).cmp(&(other_at, other.username.to_lowercase()))
    });
    Ok(paging.of(items.into_iter().map(|(_, item)| item).collect()))
}

fn principals(view: &View, search: &Search) -> Result<Vec<Principal>, ReadError> {
    let mut found = Vec::new();
    for row in whole(|page| view.list_accounts(page))?.into_iter().filter(|row| !row.is_erased) {
        if row.kind == AccountKind::Organization {
            if !is_set(search.exclude_teams.as_ref()) {
                let teams = whole(|page| view.teams(row.id, page))?;
                found.extend(teams.into_iter().map(|team| Principal::Team(row.clone(), team)));
            }
            if is_set(search.exclude_organizations.as_ref()) {
                continue;
            }
        }
        found.push(Principal::Account(row));
    }
    Ok(found)
}

/// Those who cannot be added, because they are there already or can never be.
struct Known {
    accounts: Vec<AccountId>,
    teams: Vec<fieldlog_domain::TeamId>,
    /// Teams of other organizations.
    home: Option<AccountId>,
}

impl Known {
    fn has(&self, principal: &Principal) -> bool {
        match principal {
            Principal::Account(row) => self.accounts.contains(&row.id),
            Principal::Team(organization, team) => Some(organization.id) != self.home || self.teams.contains(&team.id),
        }
    }
}

fn of_organization(view: &View, organization: &AccountRow) -> Result<Known, ReadError> {
    let mut accounts: Vec<_> =
        whole(|page| view.members(organization.id, page))?.into_iter().map(|row| row.member).collect();
    accounts.push(organization.id);
    accounts.extend(organization.owner);
    Ok(Known { accounts, teams: Vec::new(), home: Some(organization.id) })
}

fn of_project(view: &View, project: ResourceId) -> Result<Option<Known>, ReadError> {
    let Some(row) = view.resource(project)? else { return Ok(None) };
    let mut known = Known { accounts: vec![row.owner], teams: Vec::new(), home: Some(row.owner) };
    for row in whole(|page| view.collaborators(project, page))? {
        match row.collaborator {
            fieldlog_domain::resource::Collaborator::Person(person) => known.accounts.push(person),
            fieldlog_domain::resource::Collaborator::Team(team) => known.teams.push(team),
        }
    }
    Ok(Some(known))
}

/// `POST users/`: administrators of the server.
pub async fn create(
    State(gateway): State<Gateway>,
    caller: Caller,
    fields: Fields,
) -> Result<(StatusCode, Json<Public>), Problem> {
    if !caller.viewer.is_admin {
        return Err(forbidden());
    }
    let command = commands::CreateAccount {
        command_id: None,
        name: fields.required("username")?,
        email: fields.required("email")?,
        password: Password::new(fields.required("password")?),
        first_name: fields.text("first_name")?.unwrap_or_default(),
        last_name: fields.text("last_name")?.unwrap_or_default(),
        is_admin: false,
    };
    let app = gateway.app();
    let done = commands::create_account(app, &caller.viewer, command).await.map_err(not_created)?;
    app.wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    let row = app.view().account(done.value)?.ok_or_else(Problem::internal)?;
    Ok((StatusCode::CREATED, Json(Public::of_account(&gateway, &row))))
}

fn not_created(error: CommandError<RegistrationRefusal>) -> Problem {
    match error {
        CommandError::Invalid { field, message } => api_error(format!("{field}: {message}")),
        error => of_command(error, |refusal| api_error(refusal.to_string())),
    }
}

/// `GET users/{username}/`.
pub async fn get(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(username): Path<String>,
) -> Result<Response, Problem> {
    let view = gateway.app().view();
    if let Some((of, team_name)) = username.strip_prefix('@').and_then(|rest| rest.split_once('/')) {
        let organization = names::organization(&view, of)?;
        let team = names::team(&view, &organization, team_name)?.ok_or_else(forbidden)?;
        return Ok(Json(Public::of_team(&organization, &team)).into_response());
    }
    let row = names::account(&view, &username)?.ok_or_else(forbidden)?;
    match row.kind {
        AccountKind::Person if Some(row.id) == caller.viewer.account => complete(&gateway, &caller, &row).await,
        AccountKind::Person => Ok(Json(Public::of_account(&gateway, &row)).into_response()),
        AccountKind::Organization => {
            let viewer = caller.viewer.account.unwrap_or_default();
            let membership = view.membership(row.id, viewer)?.ok_or_else(|| Problem::not_found("organization"))?;
            Ok(Json(organization(&gateway, &view, &row, viewer, membership)?).into_response())
        }
    }
}

async fn complete(gateway: &Gateway, caller: &Caller, row: &AccountRow) -> Result<Response, Problem> {
    let profile = open_profile(gateway.app(), &caller.viewer, row.id).await.map_err(never)?;
    Ok(Json(Oneself::new(row, profile, avatar_path(gateway, row))).into_response())
}

/// `PUT` and `PATCH users/{username}/`: oneself, or an organization one manages. Names of accounts are for ever.
pub async fn change(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(username): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let app = gateway.app();
    let row = names::account(&app.view(), &username)?.ok_or_else(forbidden)?;
    let viewer = caller.viewer.account.unwrap_or_default();
    let may = match row.kind {
        AccountKind::Person => row.id == viewer,
        AccountKind::Organization => matches!(
            app.view().membership(row.id, viewer)?,
            Some(Membership::Owner | Membership::Member(MemberRole::Admin))
        ),
    };
    if !may {
        return Err(forbidden());
    }
    if let Some(name) = fields.text("username")?.filter(|name| name != row.name.as_str()) {
        let found: String = name.chars().take(150).collect();
        return Err(api_error(format!("username: expected {}, which cannot be changed, found {found:?}", row.name)));
    }
    if row.kind == AccountKind::Organization {
        return Ok(Json(Oneself::new(&row, None, avatar_path(&gateway, &row))).into_response());
    }
    let command = commands::ChangeProfile {
        command_id: None,
        account: row.id,
        email: fields.text("email")?,
        first_name: fields.text("first_name")?,
        last_name: fields.text("last_name")?,
    };
    let done = commands::change_profile(app, &caller.viewer, command).await.map_err(not_changed)?;
    app.wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    let row = app.view().account(row.id)?.ok_or_else(forbidden)?;
    complete(&gateway, &caller, &row).await
}

fn not_changed(error: CommandError<ChangeProfileRefusal>) -> Problem {
    match error {
        CommandError::Invalid { field, message } => api_error(format!("{field}: {message}")),
        error => of_command(error, |refusal| api_error(refusal.to_string())),
    }
}

/// `GET users/{username}/organizations/`: oneself only.
pub async fn organizations(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(username): Path<String>,
) -> Result<Json<Vec<Organization>>, Problem> {
    let view = gateway.app().view();
    let row = names::account(&view, &username)?.filter(|row| Some(row.id) == caller.viewer.account);
    let viewer = row.ok_or_else(forbidden)?.id;
    let mut organizations = Vec::new();
    for belonging in view.organizations_of(viewer)? {
        if let Some(row) = view.account(belonging.organization)? {
            organizations.push(organization(&gateway, &view, &row, viewer, belonging.membership)?);
        }
    }
    Ok(Json(organizations))
}

fn organization(
    gateway: &Gateway,
    view: &View,
    row: &AccountRow,
    viewer: AccountId,
    membership: Membership,
) -> Result<Organization, ReadError> {
    let members = whole(|page| view.members(row.id, page))?;
    let is_public = members.iter().any(|member| member.member == viewer && member.is_public);
    let public: Vec<AccountId> = members.iter().filter(|it| it.is_public).map(|it| it.member).collect();
    let (role, origin) = match membership {
        Membership::Owner => (MemberRole::Admin, OWNER),
        Membership::Member(role) => (role, MEMBER),
    };
    Ok(Organization {
        username: row.name.to_string(),
        kind: kind_number(row.kind),
        email: String::new(),
        avatar_url: avatar_path(gateway, row),
        members: view.accounts(&public)?.into_iter().map(|row| row.name.to_string()).collect(),
        organization_owner: names::account_name(view, row.owner)?.unwrap_or_default(),
        membership_role: role.as_ref().to_owned(),
        membership_role_origin: origin,
        membership_is_public: membership == Membership::Owner || is_public,
        teams: whole(|page| view.teams(row.id, page))?.into_iter().map(|team| team.name.to_string()).collect(),
    })
}
