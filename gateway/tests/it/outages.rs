//! What clients see while the log or storage is away, and that all is well after.

use serde_json::json;

use crate::server::{Server, eventually, problem};

#[tokio::test]
async fn while_the_log_is_away_writes_fail_clearly_and_reads_go_on() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    server.log.go_away();
    let create = "mutation { createProject(input: {name: \"wasps\"}) { __typename } }";
    let answer = server.graphql(Some(&ana), create, json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer}");
    assert!(!answer.to_string().contains("told to be away"), "the cause is for the operator: {answer}");
    let upload = server.put(&ana, &id, "a.txt", "x").send().await.unwrap();
    assert!(upload.headers().contains_key("retry-after"));
    assert_eq!(problem(upload).await.0, 503);
    let read = server.data(&ana, "{ resources { nodes { name } } }", json!({})).await;
    assert_eq!(read["resources"]["nodes"], json!([{ "name": "bees" }]));
    server.log.come_back();
    eventually("projects can be created again", || async {
        server.graphql(Some(&ana), create, json!({})).await["data"]["createProject"]["__typename"] == "ProjectCreated"
    })
    .await;
}

#[tokio::test]
async fn a_blob_that_is_gone_is_told_without_its_name() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    server.upload(&ana, &id, "a.txt", "x").await;
    std::fs::remove_dir_all(server.dir.path().join("blobs")).unwrap();
    let response = server.get(&format!("/files/{id}/a.txt")).bearer_auth(&ana.token).send().await.unwrap();
    let (status, _, message) = problem(response).await;
    assert!(status >= 500 && !message.contains("blobs"), "{status} {message}");
}
