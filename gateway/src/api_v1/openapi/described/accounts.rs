//! Persons and organizations.

use axum::http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::json;

use super::Group;
use crate::api_v1::account::subscriptions::Subscription;
use crate::api_v1::account::users::{Organization, Public, Search};
use crate::api_v1::openapi::body::{Body, Kind};
use crate::api_v1::openapi::operation::{Described, describe};
use crate::api_v1::session::Oneself;

const USER: &str = "/api/v1/users/{username}";

/// An account as whoever asks may see it.
struct SeenAccount;

impl JsonSchema for SeenAccount {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SeenAccount".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let all = [
            generator.subschema_for::<Oneself>(),
            generator.subschema_for::<Organization>(),
            generator.subschema_for::<Public>(),
        ];
        let mut schema = Schema::default();
        schema.insert("description".to_owned(), json!("An account as whoever asks may see it."));
        schema.insert("anyOf".to_owned(), json!(all));
        schema
    }
}

pub fn group() -> Group {
    Group {
        tag: "Accounts",
        says: "Persons and organizations, and what they may use of the server.",
        operations: vec![
            describe(Method::GET, "/api/v1/users", "list_users", "Search persons, organizations and teams")
                .says("Sorted by where `q` stands in the name, then by name.")
                .query::<Search>()
                .lists::<Public>("Whom was found.")
                .refuses(404, ["object_not_found"]),
            describe(Method::POST, "/api/v1/users", "create_user", "Create a person")
                .says("Administrators of the server only.")
                .body(new_person())
                .answers::<Public>(201, "Created.")
                .refuses(403, ["permission_denied"]),
            describe(Method::GET, USER, "get_user", "Read an account")
                .says("One reads oneself in full, organizations that one belongs to, and of others what everybody may know.")
                .answers::<SeenAccount>(200, "The account.")
                .refuses(403, ["permission_denied"])
                .refuses(404, ["object_not_found"]),
            change(Method::PUT, "replace_user", "Change oneself"),
            change(Method::PATCH, "change_user", "Change a part of oneself"),
            describe(Method::GET, "/api/v1/users/{username}/organizations", "list_organizations", "List one's organizations")
                .answers::<Vec<Organization>>(200, "Those that one owns or belongs to.")
                .refuses(403, ["permission_denied"]),
            describe(Method::GET, "/api/v1/subscriptions/{username}/current", "get_subscription", "Read what an account may store")
                .says("Of oneself, or of an organization that one belongs to.")
                .answers::<Subscription>(200, "What it may store, and what it does store.")
                .refuses(403, ["permission_denied"]),
        ],
    }
}

fn change(method: Method, id: &'static str, summary: &'static str) -> Described {
    let body = Body::default()
        .takes("username", Kind::Text, "", "The name as it is: names are for ever.")
        .takes("email", Kind::Format("email"), "ana@example.org", "A new mail address.")
        .takes("first_name", Kind::Text, "Ana", "A new first name.")
        .takes("last_name", Kind::Text, "Ng", "A new last name.");
    describe(method, USER, id, summary)
        .says("What is left out stays as it is. An organization's account has nothing yet that could be changed here.")
        .body(body)
        .answers::<Oneself>(200, "As it is now.")
        .refuses(403, ["permission_denied"])
}

fn new_person() -> Body {
    Body::default()
        .needs("username", Kind::Pattern("^[A-Za-z][A-Za-z0-9_-]{2,149}$"), "ana", "A name that nobody has.")
        .needs("email", Kind::Format("email"), "ana@example.org", "A mail address that nobody has.")
        .needs("password", Kind::Secret(8), "a field full of clover", "A password of at least 8 characters.")
        .takes("first_name", Kind::Text, "Ana", "The first name.")
        .takes("last_name", Kind::Text, "Ng", "The last name.")
}
