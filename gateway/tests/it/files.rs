//! Files up and down, and what bad ones get.

use futures::stream;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::server::{Server, eventually, problem, text};

const HELLO_SHA256: &str = "334d016f755cd6dc58c53a86e183882f8ec14f52fb05345887c8a5edd42c87b7";
const HELLO_MD5: &str = "952d2c56d0485958336747bcdd98590d";

#[tokio::test]
async fn a_file_goes_up_and_comes_down() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    let response = server.put(&ana, &id, "DCIM/B%C3%A4ume%201.txt", "Hello!").header("x-content-sha256", HELLO_SHA256);
    let response = response.send().await.unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["etag"], format!("\"{HELLO_MD5}\""));
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let made: serde_json::Value = response.json().await.unwrap();
    assert_eq!(made["path"], "DCIM/Bäume 1.txt");
    assert_eq!((text(&made["sha256"]).as_str(), made["size"].as_u64()), (HELLO_SHA256, Some(6)));

    for path in [location.as_str(), &format!("/files/{id}/DCIM/B%C3%A4ume%201.txt")] {
        let response = server.get(path).bearer_auth(&ana.token).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let headers = response.headers().clone();
        assert_eq!(headers["content-length"], "6");
        assert_eq!(headers["etag"], format!("\"{HELLO_MD5}\""));
        assert_eq!(headers["accept-ranges"], "bytes");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let disposition = "attachment; filename=\"B_ume 1.txt\"; filename*=UTF-8''B%C3%A4ume%201.txt";
        assert_eq!(headers["content-disposition"], disposition);
        assert!(headers.contains_key("last-modified"));
        assert_eq!(response.text().await.unwrap(), "Hello!");
    }

    let query =
        "query($id: ID!) { resource(id: $id) { fileCount totalBytes files { nodes { path versionCount downloadUrl
        current { sha256 etag size number addedBy { name } } } } } }";
    let data = server.data(&ana, query, json!({ "id": id })).await;
    assert_eq!(data["resource"]["fileCount"], 1);
    let file = &data["resource"]["files"]["nodes"][0];
    assert_eq!(file["current"]["addedBy"]["name"], "ana");
    assert_eq!(file["downloadUrl"], format!("/files/{id}/DCIM/B%C3%A4ume%201.txt"));
}

#[tokio::test]
async fn parts_and_copies_are_told_apart() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    server.upload(&ana, &id, "a.txt", "0123456789").await;
    let get = async |name: &str, value: &str| {
        let request = server.get(&format!("/files/{id}/a.txt")).bearer_auth(&ana.token);
        request.header(name, value).send().await.unwrap()
    };
    for (range, expected, content_range) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=8-", "89", "bytes 8-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=0-0", "0", "bytes 0-0/10"),
    ] {
        let response = get("range", range).await;
        assert_eq!(response.status(), 206, "{range}");
        assert_eq!(response.headers()["content-range"], content_range);
        assert_eq!(response.text().await.unwrap(), expected);
    }
    let whole = get("range", "bytes=0-1,3-4").await;
    assert_eq!((whole.status().as_u16(), whole.text().await.unwrap().len()), (200, 10));
    let beyond = get("range", "bytes=10-").await;
    assert_eq!(beyond.headers()["content-range"], "bytes */10");
    assert_eq!(problem(beyond).await.1, "invalid_http_range");

    let etag = get("accept", "*/*").await.headers()["etag"].to_str().unwrap().to_owned();
    for tag in [etag.as_str(), etag.trim_matches('"'), &format!("W/{etag}"), &format!("\"x\", {etag}"), "*"] {
        let response = get("if-none-match", tag).await;
        assert_eq!((response.status().as_u16(), response.content_length().unwrap_or(0)), (304, 0), "{tag}");
    }
    assert_eq!(get("if-none-match", "\"x\"").await.status(), 200);
    assert_eq!(get("if-match", "\"x\"").await.status(), 412);
    let stale = server
        .get(&format!("/files/{id}/a.txt"))
        .bearer_auth(&ana.token)
        .header("range", "bytes=5-")
        .header("if-range", "\"x\"");
    assert_eq!(stale.send().await.unwrap().status(), 200);

    let head =
        server.client.head(server.url(&format!("/files/{id}/a.txt"))).bearer_auth(&ana.token).send().await.unwrap();
    assert_eq!((head.status().as_u16(), head.headers()["content-length"].to_str().unwrap()), (200, "10"));
    assert_eq!(head.bytes().await.unwrap().len(), 0);
    server.upload(&ana, &id, "empty.txt", "").await;
    let empty = server.get(&format!("/files/{id}/empty.txt")).bearer_auth(&ana.token).send().await.unwrap();
    assert_eq!(empty.headers()["content-length"], "0");
    assert_eq!(empty.text().await.unwrap(), "");
}

