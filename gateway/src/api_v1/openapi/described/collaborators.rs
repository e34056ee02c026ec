//! Who works on a project.

use axum::http::Method;
use fieldlog_domain::shared::Role;

use super::Group;
use crate::api_v1::openapi::body::{Body, Kind, words_of};
use crate::api_v1::openapi::operation::{Described, describe};
use crate::api_v1::project::collaborators::Collaborator;

const ALL: &str = "/api/v1/collaborators/{project}";
const ONE: &str = "/api/v1/collaborators/{project}/{username}";

pub fn group() -> Group {
    let who = "The name of a person, or of a team of the owning organization as `@organization/team`.";
    let body = Body::default().needs("collaborator", Kind::Text, "ben", who);
    Group {
        tag: "Collaborators",
        says: "Who works on a project. Its managers and administrators see and change that.",
        operations: vec![
            describe(Method::GET, ALL, "list_collaborators", "List collaborators")
                .lists::<Collaborator>("The collaborators."),
            describe(Method::POST, ALL, "add_collaborator", "Add a collaborator")
                .body(body.takes("role", words_of::<Role>(), "editor", "What they may do; `reader` without it."))
                .answers::<Collaborator>(201, "Added.")
                .refuses(400, ["validation_error"]),
            describe(Method::GET, ONE, "get_collaborator", "Read a collaborator")
                .answers::<Collaborator>(200, "The collaborator."),
            change(Method::PUT, "replace_collaborator", "Change a collaborator's role"),
            change(Method::PATCH, "change_collaborator", "Change a part of a collaborator"),
            describe(Method::DELETE, ONE, "remove_collaborator", "Remove a collaborator")
                .answers_nothing(204, "Removed.")
                .refuses(400, ["validation_error"]),
        ],
    }
}

fn change(method: Method, id: &'static str, summary: &'static str) -> Described {
    describe(method, ONE, id, summary)
        .body(Body::default().takes(
            "role",
            words_of::<Role>(),
            "editor",
            "What they may do; without it, nothing changes.",
        ))
        .answers::<Collaborator>(200, "As it is now.")
        .refuses(400, ["validation_error"])
}
