//! Bad input, and the clear error each gets.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::client::Client;
use crate::support::fieldlog::{Fieldlog, Server};

/// A server without an engine, and somebody with a project.
struct Scene {
    server: Server,
    ana: Client,
    project: String,
    _fieldlog: Fieldlog,
}

impl Scene {
    async fn set() -> Self {
        let fieldlog = Fieldlog::new().without_docker();
        let server = fieldlog.serve().await;
        let ana = server.client().register("ana").await;
        let project = ana.create_project("river").await;
        Self { server, ana, project, _fieldlog: fieldlog }
    }

    async fn file_count(&self) -> u64 {
        self.ana.project(&self.project, "fileCount").await["fileCount"].as_u64().unwrap()
    }
}

/// Status, code and text of an error.
async fn refused(request: reqwest::RequestBuilder) -> (u16, String, String) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["code"].as_str().unwrap().to_owned(), body["message"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_no_file_may_have_are_refused_with_the_reason() {
    let scene = Scene::set().await;
    let long = "n".repeat(5_000);
    for (name, reason) in [
        ("..%2F..%2Fetc%2Fpasswd", "'..'"),
        ("photos/..%2F..%2Fup.jpg", "'..'"),
        ("%2Fetc%2Fpasswd", "empty"),
        ("nul%00byte.txt", "control characters"),
        (&long, "found 5000 characters"),
        ("back%5Cslash", "found '\\\\'"),
        ("CON", "device name"),
        ("trailing.%20", "white space"),
    ] {
        let (status, code, message) = refused(scene.ana.put(&scene.project, name, "x")).await;
        assert_eq!((status, code.as_str()), (400, "validation_error"), "{name}: {message}");
        assert!(message.contains(reason), "{name}: {message}");
    }

    scene.ana.upload(&scene.project, "Photos/Tree.jpg", "a tree").await;
    let (status, code, message) = refused(scene.ana.put(&scene.project, "photos/tree.JPG/leaf.jpg", "another")).await;
    assert_eq!((status, code.as_str()), (409, "collides"));
    assert!(message.contains("Photos/Tree.jpg"), "{message}");
    scene.ana.upload(&scene.project, "river.qgs", "<qgis/>").await;
    let second = refused(scene.ana.put(&scene.project, "lake.qgz", "x")).await;
    assert_eq!((second.0, second.1.as_str()), (400, "multiple_projects"));
    assert_eq!(scene.file_count().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_that_break_off_or_differ_from_their_digest_leave_nothing() {
    let scene = Scene::set().await;
    let wrong = "0".repeat(64);
    for (header, value, code) in [
        ("x-content-sha256", wrong.as_str(), "digest_mismatch"),
        ("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==", "digest_mismatch"),
        ("content-digest", "sha-256=:nonsense:", "bad_digest_header"),
        ("idempotency-key", "nonsense", "bad_idempotency_key"),
    ] {
        let (status, found, message) =
            refused(scene.ana.put(&scene.project, "notes.txt", "low water").header(header, value)).await;
        assert_eq!((status, found.as_str()), (400, code), "{header}: {message}");
    }

    let mut cut = TcpStream::connect(scene.server.url().strip_prefix("http://").unwrap()).await.unwrap();
    let head = format!(
        "PUT /files/{}/notes.txt HTTP/1.1\r\nHost: fieldlog\r\nAuthorization: Token {}\r\nContent-Length: 1000000\r\n\r\n",
        scene.project,
        scene.ana.token.as_ref().unwrap()
    );
    cut.write_all(head.as_bytes()).await.unwrap();
    cut.write_all(&[b'x'; 100_000]).await.unwrap();
    cut.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let _ = cut.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");

    let gone = scene.ana.get(&format!("/files/{}/notes.txt", scene.project)).await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    assert_eq!(scene.file_count().await, 0);
    let listed = scene.ana.event_types(&scene.project).await;
    assert!(!listed.contains(&"file_version_added".to_owned()), "{listed:?}");
    scene.ana.upload(&scene.project, "notes.txt", "low water").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_may_not_see_looks_as_if_it_were_not_there() {
    let scene = Scene::set().await;
    scene.ana.upload(&scene.project, "secret.txt", "gold").await;
    let bob = scene.server.client().register("bob").await;
    let nothing = uuid::Uuid::now_v7().to_string();

    let mut answers = Vec::new();
    for project in [&scene.project, &nothing] {
        let mut texts = Vec::new();
        for (method, path) in [
            (Method::GET, format!("/files/{project}/secret.txt")),
            (Method::PUT, format!("/files/{project}/secret.txt")),
            (Method::DELETE, format!("/files/{project}/secret.txt")),
            (Method::GET, format!("/resources/{project}/thumbnail")),
        ] {
            let response = bob.request(method, &path).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
            texts.push(response.text().await.unwrap());
        }
        let fields = "resource(id: $id) { name } node(id: $node) { id }";
        let variables = json!({ "id": project, "node": format!("resource-{project}") });
        let query = format!("query($id: ID!, $node: ID!) {{ {fields} }}");
        texts.push(bob.graphql(&query, variables).await.to_string());
        let feed =
            bob.try_graphql("query($id: ID!) { events(resource: $id) { hasMore } }", json!({ "id": project })).await;
        texts.push(feed.unwrap()["errors"].to_string());
        for (name, input) in [
            ("renameProject", json!({ "project": project, "name": "mine" })),
            ("requestJob", json!({ "resource": project })),
            ("retireProject", json!({ "project": project })),
        ] {
            texts.push(bob.mutate(name, input, "... on NotFound { message }").await.to_string());
        }
        answers.push(texts);
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0][4].contains(r#""resource":null"#), "{}", answers[0][4]);
    assert!(answers[0][6].contains("NotFound"), "{}", answers[0][6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_roles_and_jobs_that_cannot_be_are_refused_by_name() {
    let scene = Scene::set().await;
    let taken = json!({ "name": "ANA", "email": "other@example.org", "password": "long enough for this" });
    assert_eq!(scene.server.client().outcome("register", taken).await, "NameTaken");
    assert_eq!(scene.ana.outcome("createProject", json!({ "name": "river" })).await, "NameTaken");
    let odd =
        scene.ana.mutate("createProject", json!({ "name": "../up" }), "... on InvalidInput { field message }").await;
    assert_eq!((odd["__typename"].as_str(), odd["field"].as_str()), (Some("InvalidInput"), Some("name")), "{odd}");

    let emperor = json!({ "project": scene.project, "collaborator": { "personName": "ana" }, "role": "EMPEROR" });
    let answer = scene.ana.try_mutate("addCollaborator", emperor, "").await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{answer}");
    assert!(answer["data"].is_null() && answer["errors"][0]["message"].as_str().unwrap().contains("role"), "{answer}");

    let job = json!({ "resource": scene.project });
    assert_eq!(scene.ana.outcome("requestJob", job).await, "NoProjectFile");
    assert_eq!(scene.ana.outcome("cancelJob", json!({ "job": uuid::Uuid::now_v7() })).await, "NotFound");
    let unnamed = scene.ana.outcome("renameProject", json!({ "project": "nonsense", "name": "lake" })).await;
    assert_eq!(unnamed, "InvalidInput");

    let mut stranger = scene.server.client();
    stranger.token = Some("nonsense".into());
    let (status, code, _) =
        refused(stranger.request(Method::POST, "/graphql").json(&json!({ "query": "{ __typename }" }))).await;
    assert_eq!((status, code.as_str()), (401, "token_authentication_failed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_that_are_too_large_in_any_way_are_refused_before_they_run() {
    let scene = Scene::set().await;
    let ana = &scene.ana;
    let aliases: String = (0..10_000).map(|n| format!("a{n}:__typename ")).collect();
    assert!(
        ["TOO_MANY_ALIASES", "TOO_MANY_TOKENS", "QUERY_TOO_LONG"]
            .contains(&ana.graphql_code(&format!("{{{aliases}}}")).await.as_str())
    );
    let few: String = (0..200).map(|n| format!("a{n}:__typename ")).collect();
    assert_eq!(ana.graphql_code(&format!("{{{few}}}")).await, "TOO_MANY_ALIASES");
    let deep = format!("{{ viewer {{ {} id {} }} }}", "a {".repeat(20), "}".repeat(20));
    assert_eq!(ana.graphql_code(&deep).await, "QUERY_TOO_DEEP");
    assert_eq!(ana.graphql_code(&format!("{{ {} }}", "__typename ".repeat(1_500))).await, "QUERY_TOO_WIDE");
    assert_eq!(ana.graphql_code(&format!("{{ {} }}", "x ".repeat(6_000))).await, "TOO_MANY_TOKENS");
    assert_eq!(ana.graphql_code(&format!("{{ __typename }} # {}", "x".repeat(110_000))).await, "QUERY_TOO_LONG");
    let nested = "{ resources(first: 100) { nodes { history(first: 100) { nodes { resource { files(first: 100) { nodes { path } } } } } } } }";
    assert_eq!(ana.graphql_code(nested).await, "QUERY_TOO_COMPLEX");
    assert_eq!(ana.graphql_code("{ nothing }").await, "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(ana.graphql_code("{ resources(first: 101) { nodes { name } } }").await, "BAD_USER_INPUT");
    let huge = json!({ "query": "{ __typename }", "variables": { "x": "x".repeat(2_000_000) } });
    let (status, code, _) = refused(ana.request(Method::POST, "/graphql").json(&huge)).await;
    assert_eq!((status, code.as_str()), (413, "body_too_large"));
    assert_eq!(ana.project(&scene.project, "name").await["name"], "river");
}
