//! Teams of organizations.

use axum::http::Method;

use super::Group;
use crate::api_v1::account::teams::{Team, TeamMember};
use crate::api_v1::openapi::body::{Body, Kind};
use crate::api_v1::openapi::operation::{Described, describe};

const ALL: &str = "/api/v1/organizations/{organization}/teams";
const ONE: &str = "/api/v1/organizations/{organization}/teams/{team}";
const MEMBERS: &str = "/api/v1/organizations/{organization}/teams/{team}/members";

pub fn group() -> Group {
    let member = Body::default().needs(
        "member",
        Kind::Text,
        "ben",
        "The name or the mail address of a member of the organization.",
    );
    Group {
        tag: "Teams",
        says: "Teams of an organization. Its owner and its administrators change them.",
        operations: vec![
            of_organization(Method::GET, ALL, "list_teams", "List teams").answers::<Vec<Team>>(200, "The teams."),
            of_organization(Method::POST, ALL, "create_team", "Create a team")
                .body(name())
                .answers::<Team>(201, "Created.")
                .refuses(400, ["validation_error"]),
            of_team(Method::GET, "get_team", "Read a team").answers::<Team>(200, "The team."),
            of_team(Method::PUT, "rename_team", "Rename a team")
                .body(name())
                .answers::<Team>(200, "As it is now.")
                .refuses(400, ["validation_error"]),
            of_organization(Method::PATCH, ONE, "patch_team", "Refused: teams are renamed with PUT").deprecated(),
            of_team(Method::DELETE, "delete_team", "Delete a team")
                .answers_nothing(204, "Deleted.")
                .refuses(400, ["validation_error"]),
            of_organization(Method::GET, MEMBERS, "list_team_members", "List who is in a team")
                .answers::<Vec<TeamMember>>(200, "Who is in it."),
            of_organization(Method::POST, MEMBERS, "add_team_member", "Add somebody to a team")
                .body(member)
                .answers::<TeamMember>(201, "Added.")
                .refuses(400, ["validation_error"]),
            of_organization(
                Method::DELETE,
                "/api/v1/organizations/{organization}/teams/{team}/members/{username}",
                "remove_team_member",
                "Remove somebody from a team",
            )
            .answers_nothing(204, "Removed.")
            .refuses(400, ["validation_error"]),
        ],
    }
}

fn of_organization(method: Method, path: &'static str, id: &'static str, summary: &'static str) -> Described {
    describe(method, path, id, summary).refuses(403, ["permission_denied"])
}

fn of_team(method: Method, id: &'static str, summary: &'static str) -> Described {
    of_organization(method, ONE, id, summary).refuses(404, ["object_not_found"])
}

fn name() -> Body {
    Body::default().needs("team", Kind::Text, "surveyors", "The name of the team.")
}
