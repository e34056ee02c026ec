//! A user's program: GraphQL and files over HTTP.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use super::wait::{LONG, SHORT, until};

/// Talks to one server, as somebody or as nobody.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    pub token: Option<String>,
}

pub const PASSWORD: &str = "a field full of flowers";

impl Client {
    pub fn new(url: &str) -> Self {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
        Self { http, url: url.to_owned(), token: None }
    }

    /// The same person at another server.
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.header("authorization", format!("Token {token}")),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    /// The whole answer: `data`, `errors`, `extensions`.
    pub async fn try_graphql(&self, query: &str, variables: Value) -> reqwest::Result<Value> {
        let body = json!({ "query": query, "variables": variables });
        self.request(Method::POST, "/graphql").json(&body).send().await?.json().await
    }

    /// The data of an answer without errors.
    pub async fn graphql(&self, query: &str, variables: Value) -> Value {
        let answer = self.try_graphql(query, variables).await.unwrap();
        assert!(answer["errors"].is_null(), "{query}\n{answer}");
        answer["data"].clone()
    }

    /// The code of the first error of an answer.
    pub async fn graphql_code(&self, query: &str) -> String {
        let answer = self.try_graphql(query, json!({})).await.unwrap();
        answer["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_else(|| panic!("expected an error: {answer}"))
            .to_owned()
    }

    /// A mutation with one `input`; returns its payload, whatever it is.
    pub async fn try_mutate(&self, name: &str, input: Value, fields: &str) -> reqwest::Result<Value> {
        let mut kind = format!("{name}Input");
        kind[..1].make_ascii_uppercase();
        let query = format!("mutation($input: {kind}!) {{ {name}(input: $input) {{ __typename {fields} }} }}");
        self.try_graphql(&query, json!({ "input": input })).await
    }

    pub async fn mutate(&self, name: &str, input: Value, fields: &str) -> Value {
        let answer = self.try_mutate(name, input, fields).await.unwrap();
        assert!(answer["errors"].is_null(), "{name}: {answer}");
        answer["data"][name].clone()
    }

    /// The name of what came of a mutation.
    pub async fn outcome(&self, name: &str, input: Value) -> String {
        self.mutate(name, input, "").await["__typename"].as_str().unwrap().to_owned()
    }

    /// Registers somebody and logs them in.
    pub async fn register(&self, name: &str) -> Self {
        let input = json!({ "name": name, "email": format!("{name}@example.org"), "password": PASSWORD });
        assert_eq!(self.outcome("register", input).await, "AccountRegistered");
        self.log_in(name, PASSWORD).await
    }

    pub async fn log_in(&self, login: &str, password: &str) -> Self {
        let made =
            self.mutate("logIn", json!({ "login": login, "password": password }), "... on LoggedIn { token }").await;
        let token = made["token"].as_str().unwrap_or_else(|| panic!("expected to be logged in: {made}"));
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    pub async fn create_project(&self, name: &str) -> String {
        let made =
            self.mutate("createProject", json!({ "name": name }), "... on ProjectCreated { project { uuid } }").await;
        made["project"]["uuid"].as_str().unwrap_or_else(|| panic!("expected a project: {made}")).to_owned()
    }

    pub fn put(&self, project: &str, path: &str, bytes: impl Into<reqwest::Body>) -> RequestBuilder {
        self.request(Method::PUT, &format!("/files/{project}/{path}")).body(bytes)
    }

    /// Uploads a version that is taken; returns what the answer says about it.
    pub async fn upload(&self, project: &str, path: &str, bytes: impl Into<reqwest::Body>) -> Value {
        let response = self.put(project, path, bytes).send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert_eq!(status, StatusCode::CREATED, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// The bytes the viewer is to have.
    pub async fn download(&self, project: &str, path: &str) -> Vec<u8> {
        let response = self.get(&format!("/files/{project}/{path}")).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.bytes().await.unwrap().to_vec()
    }

    /// Where the server's read model is.
    pub async fn position(&self) -> u64 {
        let answer = self.try_graphql("{ __typename }", json!({})).await.unwrap();
        answer["extensions"]["position"].as_str().unwrap().parse().unwrap()
    }

    /// Waits until the server has seen what another process did.
    pub async fn reach(&self, position: u64) {
        until("the read model follows", SHORT, async || (self.position().await >= position).then_some(())).await;
    }

    /// What is asked of a project.
    pub async fn project(&self, project: &str, fields: &str) -> Value {
        let query = format!("query($id: ID!) {{ resource(id: $id) {{ ... on Project {{ {fields} }} }} }}");
        self.graphql(&query, json!({ "id": project })).await["resource"].clone()
    }

    /// Waits until the newest job of a project is over.
    pub async fn job_ended(&self, project: &str) -> Value {
        let fields = "jobs(first: 1) { nodes { uuid state attempt exitCode error { kind message } logUrl } }";
        until("the job ends", LONG, async || {
            let job = self.project(project, fields).await["jobs"]["nodes"][0].clone();
            matches!(job["state"].as_str(), Some("FINISHED" | "FAILED" | "CANCELLED")).then_some(job)
        })
        .await
    }

    /// Waits until the newest revision of a project is in this state.
    pub async fn revision_is(&self, project: &str, state: &str) -> Value {
        let fields = "latestRevision { state rejection { code message } }";
        until(&format!("the revision is {state}"), LONG, async || {
            let revision = self.project(project, fields).await["latestRevision"].clone();
            (revision["state"] == state).then_some(revision)
        })
        .await
    }

    /// The types of everything that happened to a project, in order.
    pub async fn event_types(&self, project: &str) -> Vec<String> {
        let query = "query($id: ID!) { events(resource: $id, first: 100) { hasMore events { type } } }";
        let page = self.graphql(query, json!({ "id": project })).await["events"].clone();
        assert_eq!(page["hasMore"], false);
        page["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }
}
