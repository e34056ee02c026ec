//! Bad input to the API of field clients: each gets a clear refusal in JSON, and changes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::server::{PASSWORD, Person, Server, problem};

const MIB: u64 = 1024 * 1024;

fn as_person(person: &Person, request: RequestBuilder) -> RequestBuilder {
    request.header("authorization", format!("Token {}", person.token))
}

fn post(server: &Server, person: &Person, path: &str) -> RequestBuilder {
    as_person(person, server.client.post(server.url(path)))
}

async fn projects(server: &Server, person: &Person) -> usize {
    let answer = as_person(person, server.get("/api/v1/projects/")).send().await.unwrap();
    answer.json::<Vec<Value>>().await.unwrap().len()
}

#[tokio::test]
async fn ids_that_are_none_are_refused_as_the_contract_says() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    for id in ["nonsense", "0", "null", "00000000-0000-0000-0000-00000000000", "%00", "..", "%F0%9F%8C%B3"] {
        for (path, status, code) in [
            (format!("/api/v1/projects/{id}/"), 400, "validation_error"),
            (format!("/api/v1/files/{id}/a.txt/"), 404, "object_not_found"),
            (format!("/api/v1/packages/{id}/latest/"), 404, "object_not_found"),
            (format!("/api/v1/deltas/{id}/"), 404, "object_not_found"),
            (format!("/api/v1/collaborators/{id}/"), 404, "object_not_found"),
            (format!("/api/v1/jobs/{id}/"), 403, "permission_denied"),
            (format!("/api/v1/jobs/?project_id={id}"), 400, "validation_error"),
        ] {
            // A client would take the dots out of the path before it asks.
            if id == ".." && !path.contains('?') {
                continue;
            }
            let (found, found_code, _) = problem(as_person(&ana, server.get(&path)).send().await.unwrap()).await;
            assert_eq!((found, found_code.as_str()), (status, code), "{path}");
        }
    }
}

#[tokio::test]
async fn what_is_no_text_in_a_path_or_asked_for_twice_is_told_in_json() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    for (path, code) in [
        ("/api/v1/users/%FF/", "bad_path"),
        ("/api/v1/members/%FF/ben/", "bad_path"),
        ("/api/v1/organizations/acme/teams/%C3%28/", "bad_path"),
        ("/api/v1/projects/?name=a&name=b", "api_error"),
        ("/api/v1/users/?q=a&q=b", "api_error"),
        ("/api/v1/jobs/?type=a&type=b", "api_error"),
    ] {
        let (status, found, _) = problem(as_person(&ana, server.get(path)).send().await.unwrap()).await;
        assert_eq!((status, found.as_str()), (400, code), "{path}");
    }
}

#[tokio::test]
async fn fields_that_nobody_asks_for_are_passed_over_in_every_encoding() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let of = |name: &str| [("name", name.to_owned()), ("nonsense", "[1".to_owned()), ("id", "7".to_owned())];
    let part =
        |name: &str, value: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let parts: String = of("in-parts").iter().map(|(name, value)| part(name, value)).collect();
    let projects = "/api/v1/projects/";
    for request in [
        post(&server, &ana, projects).json(&json!({ "name": "in-json", "nonsense": { "deep": [null] }, "": 1 })),
        post(&server, &ana, projects).form(&of("in-a-form")),
        post(&server, &ana, projects)
            .header("content-type", "multipart/form-data; boundary=b")
            .body(parts + "--b--\r\n"),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
    }
}

#[tokio::test]
async fn fields_of_the_wrong_type_are_named_and_nothing_is_made() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    for (body, field) in [
        (json!({}), "name"),
        (json!({ "name": null }), "name"),
        (json!({ "name": ["a"] }), "name"),
        (json!({ "name": { "a": 1 } }), "name"),
        (json!({ "name": true }), "name"),
        (json!({ "name": "a", "is_public": "perhaps" }), "is_public"),
        (json!({ "name": "a", "is_public": 2 }), "is_public"),
        (json!({ "name": "a", "is_public": [] }), "is_public"),
        (json!({ "name": "a", "project_type": "shared" }), "project_type"),
        (json!({ "name": "a", "storage_keep_versions": "many" }), "storage_keep_versions"),
        (json!({ "name": "a", "storage_keep_versions": -1 }), "storage_keep_versions"),
        (json!([]), "JSON object"),
        (json!("a"), "JSON object"),
    ] {
        let answer = post(&server, &ana, "/api/v1/projects/").json(&body).send().await.unwrap();
        let (status, code, message) = problem(answer).await;
        assert_eq!((status, code.as_str()), (400, "api_error"), "{body}");
        assert!(message.contains(field), "{body}: {message}");
    }
    let deep = "[".repeat(100_000);
    let request = post(&server, &ana, "/api/v1/projects/").header("content-type", "application/json").body(deep);
    assert_eq!(problem(request.send().await.unwrap()).await.0, 400);
    assert_eq!(projects(&server, &ana).await, 0);
}

