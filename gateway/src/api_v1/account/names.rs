//! Accounts and teams as the clients name them.

use fieldlog_domain::AccountId;
use fieldlog_domain::account::AccountKind;
use fieldlog_domain::resource::Collaborator;
use fieldlog_projections::{AccountRow, ReadError, TeamRow, View};

use crate::api_v1::dialect::forbidden;
use crate::api_v1::whole::whole;
use crate::http::problem::Problem;

/// 1 is a person, 2 an organization.
pub fn kind_number(kind: AccountKind) -> u8 {
    match kind {
        AccountKind::Person => 1,
        AccountKind::Organization => 2,
    }
}

/// The number of teams among the kinds of accounts.
pub const TEAM: u8 = 3;

/// An account that is not erased, by its name in any case.
pub fn account(view: &View, name: &str) -> Result<Option<AccountRow>, ReadError> {
    Ok(view.account_by_name(name)?.filter(|row| !row.is_erased))
}

/// An organization; unknown names and persons are forbidden.
pub fn organization(view: &View, name: &str) -> Result<AccountRow, Problem> {
    let row = account(view, name)?.filter(|row| row.kind == AccountKind::Organization);
    row.ok_or_else(forbidden)
}

/// A team of an organization by its name in any case, with or without `@organization/` in front.
pub fn team(view: &View, organization: &AccountRow, name: &str) -> Result<Option<TeamRow>, ReadError> {
    let prefix = format!("@{}/", organization.name);
    let name = match name.get(..prefix.len()) {
        Some(start) if start.eq_ignore_ascii_case(&prefix) => &name[prefix.len()..],
        Some(_) | None => name,
    };
    let teams = whole(|page| view.teams(organization.id, page))?;
    Ok(teams.into_iter().find(|team| team.name.as_str().eq_ignore_ascii_case(name)))
}

/// `@organization/team`.
pub fn team_name(organization: &AccountRow, team: &TeamRow) -> String {
    format!("@{}/{}", organization.name, team.name)
}

/// Whom a name means as a collaborator: a person, an organization, or a team written `@organization/team`.
pub fn collaborator(view: &View, name: &str) -> Result<Option<Collaborator>, ReadError> {
    let Some(rest) = name.strip_prefix('@') else {
        return Ok(account(view, name)?.map(|row| Collaborator::Person(row.id)));
    };
    let Some((of, team_name)) = rest.split_once('/') else { return Ok(None) };
    let Some(organization) = account(view, of)?.filter(|row| row.kind == AccountKind::Organization) else {
        return Ok(None);
    };
    Ok(team(view, &organization, team_name)?.map(|team| Collaborator::Team(team.id)))
}

/// The other way round.
pub fn name_of(view: &View, collaborator: Collaborator) -> Result<Option<String>, ReadError> {
    match collaborator {
        Collaborator::Person(person) => Ok(view.account(person)?.map(|row| row.name.to_string())),
        Collaborator::Team(team) => {
            let Some(team) = view.team(team)? else { return Ok(None) };
            Ok(view.account(team.organization)?.map(|organization| team_name(&organization, &team)))
        }
    }
}

/// The name of an account, if there is one.
pub fn account_name(view: &View, id: Option<AccountId>) -> Result<Option<String>, ReadError> {
    let Some(id) = id else { return Ok(None) };
    Ok(view.account(id)?.map(|row| row.name.to_string()))
}