#[tokio::test]
async fn versions_stay_until_they_are_deleted() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    let first = server.upload(&ana, &id, "a.txt", "one").await;
    server.upload(&ana, &id, "a.txt", "two").await;
    let read = async |query: &str| {
        let response = server.get(&format!("/files/{id}/a.txt{query}")).bearer_auth(&ana.token).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let old = format!("?version={}", text(&first["version"]));
    assert_eq!(read("").await, (200, "two".into()));
    assert_eq!(read(&old).await, (200, "one".into()));
    assert_eq!(read(&format!("?asOf={}", text(&first["position"]))).await, (200, "one".into()));
    assert_eq!(read("?version=7").await.0, 400);
    assert_eq!(read("?asOf=yesterday").await.0, 400);
    assert_eq!(read(&format!("?version={}", uuid::Uuid::new_v4())).await.0, 404);

    let restore = "mutation($id: ID!, $version: ID!) { restoreFileVersion(input: {resource: $id, path: \"a.txt\", version: $version}) {
        __typename ... on FileVersionRestored { version { number restoredFrom { number } } } } }";
    let data = server.data(&ana, restore, json!({ "id": id, "version": first["version"] })).await;
    assert_eq!(data["restoreFileVersion"]["version"], json!({ "number": 3, "restoredFrom": { "number": 1 } }));
    assert_eq!(read("").await, (200, "one".into()));
    let list =
        "query($id: ID!) { resource(id: $id) { file(path: \"a.txt\") { versions { nodes { number isCurrent } } } } }";
    let versions = server.data(&ana, list, json!({ "id": id })).await["resource"]["file"]["versions"]["nodes"].clone();
    assert_eq!(versions[0], json!({ "number": 3, "isCurrent": true }));

    let delete = async |query: &str| {
        let url = server.url(&format!("/files/{id}/a.txt{query}"));
        server.client.delete(url).bearer_auth(&ana.token).send().await.unwrap().status().as_u16()
    };
    assert_eq!(delete(&old).await, 204);
    assert_eq!(read(&old).await.0, 404);
    assert_eq!(delete("").await, 204);
    assert_eq!(read("").await.0, 404);
    assert_eq!(delete("").await, 204, "a deletion sent twice is nothing");
    assert_eq!(read("").await.0, 404);
    let never = server
        .client
        .delete(server.url(&format!("/files/{id}/never.txt")))
        .bearer_auth(&ana.token)
        .send()
        .await
        .unwrap();
    assert_eq!(problem(never).await.0, 404);
}

#[tokio::test]
async fn an_upload_sent_twice_under_one_key_is_one_version() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    let key = uuid::Uuid::new_v4().to_string();
    let mut made = Vec::new();
    for _ in 0..2 {
        let response = server.put(&ana, &id, "a.txt", "one").header("idempotency-key", &key).send().await.unwrap();
        made.push(text(&response.json::<serde_json::Value>().await.unwrap()["version"]));
    }
    assert_eq!(made[0], made[1]);
    let bad = server.put(&ana, &id, "a.txt", "one").header("idempotency-key", "7").send().await.unwrap();
    assert_eq!(problem(bad).await.1, "bad_idempotency_key");
}

