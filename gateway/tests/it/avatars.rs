//! Pictures of accounts: set over HTTP, seen by everybody who was given the address.

use reqwest::Response;
use serde_json::{Value, json};

use crate::server::{PASSWORD, Person, Server, problem, text};

/// One grey pixel.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00,
    0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0x3A, 0x7E, 0x9B, 0x55, 0x00, 0x00, 0x00, 0x0A, 0x49,
    0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0x68, 0x00, 0x00, 0x00, 0x82, 0x00, 0x81, 0x77, 0xCD, 0x72, 0xB6, 0x00, 0x00,
    0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
];

/// The id alone, as URLs use it.
pub async fn uuid(server: &Server, who: &Person) -> String {
    let data =
        server.data(who, "query($id: ID!) { node(id: $id) { ... on Account { uuid } } }", json!({ "id": who.account }));
    text(&data.await["node"]["uuid"])
}

async fn put(server: &Server, who: &Person, account: &str, picture: &'static [u8]) -> Response {
    let url = server.url(&format!("/accounts/{account}/avatar"));
    server.client.put(url).bearer_auth(&who.token).body(picture).send().await.unwrap()
}

/// Gives somebody a picture; where it is.
pub async fn set(server: &Server, who: &Person) -> String {
    let account = uuid(server, who).await;
    let answer: Value = put(server, who, &account, PNG).await.json().await.unwrap();
    text(&answer["avatarUrl"])
}

async fn get(server: &Server, who: &Person, path: &str) -> Value {
    let request = server.get(path).header("authorization", format!("Token {}", who.token));
    request.send().await.unwrap().json().await.unwrap()
}

async fn log_in(server: &Server, name: &str) -> Value {
    let body = json!({ "username": name, "password": PASSWORD });
    server.client.post(server.url("/api/v1/auth/login/")).json(&body).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_picture_is_where_every_answer_says_and_everybody_sees_it() {
    let server = Server::start().await;
    let (ana, ben) = (server.person("ana").await, server.person("ben").await);
    server.register("eve", false).await;
    assert_eq!(log_in(&server, "eve").await["avatar_url"], Value::Null);
    let path = set(&server, &ana).await;
    assert!(path.starts_with("/api/v1/files/avatars/") && path.ends_with(".png"), "{path}");

    let absolute = format!("{}{path}", server.url);
    let logged_in = log_in(&server, "ana").await;
    assert_eq!(logged_in["avatar_url"], absolute);
    // The log-in took the place of the one before.
    let ana = Person { token: text(&logged_in["token"]), ..ana };
    assert_eq!(get(&server, &ana, "/api/v1/auth/user/").await["avatar_url"], absolute);
    for who in [&ana, &ben] {
        assert_eq!(get(&server, who, "/api/v1/users/ana/").await["avatar_url"], path, "without the host here");
        assert_eq!(get(&server, who, "/api/v1/users/?q=ana").await[0]["avatar_url"], path);
        let seen = "query($id: ID!) { node(id: $id) { ... on Account { avatarUrl } } }";
        assert_eq!(server.data(who, seen, json!({ "id": ana.account })).await["node"]["avatarUrl"], path);
    }
    assert_eq!(get(&server, &ana, "/api/v1/users/ben/").await["avatar_url"], Value::Null);

    let directory = path.rsplit_once('/').unwrap().0.to_owned();
    for url in [path.clone(), format!("{directory}/any.jpg"), directory.clone(), format!("{directory}/")] {
        let shown = server.get(&url).send().await.unwrap();
        assert_eq!((shown.status().as_u16(), &shown.headers()["content-type"]), (200, &"image/png".parse().unwrap()));
        assert_eq!(shown.bytes().await.unwrap(), PNG);
    }
    let etag = server.get(&path).send().await.unwrap().headers()["etag"].clone();
    assert_eq!(server.get(&path).header("if-none-match", etag).send().await.unwrap().status(), 304);
    for bad in [format!("{directory}/a/b.png"), format!("{}x", directory), "/api/v1/files/avatars/signed/a.png".into()]
    {
        assert_eq!(problem(server.get(&bad).send().await.unwrap()).await.0, 404, "{bad}");
    }
}

#[tokio::test]
async fn without_a_picture_the_logo_of_the_server_is_shown() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let path = set(&server, &ana).await;
    let remove = "mutation { removeAvatar(input: {}) { __typename ... on AvatarRemoved { account { avatarUrl } } } }";
    let removed = server.data(&ana, remove, json!({})).await;
    assert_eq!(removed["removeAvatar"], json!({ "__typename": "AvatarRemoved", "account": { "avatarUrl": null } }));
    assert_eq!(get(&server, &ana, "/api/v1/auth/user/").await["avatar_url"], Value::Null);
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let sent = client.get(server.url(&path)).send().await.unwrap();
    assert_eq!((sent.status().as_u16(), sent.headers()["location"].to_str().unwrap()), (302, "/logo.svg"));
    assert_eq!(sent.bytes().await.unwrap().len(), 0);
    let logo = server.get(&path).send().await.unwrap();
    assert_eq!((logo.status().as_u16(), &logo.headers()["content-type"]), (200, &"image/svg+xml".parse().unwrap()));
}

#[tokio::test]
async fn an_organization_has_a_picture_too() {
    let server = Server::start().await;
    let (ana, ben) = (server.person("ana").await, server.person("ben").await);
    let create = "mutation { createOrganization(input: {name: \"acme\"}) {
        ... on OrganizationCreated { organization { uuid } } } }";
    let data = server.data(&ana, create, json!({})).await;
    let organization = text(&data["createOrganization"]["organization"]["uuid"]);
    assert_eq!(problem(put(&server, &ben, &organization, PNG).await).await.0, 403);
    let answer: Value = put(&server, &ana, &organization, PNG).await.json().await.unwrap();
    let path = text(&answer["avatarUrl"]);
    assert_eq!(get(&server, &ana, "/api/v1/users/acme/").await["avatar_url"], path);
    assert_eq!(get(&server, &ana, "/api/v1/users/ana/organizations/").await[0]["avatar_url"], path);
}

#[tokio::test]
async fn what_is_no_picture_of_ones_own_is_refused() {
    let server = Server::start().await;
    let (ana, ben) = (server.person("ana").await, server.person("ben").await);
    let account = uuid(&server, &ana).await;
    assert_eq!(problem(put(&server, &ben, &account, PNG).await).await.0, 403);
    assert_eq!(problem(put(&server, &ana, &uuid::Uuid::new_v4().to_string(), PNG).await).await.0, 404);
    assert_eq!(problem(put(&server, &ana, "nonsense", PNG).await).await.0, 404);
    for (picture, status) in
        [(&b"<svg/>"[..], 400), (&PNG[..PNG.len() - 12], 400), (&[0; 6 << 20], 400), (&[0; 9 << 20], 413)]
    {
        let (found, _, message) = problem(put(&server, &ana, &account, picture).await).await;
        assert_eq!(found, status, "{message}");
    }
    let data = server.data(
        &ana,
        "query($id: ID!) { node(id: $id) { ... on Account { avatarUrl } } }",
        json!({ "id": ana.account }),
    );
    assert_eq!(data.await["node"]["avatarUrl"], Value::Null);
}