#[tokio::test]
async fn names_with_reserved_characters_are_refused_and_make_nothing() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let project = server.project(&ana, "bees").await;
    for name in ["a/b", "..%2f", "a b", "<b>", "a\u{0}b", "a\nb", "\u{202e}a", "🌳", "a'--", &"n".repeat(256)] {
        let answer = post(&server, &ana, "/api/v1/projects/").json(&json!({ "name": name })).send().await.unwrap();
        assert_eq!(problem(answer).await.0, 400, "{name:?}");
    }
    for path in ["..%2Fup.txt", "a%00b", "a%0Ab", "CON", "a%3Cb", "a%5Cb", "a.", "%20a", &"n".repeat(256)] {
        let body = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--b--\r\n";
        let request = post(&server, &ana, &format!("/api/v1/files/{project}/{path}/")).body(body);
        let answer = request.header("content-type", "multipart/form-data; boundary=b").send().await.unwrap();
        let (status, code, _) = problem(answer).await;
        assert_eq!((status, code.as_str()), (400, "validation_error"), "{path}");
    }
    let files = as_person(&ana, server.get(&format!("/api/v1/files/{project}/"))).send().await.unwrap();
    assert_eq!(files.json::<Vec<Value>>().await.unwrap().len(), 0);
    assert_eq!(projects(&server, &ana).await, 1);
}

#[tokio::test]
async fn an_empty_version_does_not_delete_a_whole_file() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let project = server.project(&ana, "bees").await;
    server.upload(&ana, &project, "a.txt", "x").await;
    for query in ["?version=", "?version=nonsense", "?version=%7B%7D"] {
        let path = format!("/api/v1/files/{project}/a.txt/{query}");
        let answer = as_person(&ana, server.client.delete(server.url(&path))).send().await.unwrap();
        let (status, code, _) = problem(answer).await;
        assert_eq!((status, code.as_str()), (400, "validation_error"), "{query}");
    }
    let metadata = server.get(&format!("/api/v1/files/metadata/{project}/a.txt/"));
    assert_eq!(as_person(&ana, metadata).send().await.unwrap().status(), 200);
}

/// A GiB that is made while it is sent, and how much of it was made.
fn gibibyte() -> (reqwest::Body, Arc<AtomicU64>) {
    let made = Arc::new(AtomicU64::new(0));
    let counted = made.clone();
    let piece = Bytes::from(vec![b' '; 64 * 1024]);
    let pieces = stream::iter((0..16 * 1024).map(move |_| {
        counted.fetch_add(piece.len() as u64, Ordering::Relaxed);
        Ok::<_, std::io::Error>(piece.clone())
    }));
    (reqwest::Body::wrap_stream(pieces), made)
}

#[tokio::test]
async fn a_gibibyte_of_json_is_refused_when_little_of_it_was_read() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let project = server.project(&ana, "bees").await;
    server.upload(&ana, &project, "bees.qgs", "<qgis/>").await;
    let projects = "/api/v1/projects/".to_owned();
    for (path, media_type, code, most) in [
        (projects, "application/json", "api_error", 64 * MIB),
        (format!("/api/v1/deltas/{project}/"), "multipart/form-data; boundary=b", "invalid_deltafile", 192 * MIB),
    ] {
        let (body, made) = gibibyte();
        let request = post(&server, &ana, &path).header("content-type", media_type).body(body);
        let (status, found, _) = problem(request.send().await.unwrap()).await;
        assert_eq!((status, found.as_str()), (413, code), "{path}");
        let made = made.load(Ordering::Relaxed);
        assert!(made < most, "{path}: {made} bytes were taken");
    }
}

#[tokio::test]
async fn a_body_that_is_announced_as_too_large_is_refused_before_it_is_sent() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let (body, made) = gibibyte();
    let request = post(&server, &ana, "/api/v1/projects/").header("content-length", 1024 * MIB).body(body);
    let answer = request.header("content-type", "application/json").send().await.unwrap();
    assert_eq!(problem(answer).await.0, 413);
    assert!(made.load(Ordering::Relaxed) < 64 * MIB);
}

#[tokio::test]
async fn tokens_that_are_no_longer_or_never_were_good_are_told_apart_from_malformed_headers() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    assert_eq!(post(&server, &ana, "/api/v1/auth/logout/").send().await.unwrap().status(), 200);
    let revoked = format!("Token {}", ana.token);
    let long = format!("Token {}", "t".repeat(5_000));
    for (header, code) in [
        (revoked.as_str(), "token_authentication_failed"),
        ("Token nonsense", "token_authentication_failed"),
        ("token null", "token_authentication_failed"),
        (long.as_str(), "token_authentication_failed"),
        ("Token", "authentication_failed"),
        ("Token ", "authentication_failed"),
        ("Token a b", "authentication_failed"),
        ("Basic YW5hOnB3", "authentication_failed"),
        ("", "authentication_failed"),
    ] {
        for path in ["/api/v1/projects/", "/api/v1/status/"] {
            let answer = server.get(path).header("authorization", header).send().await.unwrap();
            let (status, found, _) = problem(answer).await;
            assert_eq!((status, found.as_str()), (401, code), "{header:?} at {path}");
        }
    }
}

#[tokio::test]
async fn a_token_that_has_expired_is_refused() {
    let server = Server::with(|_, settings| settings.session_lifetime = Duration::ZERO).await;
    server.register("ana", false).await;
    let login = json!({ "username": "ana", "password": PASSWORD });
    let answer = server.client.post(server.url("/api/v1/auth/token/")).json(&login).send().await.unwrap();
    let token = answer.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned();
    let request = server.get("/api/v1/auth/user/").header("authorization", format!("Token {token}"));
    let (status, code, _) = problem(request.send().await.unwrap()).await;
    assert_eq!((status, code.as_str()), (401, "token_authentication_failed"));
}