#[tokio::test]
async fn bytes_that_are_not_what_was_announced_are_refused() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    for (name, value) in [
        ("x-content-sha256", HELLO_SHA256),
        ("content-digest", "sha-256=:M00Bb3Vc1txYxTqG4YOIL47BT1L7BTRYh8il7dQsh7c=:"),
        ("content-md5", "lS0sVtBIWVgzZ0e83ZhZDQ=="),
    ] {
        let response = server.put(&ana, &id, "a.txt", "Hello?").header(name, value).send().await.unwrap();
        let (status, code, message) = problem(response).await;
        assert_eq!((status, code.as_str()), (400, "digest_mismatch"), "{name}: {message}");
    }
    let data = server.data(&ana, "query($id: ID!) { resource(id: $id) { fileCount } }", json!({ "id": id })).await;
    assert_eq!(data["resource"]["fileCount"], 0);
}

#[tokio::test]
async fn names_no_file_system_could_hold_are_refused_with_the_reason() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    let long = "x".repeat(5000);
    for path in ["%2e%2e/%2e%2e/etc/passwd", "a%00b", &long, "a//b", "con", "a%5Cb", "%FF"] {
        // reqwest would tidy the path up, so the request is written by hand.
        let (status, body) = raw(&server, &format!(
            "PUT /files/{id}/{path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 1\r\nconnection: close\r\n\r\nx",
            ana.token
        ))
        .await;
        assert_eq!(status, 400, "{path}: {body}");
    }
    server.upload(&ana, &id, "Trees.gpkg", "x").await;
    let collides = server.put(&ana, &id, "trees.gpkg/oak.jpg", "x").send().await.unwrap();
    let (status, code, message) = problem(collides).await;
    assert_eq!((status, code.as_str()), (409, "collides"));
    assert!(message.contains("\"Trees.gpkg\"") && message.contains("\"trees.gpkg/oak.jpg\""), "{message}");
}

#[tokio::test]
async fn another_spelling_is_a_version_of_the_same_file() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    let (name, other) = ("B\u{e4}ume.gpkg", "BA\u{308}UME.GPKG");
    server.upload(&ana, &id, name, "one").await;
    let answer = server.put(&ana, &id, other, "two").send().await.unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.json::<Value>().await.unwrap()["path"], name);
    let question = "query($id: ID!, $path: String!) {
        resource(id: $id) { fileCount ... on Project { file(path: $path) { path versionCount } } }
    }";
    for path in [name, other] {
        let data = server.data(&ana, question, json!({ "id": id, "path": path })).await;
        let expected = json!({ "fileCount": 1, "file": { "path": name, "versionCount": 2 } });
        assert_eq!(data["resource"], expected, "{path}");
        let download = server.get(&format!("/api/v1/files/{id}/{path}/"));
        let answer = download.header("authorization", format!("Token {}", ana.token)).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (200, "two"), "{path}");
    }
    let form = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\nx\r\n--b--\r\n";
    let collides = server.client.post(server.url(&format!("/api/v1/files/{id}/{name}/x.jpg/"))).body(form);
    let collides = collides.header("content-type", "multipart/form-data; boundary=b");
    let answer = collides.header("authorization", format!("Token {}", ana.token)).send().await.unwrap();
    let (status, code, message) = problem(answer).await;
    assert_eq!((status, code.as_str()), (400, "validation_error"));
    assert!(message.contains(name) && message.contains("x.jpg"), "{message}");
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    let before = files_below(&server.dir.path().join("blobs"));
    let head = format!(
        "PUT /files/{id}/a.txt HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 1000000\r\n\r\nbeginning",
        ana.token
    );
    let mut socket = tokio::net::TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    drop(socket);
    let pieces = stream::iter([Ok(bytes::Bytes::from("piece")), Err(std::io::Error::other("gone"))]);
    let broken = server.put(&ana, &id, "b.txt", reqwest::Body::wrap_stream(pieces)).send().await;
    assert!(broken.is_err() || broken.unwrap().status() == 400);
    eventually("leftovers are gone", || async { files_below(&server.dir.path().join("blobs")) == before }).await;
    let data = server.data(&ana, "query($id: ID!) { resource(id: $id) { fileCount } }", json!({ "id": id })).await;
    assert_eq!(data["resource"]["fileCount"], 0);
    server.upload(&ana, &id, "a.txt", "whole").await;
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_announced_or_not() {
    let server = Server::with(|options, _| options.upload_limit = 1000).await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    let announced = server.put(&ana, &id, "a.txt", "x".repeat(1001)).send().await.unwrap();
    assert_eq!(problem(announced).await, (413, "file_too_large".into(), "a file has at most 1000 bytes".into()));
    let pieces = stream::iter((0..20).map(|_| Ok::<_, std::io::Error>(bytes::Bytes::from(vec![b'x'; 100]))));
    let streamed = server.put(&ana, &id, "a.txt", reqwest::Body::wrap_stream(pieces)).send().await.unwrap();
    assert_eq!(problem(streamed).await.0, 413);
    server.upload(&ana, &id, "a.txt", "x".repeat(1000)).await;
}

