//! The OpenAPI document of this API: what `described` says of each operation, and what the table of routes knows of it.
//!
//! | Where | What |
//! |---|---|
//! | `described` | what each operation does, takes and answers |
//! | `operation`, `body`, `schema` | the words to say it in |
//! | `document`, `yaml` | the format |
//! | `served` | `/swagger.yaml`, `/swagger.json`, `/swagger/`, `/docs/` |

mod body;
mod described;
pub mod document;
mod operation;
pub mod schema;
pub mod served;
mod yaml;

use std::collections::BTreeMap;

use document::{Components, Document, Info, OPENAPI, SecurityScheme, ServerUrl};
use schemars::Schema;

use crate::routes::Route;

/// The name of the way to tell who one is.
const TOKEN: &str = "token";

const DESCRIPTION: &str = "\
The API of field clients: QField, QFieldSync and `qfieldcloud-sdk` work with it unmodified. Everything else is in GraphQL.

Bodies are read as JSON, as a form or as multipart, whatever an operation documents; fields that nobody asks for are passed over. \
Yes and no have many spellings. Times are in UTC with microseconds. Every path ends in a slash, and is answered without it too. \
Lists are whole unless `limit` is given; the next page is then in `X-Next-Page`.

Every refusal is a JSON object with a `code` for programs and a `message` for people. Good credentials that do not suffice are \
a 403, never a 401: clients log out at a 401.";

/// The document, and what does not fit: routes that nobody described, and descriptions of routes that are gone.
pub fn document(routes: &[Route]) -> (Document, Vec<String>) {
    let mut schemas = schema::answers();
    let mut paths: BTreeMap<String, BTreeMap<String, _>> = BTreeMap::new();
    let mut mismatches = Vec::new();
    let mut left: Vec<&Route> = routes.iter().filter(|route| route.path.starts_with("/api/v1/")).collect();
    let groups = described::groups();
    let tags = groups.iter().map(|group| document::Tag { name: group.tag, description: group.says }).collect();
    for group in groups {
        for described in group.operations {
            let (method, path) = (described.method.clone(), described.path);
            let found = left.iter().position(|route| route.method == method && route.path == path);
            let Some(found) = found else {
                mismatches.push(format!("{method} {path} is described, once too often or without being a route"));
                continue;
            };
            match described.build(group.tag, left.remove(found).guard, &mut schemas) {
                Ok(operation) => {
                    let of_path = paths.entry(operation::template(path)).or_default();
                    of_path.insert(method.as_str().to_lowercase(), operation);
                }
                Err(mismatch) => mismatches.push(mismatch),
            }
        }
    }
    mismatches.extend(left.iter().map(|route| format!("{} {} is a route and not described", route.method, route.path)));
    let responses = BTreeMap::from([
        ("Broken", operation::refusal(500, &["internal_error"].into(), &mut schemas)),
        ("Unavailable", operation::refusal(503, &["behind", "timeout", "unavailable"].into(), &mut schemas)),
    ]);
    let schemas = schemas.take_definitions(true);
    let schemas = schemas.into_iter().filter_map(|(name, schema)| Some((name, Schema::try_from(schema).ok()?)));
    let components =
        Components { schemas: schemas.collect(), responses, security_schemes: BTreeMap::from([(TOKEN, token())]) };
    let info = Info { title: "Fieldlog", description: DESCRIPTION, version: env!("CARGO_PKG_VERSION") };
    let servers = vec![ServerUrl { url: "/" }];
    (Document { openapi: OPENAPI, info, servers, tags, paths, components }, mismatches)
}

fn token() -> SecurityScheme {
    SecurityScheme {
        kind: "apiKey",
        place: "header",
        name: "Authorization",
        description: "`Token` and the token that `auth/login/` answers with, whatever the case of the word; `Bearer` is read too.",
    }
}
