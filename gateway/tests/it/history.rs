//! The past: histories, the feed, and everything as it was.

use serde_json::json;

use crate::server::{Server, text};

#[tokio::test]
async fn everything_can_be_read_as_of_a_position_or_a_time() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    server.upload(&ana, &id, "a.txt", "one").await;
    let before = server.position().await;
    let time = chrono::Utc::now();
    let rename = "mutation($id: ID!) { renameProject(input: {project: $id, name: \"wasps\"}) { __typename } }";
    server.data(&ana, rename, json!({ "id": id })).await;
    server.upload(&ana, &id, "b.txt", "two").await;

    let read =
        "query($id: ID!, $asOf: AsOf) { resource(id: $id, asOf: $asOf) { name files { nodes { path } } owner { name } }
        resources(asOf: $asOf) { nodes { name } } node(id: $id, asOf: $asOf) { id } }";
    for as_of in [json!({ "position": before }), json!({ "time": time })] {
        let node = format!("resource-{id}");
        let data = server.data(&ana, read, json!({ "id": node, "asOf": as_of })).await;
        assert_eq!(
            data["resource"],
            json!({ "name": "bees", "files": { "nodes": [{ "path": "a.txt" }] }, "owner": { "name": "ana" } })
        );
        assert_eq!(data["resources"]["nodes"], json!([{ "name": "bees" }]));
    }
    let data = server.data(&ana, read, json!({ "id": format!("resource-{id}"), "asOf": null })).await;
    assert_eq!(data["resource"]["name"], "wasps");
    let answer = server.graphql(Some(&ana), read, json!({ "id": id, "asOf": { "position": "999999" } })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
}

#[tokio::test]
async fn who_may_see_the_past_is_decided_by_how_things_are_now() {
    let server = Server::start().await;
    let (ana, bob) = (server.person("ana").await, server.person("bob").await);
    let id = server.project(&ana, "bees").await;
    server.make_public(&ana, &id).await;
    let public = server.position().await;
    let hide = "mutation($id: ID!) { setVisibility(input: {project: $id, visibility: PRIVATE}) { __typename } }";
    server.data(&ana, hide, json!({ "id": id })).await;
    let read = "query($id: ID!, $at: Position!) { resource(id: $id, asOf: {position: $at}) { name }
        resources(filter: {scope: PUBLIC}, asOf: {position: $at}) { nodes { name } } }";
    let data = server.data(&bob, read, json!({ "id": id, "at": public })).await;
    assert_eq!(data, json!({ "resource": null, "resources": { "nodes": [] } }));
    assert_eq!(server.data(&ana, read, json!({ "id": id, "at": public })).await["resource"]["name"], "bees");
}

#[tokio::test]
async fn a_history_tells_what_happened_and_who_did_it_with_which_request() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let request = uuid::Uuid::new_v4();
    let create = json!({ "query": "mutation { createProject(input: {name: \"bees\"}) { ... on ProjectCreated { project { uuid } } } }" });
    let response =
        server.client.post(server.url("/graphql")).bearer_auth(&ana.token).header("x-request-id", request.to_string());
    let response = response.json(&create).send().await.unwrap();
    assert_eq!(response.headers()["x-request-id"], request.to_string());
    let answer: serde_json::Value = response.json().await.unwrap();
    let id = text(&answer["data"]["createProject"]["project"]["uuid"]);
    server.upload(&ana, &id, "a.txt", "one").await;
    let read = "query($id: ID!, $order: Order) { resource(id: $id) { history(order: $order) { nodes {
        type stream sequence actorKind actor { name } correlationId payload resource { name } } } } }";
    let data = server.data(&ana, read, json!({ "id": id })).await;
    let history = data["resource"]["history"]["nodes"].as_array().unwrap().clone();
    let registered = history.iter().find(|event| event["type"] == "resource_registered").unwrap();
    assert_eq!(registered["correlationId"], json!(request));
    assert_eq!(registered["actor"]["name"], "ana");
    assert_eq!(registered["payload"]["name"], "bees");
    assert_eq!(registered["resource"]["name"], "bees");
    assert_eq!(history.last().unwrap()["type"], "file_version_added");
    let data = server.data(&ana, read, json!({ "id": id, "order": "NEWEST_FIRST" })).await;
    assert_eq!(data["resource"]["history"]["nodes"][0]["type"], "file_version_added");
}

#[tokio::test]
async fn the_whole_feed_is_for_administrators_and_keeps_its_seals() {
    let server = Server::start().await;
    let (root, ana) = (server.admin("root").await, server.person("ana").await);
    let id = server.project(&ana, "bees").await;
    let feed = "query($after: Position, $resource: ID, $types: [String!]) { events(after: $after, resource: $resource, types: $types, first: 3) {
        events { position type payload } end hasMore } }";
    for who in [None, Some(&ana)] {
        let answer = server.graphql(who, feed, json!({})).await;
        assert!(answer["errors"][0]["extensions"]["code"].is_string(), "{answer}");
        assert_eq!(answer["data"], json!(null));
    }
    let (mut after, mut seen, mut all) = (json!("0"), 0, String::new());
    loop {
        let page = server.data(&root, feed, json!({ "after": after })).await["events"].clone();
        seen += page["events"].as_array().unwrap().len();
        all.push_str(&page.to_string());
        after = page["end"].clone();
        if page["hasMore"] == false {
            break;
        }
    }
    assert_eq!(after, server.position().await);
    assert!(seen > 5 && !all.contains("ana@example.com") && !all.contains("argon2"), "{all}");
    let data = server.data(&ana, feed, json!({ "resource": id, "types": ["resource_registered"] })).await;
    assert_eq!(data["events"]["events"].as_array().unwrap().len(), 1);
}
