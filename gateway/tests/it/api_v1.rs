//! The routes of QFieldCloud's clients, tried by everybody. What they answer in full is told by the real clients in
//! `tests/compat`.

use chrono::{DateTime, Utc};
use fieldlog_commands::Viewer;
use fieldlog_commands::plan::{Plan, Plans, SetSubscription, set_subscription};
use fieldlog_domain::account::{AccountEvent, PlanCode, SubscriptionStatus};
use fieldlog_domain::provenance::{Actor, Metadata};
use fieldlog_domain::shared::ClientType;
use fieldlog_domain::{AccountId, StreamId, StreamKind};
use fieldlog_eventlog::NewEvent;
use fieldlog_gateway::routes::routes;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::server::{PATIENCE, Person, Server, problem};

/// Without credentials, as somebody who has no role on the project, as one of its readers; always without a body.
type Row = (&'static str, &'static str, [u16; 3]);

const EXPECTED: &[Row] = &[
    ("POST", "/api/v1/auth/login", [400, 400, 400]),
    ("POST", "/api/v1/auth/token", [400, 400, 400]),
    ("POST", "/api/v1/auth/logout", [200, 200, 200]),
    ("GET", "/api/v1/auth/logout", [200, 200, 200]),
    ("GET", "/api/v1/auth/user", [401, 200, 200]),
    ("GET", "/api/v1/auth/providers", [200, 200, 200]),
    ("GET", "/api/v1/server/info", [200, 200, 200]),
    ("GET", "/api/v1/status", [200, 200, 200]),
    ("POST", "/api/v1/resend-confirmation", [404, 404, 404]),
    ("GET", "/api/v1/users", [401, 200, 200]),
    ("POST", "/api/v1/users", [401, 403, 403]),
    ("GET", "/api/v1/users/{username}", [401, 200, 200]),
    ("PUT", "/api/v1/users/{username}", [401, 403, 403]),
    ("PATCH", "/api/v1/users/{username}", [401, 403, 403]),
    ("GET", "/api/v1/users/{username}/organizations", [401, 403, 403]),
    ("GET", "/api/v1/subscriptions/{username}/current", [401, 403, 403]),
    ("GET", "/api/v1/members/{organization}", [401, 403, 403]),
    ("POST", "/api/v1/members/{organization}", [401, 403, 403]),
    ("GET", "/api/v1/members/{organization}/{username}", [401, 403, 403]),
    ("PUT", "/api/v1/members/{organization}/{username}", [401, 403, 403]),
    ("PATCH", "/api/v1/members/{organization}/{username}", [401, 403, 403]),
    ("DELETE", "/api/v1/members/{organization}/{username}", [401, 403, 403]),
    ("GET", "/api/v1/organizations/{organization}/teams", [401, 403, 403]),
    ("POST", "/api/v1/organizations/{organization}/teams", [401, 403, 403]),
    ("GET", "/api/v1/organizations/{organization}/teams/{team}", [401, 403, 403]),
    ("PUT", "/api/v1/organizations/{organization}/teams/{team}", [401, 403, 403]),
    ("PATCH", "/api/v1/organizations/{organization}/teams/{team}", [401, 403, 403]),
    ("DELETE", "/api/v1/organizations/{organization}/teams/{team}", [401, 403, 403]),
    ("GET", "/api/v1/organizations/{organization}/teams/{team}/members", [401, 403, 403]),
    ("POST", "/api/v1/organizations/{organization}/teams/{team}/members", [401, 403, 403]),
    ("DELETE", "/api/v1/organizations/{organization}/teams/{team}/members/{username}", [401, 403, 403]),
    ("GET", "/api/v1/files/avatars/{*avatar}", [404, 404, 404]),
    ("GET", "/api/v1/projects", [401, 200, 200]),
    ("POST", "/api/v1/projects", [401, 400, 400]),
    ("GET", "/api/v1/projects/public", [401, 200, 200]),
    ("GET", "/api/v1/projects/{project}", [401, 403, 200]),
    ("PUT", "/api/v1/projects/{project}", [401, 403, 403]),
    ("PATCH", "/api/v1/projects/{project}", [401, 403, 403]),
    ("DELETE", "/api/v1/projects/{project}", [401, 403, 403]),
    ("POST", "/api/v1/projects/{project}/thumbnail", [401, 403, 403]),
    ("GET", "/api/v1/projects/{project}/seed", [401, 403, 404]),
    ("GET", "/api/v1/projects/{project}/seed/xlsform", [401, 403, 404]),
    ("GET", "/api/v1/collaborators/{project}", [401, 403, 403]),
    ("POST", "/api/v1/collaborators/{project}", [401, 403, 403]),
    ("GET", "/api/v1/collaborators/{project}/{username}", [401, 403, 403]),
    ("PUT", "/api/v1/collaborators/{project}/{username}", [401, 403, 403]),
    ("PATCH", "/api/v1/collaborators/{project}/{username}", [401, 403, 403]),
    ("DELETE", "/api/v1/collaborators/{project}/{username}", [401, 403, 403]),
    ("GET", "/api/v1/files/{project}", [401, 403, 200]),
    ("GET", "/api/v1/files/{project}/{*filename}", [401, 403, 200]),
    ("POST", "/api/v1/files/{project}/{*filename}", [401, 403, 403]),
    ("DELETE", "/api/v1/files/{project}/{*filename}", [401, 403, 403]),
    ("GET", "/api/v1/files/metadata/{project}/{*filename}", [401, 403, 200]),
    ("GET", "/api/v1/files/thumbnails/{project}", [401, 403, 404]),
    ("GET", "/api/v1/packages/{project}/latest", [401, 403, 400]),
    ("GET", "/api/v1/packages/{project}/latest/files/{*filename}", [401, 403, 400]),
    ("POST", "/api/v1/packages/{project}/{job}/files/{*filename}", [401, 403, 403]),
    ("GET", "/api/v1/deltas/{project}", [401, 403, 403]),
    ("POST", "/api/v1/deltas/{project}", [401, 403, 403]),
    ("GET", "/api/v1/deltas/{project}/{deltafile}", [401, 403, 403]),
    ("POST", "/api/v1/deltas/apply/{project}", [401, 403, 403]),
    ("GET", "/api/v1/jobs", [401, 404, 404]),
    ("POST", "/api/v1/jobs", [401, 404, 404]),
    ("GET", "/api/v1/jobs/{job}", [401, 403, 200]),
];