#[tokio::test]
async fn whoever_is_refused_in_the_middle_of_sending_reads_why() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let absent = uuid::Uuid::new_v4().to_string();
    for _ in 0..10 {
        let response = server.put(&ana, &absent, "a.txt", vec![b'x'; 8 << 20]).send().await.unwrap();
        assert_eq!(problem(response).await.0, 404);
    }
}

#[tokio::test]
async fn a_project_has_one_qgis_project_file_and_readers_see_what_is_ready() {
    let server = Server::start().await;
    let (ana, bob) = (server.person("ana").await, server.person("bob").await);
    let id = server.project(&ana, "bees").await;
    server.upload(&ana, &id, "bees.qgs", "<qgis/>").await;
    let second = server.put(&ana, &id, "other.qgz", "x").send().await.unwrap();
    assert_eq!(problem(second).await.1, "multiple_projects");
    server.add_collaborator(&ana, &id, "bob", "READER").await;
    let path = format!("/files/{id}/bees.qgs");
    assert_eq!(server.get(&path).bearer_auth(&ana.token).send().await.unwrap().status(), 200);
    assert_eq!(server.get(&path).bearer_auth(&bob.token).send().await.unwrap().status(), 404);
    let query = "query($id: ID!) { resource(id: $id) { file(path: \"bees.qgs\") { current { number } versions { nodes { number } } } } }";
    let data = server.data(&bob, query, json!({ "id": id })).await;
    assert_eq!(data["resource"]["file"], json!({ "current": null, "versions": { "nodes": [] } }));
}

#[tokio::test]
async fn a_large_file_streams_through() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    let piece = bytes::Bytes::from((0..=255_u8).cycle().take(1 << 20).collect::<Vec<_>>());
    let pieces = stream::iter((0..64).map(move |_| Ok::<_, std::io::Error>(piece.clone())));
    let made = server.upload(&ana, &id, "big.tif", reqwest::Body::wrap_stream(pieces)).await;
    assert_eq!(made["size"], 64 << 20);
    assert!(text(&made["etag"]).ends_with("-8"));
    let response = server.get(&format!("/files/{id}/big.tif")).bearer_auth(&ana.token).send().await.unwrap();
    let bytes = response.bytes().await.unwrap();
    assert_eq!(fieldlog_domain::Sha256Digest::of(&bytes).to_hex(), text(&made["sha256"]));
}

async fn raw(server: &Server, request: &str) -> (u16, String) {
    let mut socket = tokio::net::TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).unwrap_or_else(|| panic!("no answer: {answer:?}")).parse().unwrap();
    (status, answer)
}

fn files_below(dir: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    entries
        .map(|entry| entry.unwrap())
        .map(|entry| match entry.file_type().unwrap().is_dir() {
            true => files_below(&entry.path()),
            false => usize::from(!entry.file_name().to_string_lossy().starts_with('.')),
        })
        .sum()
}
