//! The OpenAPI document of field clients' API: every route is in it, it fits together, and its committed copy is up to date.
//! Whether the server keeps to it is tried with random input in `tests/compat/openapi`.

use std::collections::BTreeSet;

use fieldlog_gateway::http::guard::Guard;
use fieldlog_gateway::routes::{Route, mismatches, routes};
use serde_json::Value;

use crate::server::Server;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

async fn document(server: &Server) -> Value {
    server.get("/swagger.json").send().await.unwrap().json().await.unwrap()
}

/// Its operations with the template of their path and their method in upper case.
fn operations(document: &Value) -> Vec<(&str, String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, methods)| methods.as_object().unwrap().iter().map(move |it| (path, it)));
    all.map(|(path, (method, operation))| (path.as_str(), method.to_uppercase(), operation)).collect()
}

fn of_field_clients(server: &Server) -> Vec<Route> {
    routes(&server.gateway).into_iter().filter(|route| route.path.starts_with("/api/v1/")).collect()
}

#[tokio::test]
async fn every_route_is_described_once_and_nothing_else_is() {
    let server = Server::start().await;
    assert_eq!(mismatches(&server.gateway), Vec::<String>::new());
    let of_table: BTreeSet<_> = of_field_clients(&server)
        .into_iter()
        .map(|route| (format!("{}/", route.path.replace("{*", "{")), route.method.to_string()))
        .collect();
    let document = document(&server).await;
    let of_document: BTreeSet<_> =
        operations(&document).into_iter().map(|(path, method, _)| (path.to_owned(), method)).collect();
    assert_eq!(of_document, of_table);
}

#[tokio::test]
async fn an_operation_tells_who_may_use_it_as_the_table_of_routes_does() {
    let server = Server::start().await;
    let document = document(&server).await;
    for route in of_field_clients(&server) {
        let path = format!("{}/", route.path.replace("{*", "{"));
        let operation = &document["paths"][&path][route.method.as_str().to_lowercase()];
        let schemes = operation["security"].as_array().unwrap();
        let needs_token = !schemes.is_empty() && schemes.iter().all(|scheme| scheme.get("token").is_some());
        let is_for_all = matches!(route.guard, Guard::Open | Guard::PerField);
        assert_eq!(needs_token, !is_for_all, "{} {path}", route.method);
        let refuses = |status: &str| operation["responses"].get(status).is_some();
        assert_eq!(refuses("401"), route.guard != Guard::Open, "{} {path}", route.method);
        assert!(refuses("403") || !matches!(route.guard, Guard::Project(_)), "{} {path}", route.method);
    }
}

#[tokio::test]
async fn every_operation_says_what_it_does_takes_and_answers() {
    let server = Server::start().await;
    let document = document(&server).await;
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let name = format!("{method} {path}");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{name}");
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{name}");
        let tag = &operation["tags"][0];
        assert!(document["tags"].as_array().unwrap().iter().any(|known| known["name"] == *tag), "{name}");
        let in_path: BTreeSet<_> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let of_path = parameters.filter(|parameter| parameter["in"] == "path");
        assert_eq!(
            of_path.map(|parameter| parameter["name"].as_str().unwrap()).collect::<BTreeSet<_>>(),
            in_path,
            "{name}"
        );
        // These are always refused: teams are renamed with PUT, workers have another way, and no mail is confirmed.
        let is_refused = ["patch_team", "upload_package_file", "resend_confirmation"]
            .contains(&operation["operationId"].as_str().unwrap());
        let succeeds = operation["responses"].as_object().unwrap().keys().any(|status| status.starts_with('2'));
        assert_eq!(succeeds, !is_refused, "{name}");
        assert!(METHODS.contains(&method.to_lowercase().as_str()), "{name}");
    }
}

#[tokio::test]
async fn every_pointer_of_the_document_leads_somewhere() {
    let server = Server::start().await;
    let document = document(&server).await;
    let mut pointers = BTreeSet::new();
    collect(&document, &mut pointers);
    assert!(pointers.len() > 15, "{pointers:?}");
    for pointer in &pointers {
        assert!(document.pointer(pointer.trim_start_matches('#')).is_some(), "{pointer}");
    }
    let schemas = document["components"]["schemas"].as_object().unwrap().keys();
    for name in schemas {
        assert!(pointers.contains(&format!("#/components/schemas/{name}")), "nothing is a {name}");
    }
}

fn collect(value: &Value, pointers: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            pointers.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|value| collect(value, pointers));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, pointers)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn what_is_answered_is_told_exactly() {
    let server = Server::start().await;
    let document = document(&server).await;
    let project = &document["components"]["schemas"]["Project"];
    let mut keys: Vec<&String> = project["properties"].as_object().unwrap().keys().collect();
    keys.retain(|key| *key != "problems");
    keys.sort();
    let mut required: Vec<_> = project["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    required.sort_unstable();
    assert_eq!(required, keys, "every key of a project is always there, but for what managers alone are told");
    let packaged = &project["properties"]["data_last_packaged_at"];
    assert_eq!(packaged["type"], serde_json::json!(["string", "null"]));
    assert_eq!(packaged["format"], "date-time");
    assert_eq!(project["properties"]["status"]["enum"], serde_json::json!(["ok", "busy", "failed"]));
    let of_upload = &document["paths"]["/api/v1/files/{project}/{filename}/"]["post"];
    let codes = &of_upload["responses"]["402"]["content"]["application/json"]["schema"]["properties"]["code"]["enum"];
    assert_eq!(*codes, serde_json::json!(["over_quota"]));
}

#[tokio::test]
async fn the_committed_document_is_the_one_that_is_served() {
    let server = Server::start().await;
    let answer = server.get("/swagger.yaml").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/yaml; charset=utf-8");
    let served = answer.text().await.unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/swagger.yaml");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &served).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == served, "{path} is stale; write it anew with BLESS=1 and read the difference");
}

#[tokio::test]
async fn the_page_documents_every_operation_and_needs_nothing_from_elsewhere() {
    let server = Server::start().await;
    let answer = server.get("/docs/").send().await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    let page = answer.text().await.unwrap();
    assert_eq!(server.get("/swagger/").send().await.unwrap().text().await.unwrap(), page);
    assert!(!page.contains("<script") && !page.contains("src=\"http") && !page.contains("href=\"http"));
    let document = document(&server).await;
    for (path, _, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(page.contains(&format!("id=\"{id}\"")) && page.contains(&format!("href=\"#{id}\"")), "{id}");
        let (shell, _) = path.split_once('{').unwrap_or((path, ""));
        assert!(page.contains(&format!("$SERVER{shell}")), "{path}");
    }
    for link in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(page.contains(&format!("id=\"{link}\"")), "#{link} leads nowhere");
    }
}