#[tokio::test]
async fn every_route_is_guarded() {
    let mut server = Server::start().await;
    server.start_policies().await;
    let (ana, stranger, reader) =
        (server.person("ana").await, server.person("stranger").await, server.person("reader").await);
    let project = server.project(&ana, "bees").await;
    server.upload(&ana, &project, "a.txt", "x").await;
    server.upload(&ana, &project, "bees.qgs", "<qgis/>").await;
    server.add_collaborator(&ana, &project, "reader", "READER").await;
    let job = crate::jobs::first_job(&server, &ana, &project).await;

    let table: Vec<_> =
        routes(&server.gateway).into_iter().filter(|route| route.path.starts_with("/api/v1/")).collect();
    assert_eq!(table.len(), EXPECTED.len(), "a route is missing here, or is gone");
    let mut wrong = Vec::new();
    for route in table {
        let row = EXPECTED.iter().find(|(method, path, _)| (*method, *path) == (route.method.as_str(), route.path));
        let (_, _, expected) = row.unwrap_or_else(|| panic!("say here who may use {} {}", route.method, route.path));
        let path = filled(route.path, &project, &job);
        let people = [None, Some(&stranger), Some(&reader)];
        // A log-out ends the session that the other routes are tried with.
        let people = if path.ends_with("/logout") { &people[..1] } else { &people[..] };
        let mut found = Vec::new();
        for who in people {
            found.push(try_route(&server, &route.method, &path, *who).await.as_u16());
        }
        if found != expected[..found.len()] {
            wrong.push(format!("{} {}: expected {expected:?}, found {found:?}", route.method, route.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn filled(path: &str, project: &str, job: &str) -> String {
    let path = path.replace("{project}", project).replace("{job}", job).replace("{*filename}", "a.txt");
    let path = path.replace("{username}", "ana").replace("{organization}", "ana").replace("{team}", "crew");
    path.replace("{deltafile}", "00000000-0000-4000-8000-000000000000").replace("{*avatar}", "signed")
}

async fn try_route(server: &Server, method: &Method, path: &str, who: Option<&Person>) -> StatusCode {
    let mut request = server.client.request(method.clone(), server.url(&format!("{path}/")));
    if let Some(person) = who {
        request = request.header("authorization", format!("Token {}", person.token));
    }
    request.send().await.unwrap().status()
}

#[tokio::test]
async fn a_project_that_is_there_is_forbidden_and_one_that_is_not_is_not_found() {
    let server = Server::start().await;
    let (ana, stranger) = (server.person("ana").await, server.person("stranger").await);
    let project = server.project(&ana, "bees").await;
    let unknown = uuid::Uuid::new_v4().to_string();
    for (path, status, code) in [
        (format!("/api/v1/projects/{project}/"), 403, "permission_denied"),
        (format!("/api/v1/files/{project}/"), 403, "permission_denied"),
        (format!("/api/v1/projects/{unknown}/"), 404, "object_not_found"),
        (format!("/api/v1/files/{unknown}/a.txt/"), 404, "object_not_found"),
        ("/api/v1/projects/nonsense/".to_owned(), 400, "validation_error"),
        ("/api/v1/files/nonsense/".to_owned(), 404, "object_not_found"),
        (format!("/api/v1/jobs/?project_id={project}"), 403, "permission_denied"),
        (format!("/api/v1/jobs/?project_id={unknown}"), 404, "object_not_found"),
        ("/api/v1/jobs/?project_id=nonsense".to_owned(), 400, "validation_error"),
        ("/api/v1/jobs/".to_owned(), 404, "object_not_found"),
        (format!("/api/v1/jobs/{unknown}/"), 403, "permission_denied"),
        ("/api/v1/users/nobody/".to_owned(), 403, "permission_denied"),
        ("/api/v1/members/nobody/".to_owned(), 403, "permission_denied"),
    ] {
        let request = server.get(&path).header("authorization", format!("token {}", stranger.token));
        let (found, found_code, _) = crate::server::problem(request.send().await.unwrap()).await;
        assert_eq!((found, found_code.as_str()), (status, code), "{path}");
    }
}

#[tokio::test]
async fn a_list_that_was_asked_for_before_shows_what_happened_since_and_to_each_their_own() {
    let server = Server::start().await;
    let (ana, ben) = (server.person("ana").await, server.person("ben").await);
    let project = server.project(&ana, "bees").await;
    server.add_collaborator(&ana, &project, "ben", "READER").await;
    let list = async |who: &Person, path: &str| -> Vec<serde_json::Value> {
        let request = server.get(path).header("authorization", format!("Token {}", who.token));
        request.send().await.unwrap().json().await.unwrap()
    };
    let files = format!("/api/v1/files/{project}/");
    for _ in 0..2 {
        assert_eq!(list(&ana, "/api/v1/projects/").await[0]["user_role"], "admin");
        assert_eq!(list(&ben, "/api/v1/projects/").await[0]["user_role"], "reader");
        assert!(list(&ben, &files).await.is_empty());
    }
    server.upload(&ana, &project, "a.txt", "x").await;
    assert_eq!(list(&ben, &files).await[0]["name"], "a.txt");
    assert_eq!(list(&ben, "/api/v1/projects/").await[0]["file_storage_bytes"], 1);
    server.project(&ben, "wasps").await;
    assert_eq!(list(&ben, "/api/v1/projects/").await.len(), 2);
    assert_eq!(list(&ana, "/api/v1/projects/").await.len(), 1);
}

#[tokio::test]
async fn a_delta_file_may_be_as_large_as_weeks_of_work() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let project = server.project(&ana, "bees").await;
    server.upload(&ana, &project, "bees.qgs", "<qgis/>").await;
    let deltas: Vec<_> = (0..12_000)
        .map(|number| {
            serde_json::json!({
                "uuid": uuid::Uuid::new_v4(), "clientId": uuid::Uuid::from_u128(1), "method": "create",
                "localPk": number.to_string(), "sourcePk": "", "localLayerId": "hives", "sourceLayerId": "hives",
                "new": { "geometry": "POINT (7 46)", "attributes": { "note": "n".repeat(900) } },
            })
        })
        .collect();
    let id = uuid::Uuid::new_v4();
    let file = serde_json::json!({ "version": "1.0", "id": id, "project": project, "files": [], "deltas": deltas });
    let content = file.to_string();
    assert!(content.len() > 12_000_000, "larger than any other body");
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"d.json\"\r\n\r\n{content}\r\n--b--\r\n"
    );
    let authorization = format!("Token {}", ana.token);
    let request = server.client.post(server.url(&format!("/api/v1/deltas/{project}/"))).body(body);
    let request = request.header("content-type", "multipart/form-data; boundary=b");
    let answer = request.header("authorization", &authorization).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap()), (200, String::new()));
    let request = server.get(&format!("/api/v1/deltas/{project}/{id}/?limit=1")).header("authorization", authorization);
    assert_eq!(request.send().await.unwrap().headers()["x-total-count"], "12000");
}

#[tokio::test]
async fn errors_have_a_length_and_are_not_compressed() {
    let server = Server::start().await;
    let request = server.get("/api/v1/projects/").header("accept-encoding", "gzip");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let headers = answer.headers().clone();
    assert!(headers.contains_key("content-length") && !headers.contains_key("content-encoding"), "{headers:?}");
    assert!(!headers.contains_key("www-authenticate"), "QField would pop up a password dialog");
}

#[tokio::test]
async fn a_confirmation_that_is_never_sent_is_not_sent_again() {
    let server = Server::start().await;
    server.register("ana", false).await;
    let mut answers = Vec::new();
    for email in ["ana@example.com", "nobody@example.com"] {
        let request = server.client.post(server.url("/api/v1/resend-confirmation/")).form(&[("email", email)]);
        answers.push(crate::server::problem(request.send().await.unwrap()).await);
    }
    let (status, code, message) = &answers[0];
    assert_eq!((*status, code.as_str()), (404, "object_not_found"));
    assert!(message.contains("not confirmed by mail"), "{message}");
    assert_eq!(answers[0], answers[1]);
}

/// A server with a plan beside the usual one that allows next to nothing.
async fn with_small_plan() -> Server {
    let small = Plan {
        code: PlanCode::try_new("small").unwrap(),
        display_name: "Small".to_owned(),
        default_for: vec![],
        is_premium: false,
        storage_bytes: Some(4),
        storage_warning_bytes: Some(3),
        max_organization_members: Some(0),
        max_collaborators_per_private_project: Some(0),
        ..Plan::unconfigured(None, None)
    };
    Server::with(|_, settings| settings.plans = Plans::try_new(vec![small]).unwrap()).await
}

async fn put_on(server: &Server, name: &str, plan: &str, until: Option<DateTime<Utc>>) {
    let account = server.app.view().account_by_name(name).unwrap().unwrap().id;
    let (plan, status) = (plan.to_owned(), SubscriptionStatus::ActivePaid);
    let set = SetSubscription { command_id: None, account, plan, status, until };
    let done = set_subscription(&server.app, &Viewer::operator(), set).await.unwrap();
    server.app.wait_for(done.receipt, PATIENCE).await.unwrap();
}

fn ask(server: &Server, who: &Person, method: Method, path: &str) -> RequestBuilder {
    let request = server.client.request(method, server.url(&format!("/api/v1/{path}/")));
    request.header("authorization", format!("Token {}", who.token))
}

fn push_file(server: &Server, who: &Person, project: &str, content: &str) -> RequestBuilder {
    let part = "Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"";
    let request = ask(server, who, Method::POST, &format!("files/{project}/a.txt"));
    let request = request.header("content-type", "multipart/form-data; boundary=b");
    request.body(format!("--b\r\n{part}\r\n\r\n{content}\r\n--b--\r\n"))
}

#[tokio::test]
async fn a_subscription_tells_what_the_plan_allows() {
    let server = with_small_plan().await;
    let ana = server.person("ana").await;
    let current = async || -> Value {
        let request = ask(&server, &ana, Method::GET, "subscriptions/ana/current");
        request.send().await.unwrap().json().await.unwrap()
    };
    let usual = current().await;
    assert_eq!((&usual["plan_code"], &usual["plan_display_name"]), (&json!("fieldlog"), &json!("Fieldlog")));
    assert_eq!((&usual["plan_is_premium"], &usual["status"]), (&json!(true), &json!("active_paid")));
    assert_eq!(usual["active_until"], Value::Null);

    put_on(&server, "ana", "small", Some(DateTime::from_timestamp(2_000_000_000, 0).unwrap())).await;
    let mut found = current().await;
    assert!(found["uuid"].take().is_string() && found["active_since"].take().is_string());
    let expected = json!({
        "uuid": null, "active_since": null,
        "plan_display_name": "Small", "plan_code": "small", "plan_is_premium": false,
        "status": "active_paid", "active_until": "2033-05-18T03:33:20.000000Z",
        "storage_used_bytes": 0, "active_storage_total_bytes": 4,
        "plan_storage_threshold_warning_bytes": 3, "plan_storage_threshold_critical_bytes": 0,
    });
    assert_eq!(found, expected);
}

#[tokio::test]
async fn what_a_plan_is_against_has_the_codes_that_field_clients_know() {
    let server = with_small_plan().await;
    let (ana, ben) = (server.person("ana").await, server.person("ben").await);
    let project = server.project(&ana, "bees").await;
    let refused = async |request: RequestBuilder| {
        let (status, code, message) = problem(request.send().await.unwrap()).await;
        assert!(!message.is_empty());
        (status, code)
    };
    let over_quota = (402, "over_quota".to_owned());

    server.upload(&ana, &project, "b.txt", "12345").await;
    let give = || ask(&server, &ana, Method::PATCH, &format!("projects/{project}")).json(&json!({ "owner": "ben" }));
    put_on(&server, "ben", "small", None).await;
    assert_eq!(refused(give()).await, over_quota);
    put_on(&server, "ana", "small", None).await;
    assert_eq!(refused(push_file(&server, &ana, &project, "1")).await, over_quota);
    let from_the_field = push_file(&server, &ana, &project, "1").header("user-agent", "qfield|3.5.0|abc|");
    let token = server.client.post(server.url("/api/v1/auth/login/")).header("user-agent", "qfield|3.5.0|abc|");
    let token = token.json(&json!({ "username": "ana", "password": crate::server::PASSWORD })).send().await.unwrap();
    let token = crate::server::text(&token.json::<Value>().await.unwrap()["token"]);
    let mut from_the_field = from_the_field.build().unwrap();
    from_the_field.headers_mut().insert("authorization", format!("Token {token}").parse().unwrap());
    assert_eq!(server.client.execute(from_the_field).await.unwrap().status(), 201, "field work is never refused");

    let create = "mutation { createOrganization(input: {name: \"farm\"}) { __typename } }";
    server.data(&ana, create, json!({})).await;
    put_on(&server, "farm", "small", None).await;
    let add = ask(&server, &ana, Method::POST, "members/farm").json(&json!({ "member": "ben" }));
    assert_eq!(refused(add).await, (403, "organization_has_max_number_of_members".to_owned()));

    server.add_collaborator(&ana, &project, "ben", "EDITOR").await;
    let detail = || ask(&server, &ben, Method::GET, &format!("projects/{project}"));
    assert_eq!(refused(detail()).await, (403, "permission_denied".to_owned()));
    let list = ask(&server, &ben, Method::GET, "projects").send().await.unwrap();
    assert_eq!(list.json::<Value>().await.unwrap()[0]["name"], "bees", "the list shows it all the same");

    for name in ["ana", "ben"] {
        put_on(&server, name, "fieldlog", None).await;
    }
    assert_eq!(detail().send().await.unwrap().status(), 200);
    assert_eq!(push_file(&server, &ana, &project, "1").send().await.unwrap().status(), 201);
    assert_eq!(give().send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_plan_that_the_server_does_not_have_is_named() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let project = server.project(&ana, "bees").await;
    let account = server.app.view().account_by_name("ana").unwrap().unwrap().id;
    put_on_any(&server, account, "gold").await;
    let subscription = ask(&server, &ana, Method::GET, "subscriptions/ana/current");
    for request in [subscription, push_file(&server, &ana, &project, "1")] {
        let (status, code, message) = problem(request.send().await.unwrap()).await;
        assert_eq!((status, code.as_str()), (403, "permission_denied_plan_insufficient"));
        assert!(message.contains("ana is on the plan gold, which this server does not have"), "{message}");
    }
    for path in ["projects", &format!("projects/{project}"), "users/ana"] {
        assert_eq!(ask(&server, &ana, Method::GET, path).send().await.unwrap().status(), 200, "{path}");
    }
}

/// As if the plan had been in the configuration then.
async fn put_on_any(server: &Server, account: AccountId, plan: &str) {
    let (plan, status) = (PlanCode::try_new(plan).unwrap(), SubscriptionStatus::ActivePaid);
    let stream = StreamId::new(StreamKind::Account, account);
    let sequence = server.app.log().read_stream(&stream, 0, usize::MAX).await.unwrap().len() as u64;
    let metadata = Metadata {
        actor: Actor::Operator,
        client: ClientType::Fieldlog,
        command_id: Uuid::now_v7().into(),
        correlation_id: Uuid::now_v7().into(),
        causation_id: None,
        resource: None,
    };
    let event = NewEvent {
        event_id: Uuid::now_v7().into(),
        event_type: "subscription_set".into(),
        event_version: "1.0.0".into(),
        payload: serde_json::to_string(&AccountEvent::SubscriptionSet { plan, status, until: None }).unwrap(),
        metadata,
    };
    server.app.log().append(&stream, sequence, vec![event]).await.unwrap();
    server.position().await;
}
