//! Every route of the table, tried by everybody. A route that is missing here fails the test.

use fieldlog_gateway::routes::routes;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::server::{Person, Server};

struct Expected {
    route: (&'static str, &'static str),
    /// Without credentials, as somebody the project is hidden from, as one of its readers.
    statuses: (u16, u16, u16),
}

const fn expected(method: &'static str, path: &'static str, anonymous: u16, stranger: u16, reader: u16) -> Expected {
    Expected { route: (method, path), statuses: (anonymous, stranger, reader) }
}

const EXPECTED: [Expected; 29] = [
    expected("GET", "/", 200, 200, 200),
    expected("GET", "/logo.svg", 200, 200, 200),
    expected("GET", "/a/{owner}/{project}", 404, 404, 404),
    expected("GET", "/accounts/signup", 200, 200, 200),
    expected("POST", "/accounts/signup", 415, 415, 415),
    // The server of this test sends no mail, and the token is none.
    expected("GET", "/accounts/password/reset", 403, 403, 403),
    expected("POST", "/accounts/password/reset", 415, 415, 415),
    expected("GET", "/accounts/password/reset/{token}", 410, 410, 410),
    expected("POST", "/accounts/password/reset/{token}", 415, 415, 415),
    expected("GET", "/swagger.yaml", 200, 200, 200),
    expected("GET", "/swagger.json", 200, 200, 200),
    expected("GET", "/swagger", 200, 200, 200),
    expected("GET", "/docs", 200, 200, 200),
    expected("GET", "/docs/edits", 200, 200, 200),
    expected("GET", "/healthz", 200, 200, 200),
    expected("GET", "/readyz", 200, 200, 200),
    expected("GET", "/metrics", 200, 200, 200),
    // Without a query the request makes no sense; each field is guarded by itself, see `graphql.rs`.
    expected("GET", "/graphql", 400, 400, 400),
    expected("POST", "/graphql", 415, 415, 415),
    expected("GET", "/graphql/schema", 200, 200, 200),
    expected("GET", "/graphql/stream", 406, 406, 406),
    expected("POST", "/graphql/stream", 406, 406, 406),
    expected("GET", "/files/{resource}/{*path}", 404, 404, 200),
    expected("PUT", "/files/{resource}/{*path}", 404, 404, 403),
    expected("DELETE", "/files/{resource}/{*path}", 404, 404, 403),
    // There is no picture yet; what a reader is told differs from what strangers are told in the thing that is missing.
    expected("GET", "/resources/{resource}/thumbnail", 404, 404, 404),
    // A picture of somebody else.
    expected("PUT", "/accounts/{account}/avatar", 401, 403, 403),
    expected("GET", "/jobs/{job}/log", 404, 404, 403),
    expected("GET", "/jobs/{job}/outputs/{name}", 404, 404, 404),
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
    let account = crate::avatars::uuid(&server, &ana).await;

    // Those of field clients are tried in `api_v1.rs`.
    let table: Vec<_> =
        routes(&server.gateway).into_iter().filter(|route| !route.path.starts_with("/api/v1/")).collect();
    assert_eq!(table.len(), EXPECTED.len(), "a route is missing here, or is gone: {table:#?}");
    for route in table {
        let row = EXPECTED.iter().find(|row| row.route == (route.method.as_str(), route.path));
        let row = row.unwrap_or_else(|| panic!("say here who may use {} {}", route.method, route.path));
        let path = route.path.replace("{resource}", &project).replace("{job}", &job);
        let path = path.replace("{*path}", "a.txt").replace("{name}", "thumbnail.png");
        let path = path.replace("{account}", &account);
        let (anonymous, of_stranger, of_reader) = row.statuses;
        for (who, status) in [(None, anonymous), (Some(&stranger), of_stranger), (Some(&reader), of_reader)] {
            let found = try_route(&server, &route.method, &path, who).await;
            assert_eq!(found.as_u16(), status, "{} {} as {:?}", route.method, route.path, who.map(|who| &who.account));
        }
        if path.contains(&project) {
            let absent = path.replace(&project, &uuid::Uuid::new_v4().to_string());
            assert_eq!(
                try_route(&server, &route.method, &absent, Some(&stranger)).await,
                StatusCode::NOT_FOUND,
                "{absent}"
            );
            let nonsense = path.replace(&project, "nonsense");
            assert_eq!(try_route(&server, &route.method, &nonsense, Some(&stranger)).await, StatusCode::NOT_FOUND);
        }
    }
    let data = server.data(&ana, "query($id: ID!) { resource(id: $id) { fileCount } }", json!({ "id": project })).await;
    assert_eq!(data["resource"]["fileCount"], 2, "nobody changed anything");
}

async fn try_route(server: &Server, method: &Method, path: &str, who: Option<&Person>) -> StatusCode {
    let mut request = server.client.request(method.clone(), server.url(path));
    if *method == Method::PUT {
        request = request.body("changed");
    }
    if let Some(person) = who {
        request = request.bearer_auth(&person.token);
    }
    request.send().await.unwrap().status()
}

#[tokio::test]
async fn bad_credentials_are_refused_on_every_guarded_route() {
    let server = Server::start().await;
    for route in routes(&server.gateway) {
        let path = route.path.replace("{resource}", &uuid::Uuid::new_v4().to_string());
        let path =
            path.replace("{job}", &uuid::Uuid::new_v4().to_string()).replace("{*path}", "a").replace("{name}", "a");
        let path = path.replace(['{', '}', '*'], "");
        let request = server.client.request(route.method.clone(), server.url(&path)).bearer_auth("nonsense");
        let status = request.send().await.unwrap().status();
        let is_open = route.guard == fieldlog_gateway::http::guard::Guard::Open;
        assert_eq!(status == StatusCode::UNAUTHORIZED, !is_open, "{} {}", route.method, route.path);
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_in_json() {
    let server = Server::start().await;
    let (status, code, _) = crate::server::problem(server.get("/nothing").send().await.unwrap()).await;
    assert_eq!((status, code.as_str()), (404, "no_such_route"));
    let wrong = server.client.delete(server.url("/graphql")).send().await.unwrap();
    assert_eq!(crate::server::problem(wrong).await.1, "method_not_allowed");
}

#[tokio::test]
async fn pages_of_other_origins_may_call_only_when_the_operator_says_so() {
    let preflight = async |server: &Server| {
        let request =
            server.client.request(Method::OPTIONS, server.url("/graphql")).header("origin", "https://maps.example");
        request.header("access-control-request-method", "POST").send().await.unwrap()
    };
    let closed = preflight(&Server::start().await).await;
    assert_eq!(closed.status(), 405);
    assert!(!closed.headers().contains_key("access-control-allow-origin"));
    let server = Server::with(|options, _| options.allowed_origins = vec!["https://maps.example".into()]).await;
    let open = preflight(&server).await;
    assert_eq!(open.headers()["access-control-allow-origin"], "https://maps.example");
    assert!(!open.headers().contains_key("access-control-allow-credentials"));
}
