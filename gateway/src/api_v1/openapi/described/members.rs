//! Members of organizations.

use axum::http::Method;
use fieldlog_domain::account::MemberRole;

use super::Group;
use crate::api_v1::account::members::Member;
use crate::api_v1::openapi::body::{Body, Kind, words_of};
use crate::api_v1::openapi::operation::{Described, describe};

const ALL: &str = "/api/v1/members/{organization}";
const ONE: &str = "/api/v1/members/{organization}/{username}";

pub fn group() -> Group {
    let body = settings(Body::default().needs("member", Kind::Text, "ben", "The name of a person."));
    Group {
        tag: "Members",
        says: "Who belongs to an organization. Its owner and its administrators change that.",
        operations: vec![
            of_organization(Method::GET, ALL, "list_members", "List members")
                .says("The owner is not listed.")
                .lists::<Member>("The members."),
            of_organization(Method::POST, ALL, "add_member", "Add a member")
                .body(body)
                .answers::<Member>(201, "Added.")
                .refuses(400, ["validation_error"])
                .refuses(403, ["organization_has_max_number_of_members", "permission_denied_plan_insufficient"])
                .refuses(404, ["object_not_found"]),
            of_member(Method::GET, "get_member", "Read a member").answers::<Member>(200, "The member."),
            change(Method::PUT, "replace_member", "Change a member's role"),
            change(Method::PATCH, "change_member", "Change a part of a member"),
            of_member(Method::DELETE, "remove_member", "Remove a member")
                .says("They also leave the organization's teams and projects.")
                .answers_nothing(204, "Removed.")
                .refuses(400, ["validation_error"]),
        ],
    }
}

fn of_organization(method: Method, path: &'static str, id: &'static str, summary: &'static str) -> Described {
    describe(method, path, id, summary).refuses(403, ["permission_denied"])
}

fn of_member(method: Method, id: &'static str, summary: &'static str) -> Described {
    of_organization(method, ONE, id, summary).refuses(404, ["object_not_found"])
}

fn change(method: Method, id: &'static str, summary: &'static str) -> Described {
    of_member(method, id, summary)
        .says("What is left out stays as it is.")
        .body(settings(Body::default()))
        .answers::<Member>(200, "As it is now.")
        .refuses(400, ["validation_error"])
}

fn settings(body: Body) -> Body {
    body.takes("role", words_of::<MemberRole>(), "creator", "What they may do; `member` when it is new.").takes(
        "is_public",
        Kind::Flag,
        "",
        "Whether everybody may know that they belong to it.",
    )
}
