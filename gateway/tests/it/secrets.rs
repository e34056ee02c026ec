//! Secrets over GraphQL: their names for those who manage them, their values for nobody.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use fieldlog_commands::Viewer;
use fieldlog_commands::secret::secrets_of_job;
use fieldlog_eventlog::Position;
use reqwest::Method;
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::server::{Person, Server};

const SET: &str =
    "mutation($holder: SecretHolderInput!, $name: String!, $kind: SecretKind!, $to: ID, $value: String!) {
    setSecret(input: {holder: $holder, name: $name, kind: $kind, assignedTo: $to, value: $value}) {
        __typename
        ... on SecretSet { secret { name kind setAt setBy { name } assignedTo { name } } }
        ... on Refusal { message } ... on InvalidInput { field } } }";
const REMOVE: &str = "mutation($holder: SecretHolderInput!, $name: String!) {
    removeSecret(input: {holder: $holder, name: $name}) {
        __typename ... on SecretRemoved { name } ... on Refusal { message } } }";
const LIST: &str = "query($id: ID!) { node(id: $id) {
    ... on Project { secrets { edges { node { name kind assignedTo { name } setBy { name } setAt } } } }
    ... on Account { secrets { edges { node { name kind } } } } } }";
const SERVICE: &str = "[farm]\nhost=db.example\npassword=hunter2-of-the-farm";

/// What `setSecret` is told of a variable.
fn variable(holder: &Value, name: &str, value: &str) -> Value {
    json!({ "holder": holder, "name": name, "kind": "ENVVAR", "value": value })
}

pub async fn set(server: &Server, who: &Person, variables: Value) -> Value {
    server.data(who, SET, variables).await["setSecret"].clone()
}

async fn names(server: &Server, who: &Person, id: &str) -> Vec<String> {
    let data = server.data(who, LIST, json!({ "id": id })).await;
    let edges = data["node"]["secrets"]["edges"].as_array().unwrap().clone();
    edges.iter().map(|edge| crate::server::text(&edge["node"]["name"])).collect()
}

#[tokio::test]
async fn those_who_administer_a_project_set_list_and_remove_its_secrets() {
    let server = Server::start().await;
    let (ana, bob) = (server.person("ana").await, server.person("bob").await);
    let project = server.project(&ana, "bees").await;
    server.add_collaborator(&ana, &project, "bob", "MANAGER").await;
    let holder = json!({ "project": project });
    let answer = set(&server, &ana, variable(&holder, "DB_PASSWORD", "hunter2")).await;
    assert_eq!(answer["__typename"], "SecretSet", "{answer}");
    let mut secret = answer["secret"].clone();
    assert!(secret["setAt"].take().is_string());
    let expected = json!({ "name": "DB_PASSWORD", "kind": "ENVVAR", "setAt": null, "setBy": { "name": "ana" }, "assignedTo": null });
    assert_eq!(secret, expected);
    let for_bob = json!({ "holder": holder, "name": "FARM", "kind": "PGSERVICE", "to": bob.account, "value": SERVICE });
    let answer = set(&server, &ana, for_bob).await;
    assert_eq!(answer["secret"]["assignedTo"]["name"], "bob", "{answer}");
    let id = format!("resource-{project}");
    assert_eq!(names(&server, &ana, &id).await, ["DB_PASSWORD", "FARM"]);

    let denied = server.graphql(Some(&bob), LIST, json!({ "id": id })).await;
    assert!(denied["errors"][0]["message"].is_string() && !denied.to_string().contains("DB_PASSWORD"), "{denied}");
    assert_eq!(set(&server, &bob, variable(&holder, "MORE", "hunter2")).await["__typename"], "PermissionDenied");
    let answer = server.data(&bob, REMOVE, json!({ "holder": holder, "name": "DB_PASSWORD" })).await;
    assert_eq!(answer["removeSecret"]["__typename"], "PermissionDenied");

    let answer = server.data(&ana, REMOVE, json!({ "holder": holder, "name": "DB_PASSWORD" })).await;
    assert_eq!(answer["removeSecret"], json!({ "__typename": "SecretRemoved", "name": "DB_PASSWORD" }));
    assert_eq!(names(&server, &ana, &id).await, ["FARM"]);
    let answer = server.data(&ana, REMOVE, json!({ "holder": holder, "name": "NEVER_SET" })).await;
    assert_eq!(answer["removeSecret"]["__typename"], "NotFound");
}

#[tokio::test]
async fn an_organization_has_secrets_and_a_person_has_none() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let create = "mutation { createOrganization(input: {name: \"farm\"}) { ... on OrganizationCreated { organization { id } } } }";
    let data = server.data(&ana, create, json!({})).await;
    let farm = crate::server::text(&data["createOrganization"]["organization"]["id"]);
    let holder = json!({ "organization": farm });
    assert_eq!(set(&server, &ana, variable(&holder, "DB_PASSWORD", "hunter2")).await["__typename"], "SecretSet");
    assert_eq!(names(&server, &ana, &farm).await, ["DB_PASSWORD"]);
    assert_eq!(names(&server, &ana, &ana.account).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_refused_has_a_name_and_does_not_repeat_the_value() {
    let server = Server::start().await;
    let (ana, eve) = (server.person("ana").await, server.person("eve").await);
    let project = server.project(&ana, "bees").await;
    let holder = json!({ "project": project });
    let with = |name: &str, kind: &str, to: Option<&str>, value: &str| json!({ "holder": holder, "name": name, "kind": kind, "to": to, "value": value });
    for (variables, outcome, field) in [
        (with("PATH", "ENVVAR", None, "hunter2"), "InvalidInput", json!("name")),
        (with("path", "ENVVAR", None, "hunter2"), "InvalidInput", json!("name")),
        (with("FARM", "PGSERVICE", None, "hunter2"), "InvalidInput", json!("value")),
        (with("DB", "ENVVAR", Some(&eve.account), "hunter2"), "NoRoleThere", Value::Null),
    ] {
        let answer = set(&server, &ana, variables).await;
        assert_eq!((answer["__typename"].as_str(), &answer["field"]), (Some(outcome), &field), "{answer}");
        assert!(!answer.to_string().contains("hunter2"), "{answer}");
    }
    let retire = "mutation($id: ID!) { retireProject(input: {project: $id}) { __typename } }";
    server.data(&ana, retire, json!({ "id": project })).await;
    let answer = set(&server, &ana, with("DB", "ENVVAR", None, "hunter2")).await;
    assert_eq!(answer["__typename"], "ResourceRetired", "{answer}");
}

/// Keeps every word that is told to it.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<String>>);

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Visit for Listener {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.lock().unwrap().push_str(&format!("{field}={value:?}\n"));
    }
}

#[tokio::test]
async fn a_value_is_in_no_event_no_file_no_line_of_the_log_and_no_answer() {
    let heard = Listener::default();
    let _listening = tracing::subscriber::set_default(heard.clone());
    let mut server = Server::start().await;
    server.start_policies().await;
    let ana = server.admin("ana").await;
    let project = server.project(&ana, "bees").await;
    server.upload(&ana, &project, "bees.qgs", "<qgis/>").await;
    let holder = json!({ "project": project });
    let mut answers = String::new();
    for value in ["hunter2 the first", "hunter2 the second"] {
        answers += &set(&server, &ana, variable(&holder, "DB_PASSWORD", value)).await.to_string();
    }
    let service = json!({ "holder": holder, "name": "FARM", "kind": "PGSERVICE", "value": SERVICE });
    answers += &set(&server, &ana, service).await.to_string();
    answers += &set(&server, &ana, variable(&holder, "lower", "hunter2 in vain")).await.to_string();
    // Outside of the variables, and with a mistake in it.
    let inline = format!(
        "mutation {{ setSecret(input: {{holder: {{project: \"{project}\"}}, name: \"MORE\", kind: ENVVAR, value: \"hunter2 inline\"}}) {{ __typename nonsense }} }}"
    );
    let refused = server.graphql(Some(&ana), &inline, json!({})).await;
    assert!(refused["errors"].is_array(), "{refused}");
    answers += &refused.to_string();
    let remove = json!({ "holder": holder, "name": "DB_PASSWORD" });
    answers += &server.data(&ana, REMOVE, remove).await.to_string();
    answers += &server.data(&ana, LIST, json!({ "id": format!("resource-{project}") })).await.to_string();
    let feed = "query { events(first: 100) { events { type payload } } }";
    let events = server.data(&ana, feed, json!({})).await.to_string();
    assert!(events.contains("secret_set") && events.contains("FARM"), "{events}");
    answers += &events;
    for route in fieldlog_gateway::routes::routes(&server.gateway) {
        if route.method == Method::GET
            && !route.path.contains("stream")
            && !route.path.contains("graphql")
            && !route.path.ends_with("logout")
        {
            let path = route.path.replace("{project}", &project).replace("{username}", "ana");
            let request = server.get(&path).bearer_auth(&ana.token);
            answers += &request.send().await.unwrap().text().await.unwrap_or_default();
        }
    }
    assert!(!answers.contains("hunter2"), "{answers}");

    let opened = secrets_of_job(&server.app, &Viewer::system(None), project.parse().unwrap(), None).await.unwrap();
    assert!(opened.services().any(|(_, section)| section.expose().contains("hunter2")), "it is there for workers");
    assert!(!format!("{opened:?}").contains("hunter2"));
    server.position().await;
    for event in server.app.log().read_feed(Position::START, usize::MAX).await.unwrap() {
        assert!(!format!("{event:?}").contains("hunter2"), "{event:?}");
    }
    assert!(search(server.dir.path()) > 5, "log, vault, blobs and model are there");
    let heard = heard.0.lock().unwrap().clone();
    assert!(heard.contains("answered"), "the log is listened to");
    assert!(!heard.contains("hunter2"), "{heard}");
}

/// Looks into every file below a folder; how many there are.
fn search(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.fold(0, |count, path| match path.is_dir() {
        true => count + search(&path),
        false => {
            let content = fs::read(&path).unwrap();
            assert!(!content.windows(7).any(|window| window == b"hunter2"), "{}", path.display());
            count + 1
        }
    })
}
