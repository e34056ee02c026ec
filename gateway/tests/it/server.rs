//! A server on a port of its own, over a whole Fieldlog in a temporary folder.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use fieldlog_commands::account::{CreateAccount, Password, create_account};
use fieldlog_commands::policies::Policies;
use fieldlog_commands::session::PasswordHashing;
use fieldlog_commands::{App, Settings, Viewer};
use fieldlog_eventlog::sqlite::{SqliteLog, SqliteOptions};
use fieldlog_gateway::{Gateway, GatewayOptions};
use fieldlog_projections::{ReadModel, ReadModelOptions};
use fieldlog_storage::{Storage, StorageOptions, StorageUrl};
use fieldlog_vault::{MasterKey, Vault, VaultUrl};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::faulty_log::FaultyLog;

pub const PATIENCE: Duration = Duration::from_secs(30);
pub const PASSWORD: &str = "correct horse battery";

pub struct Server {
    pub url: String,
    pub app: App,
    pub gateway: Gateway,
    pub log: Arc<FaultyLog>,
    pub client: Client,
    pub dir: TempDir,
    policies: Option<Policies>,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
}

/// Somebody who is logged in.
#[derive(Clone)]
pub struct Person {
    pub token: String,
    pub account: String,
}

impl Server {
    pub async fn start() -> Self {
        Self::with(|_, _| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut GatewayOptions, &mut Settings)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let blobs: StorageUrl = format!("file:{}", dir.path().join("blobs").display()).parse().unwrap();
        Self::in_dir(dir, &blobs, &StorageOptions::default(), change).await
    }

    /// With its blobs elsewhere.
    pub async fn over(
        blobs: &StorageUrl,
        storage: &StorageOptions,
        change: impl FnOnce(&mut GatewayOptions, &mut Settings),
    ) -> Self {
        Self::in_dir(tempfile::tempdir().unwrap(), blobs, storage, change).await
    }

    async fn in_dir(
        dir: TempDir,
        blobs: &StorageUrl,
        storage: &StorageOptions,
        change: impl FnOnce(&mut GatewayOptions, &mut Settings),
    ) -> Self {
        let log = SqliteLog::open(dir.path().join("log.sqlite"), SqliteOptions::default()).unwrap();
        let log = FaultyLog::over(log);
        let model =
            ReadModel::start(&dir.path().join("model"), log.clone(), ReadModelOptions::default()).await.unwrap();
        let vault_url = VaultUrl::Sqlite(dir.path().join("vault.sqlite"));
        let vault = Vault::open(&vault_url, MasterKey::generate()).await.unwrap();
        let storage = Storage::open(blobs, storage).unwrap();
        let mut settings = Settings {
            password_hashing: PasswordHashing { memory_kib: 64, iterations: 1, at_once: 4 },
            ..Settings::default()
        };
        let mut options = GatewayOptions::default();
        change(&mut options, &mut settings);
        let app = App::builder(log.clone(), vault, storage, model).settings(settings).build();
        let gateway = Gateway::new(app.clone(), options);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(gateway.clone().serve(listener, async {
            let _ = stopped.await;
        }));
        let client = Client::builder().timeout(PATIENCE).build().unwrap();
        let (stop, serving) = (Some(stop), Some(serving));
        Self { url, app, gateway, log, client, dir, policies: None, stop, serving }
    }

    /// Fieldlog acts by itself from now on: revisions are staged, jobs requested.
    pub async fn start_policies(&mut self) {
        self.policies = Some(Policies::start(&self.app, &self.dir.path().join("policies")).await.unwrap());
    }

    /// Asks the server to stop; ready when it has.
    pub fn stop(&mut self) -> JoinHandle<()> {
        self.stop.take().unwrap().send(()).unwrap();
        self.serving.take().unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    pub async fn register(&self, name: &str, is_admin: bool) {
        let create = CreateAccount {
            command_id: None,
            name: name.into(),
            email: format!("{name}@example.com"),
            password: Password::new(PASSWORD),
            first_name: "Ana".into(),
            last_name: "Ng".into(),
            is_admin,
        };
        let done = create_account(&self.app, &Viewer::operator(), create).await.unwrap();
        self.app.wait_for(done.receipt, PATIENCE).await.unwrap();
    }

    /// Somebody who is registered and logged in.
    pub async fn person(&self, name: &str) -> Person {
        self.register(name, false).await;
        self.log_in(name).await
    }

    pub async fn admin(&self, name: &str) -> Person {
        self.register(name, true).await;
        self.log_in(name).await
    }

    pub async fn log_in(&self, name: &str) -> Person {
        let query =
            "mutation($login: String!, $password: String!) { logIn(input: {login: $login, password: $password}) {
            __typename ... on LoggedIn { token account { id } } ... on Refusal { message } } }";
        let answer = self.graphql(None, query, json!({ "login": name, "password": PASSWORD })).await;
        let logged_in = &answer["data"]["logIn"];
        assert_eq!(logged_in["__typename"], "LoggedIn", "{answer}");
        Person { token: text(&logged_in["token"]), account: text(&logged_in["account"]["id"]) }
    }

    pub async fn graphql(&self, who: Option<&Person>, query: &str, variables: Value) -> Value {
        let response = self.post_graphql(who, json!({ "query": query, "variables": variables })).await;
        response.json().await.unwrap()
    }

    pub async fn post_graphql(&self, who: Option<&Person>, body: Value) -> Response {
        let mut request = self.client.post(self.url("/graphql")).json(&body);
        if let Some(person) = who {
            request = request.bearer_auth(&person.token);
        }
        request.send().await.unwrap()
    }

    /// The data of an answer without errors.
    pub async fn data(&self, who: &Person, query: &str, variables: Value) -> Value {
        let answer = self.graphql(Some(who), query, variables).await;
        assert!(answer.get("errors").is_none(), "{answer:#}");
        answer["data"].clone()
    }

    /// A project; its UUID.
    pub async fn project(&self, owner: &Person, name: &str) -> String {
        let create = "mutation($name: String!) { createProject(input: {name: $name, description: \"Bees\"}) {
            __typename ... on ProjectCreated { project { uuid } } ... on Refusal { message } } }";
        let data = self.data(owner, create, json!({ "name": name })).await;
        assert_eq!(data["createProject"]["__typename"], "ProjectCreated", "{data:#}");
        text(&data["createProject"]["project"]["uuid"])
    }

    pub async fn make_public(&self, owner: &Person, project: &str) {
        let set = "mutation($id: ID!) { setVisibility(input: {project: $id, visibility: PUBLIC}) { __typename } }";
        let data = self.data(owner, set, json!({ "id": project })).await;
        assert_eq!(data["setVisibility"]["__typename"], "VisibilitySet");
    }

    pub async fn add_collaborator(&self, owner: &Person, project: &str, name: &str, role: &str) {
        let add = "mutation($id: ID!, $name: String!, $role: Role!) {
            addCollaborator(input: {project: $id, collaborator: {personName: $name}, role: $role}) {
                __typename ... on Refusal { message } } }";
        let data = self.data(owner, add, json!({ "id": project, "name": name, "role": role })).await;
        assert_eq!(data["addCollaborator"]["__typename"], "CollaboratorAdded", "{data:#}");
    }

    pub fn put(&self, who: &Person, project: &str, path: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.client.put(self.url(&format!("/files/{project}/{path}"))).bearer_auth(&who.token).body(body)
    }

    pub async fn upload(&self, who: &Person, project: &str, path: &str, body: impl Into<reqwest::Body>) -> Value {
        let response = self.put(who, project, path, body).send().await.unwrap();
        assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
        response.json().await.unwrap()
    }

    /// What `/metrics` says now, whether the server still takes connections or not; 0 when it says nothing of it.
    pub async fn metric(&self, name: &str) -> usize {
        let request = Request::get("/metrics").body(Body::empty()).unwrap();
        let answer = self.gateway.router().oneshot(request).await.unwrap();
        let page = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let page = String::from_utf8(page.to_vec()).unwrap();
        let value = page.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        value.unwrap_or(0)
    }

    pub async fn position(&self) -> String {
        let head = self.app.log().head().await.unwrap();
        self.app.model().wait_until(head, PATIENCE).await.unwrap();
        head.to_string()
    }
}

/// The error of an answer: status, code and message.
pub async fn problem(response: Response) -> (u16, String, String) {
    let status = response.status().as_u16();
    assert!(response.content_length().is_some(), "an error has a Content-Length");
    assert!(response.headers().get("www-authenticate").is_none());
    let body: Value = response.json().await.unwrap();
    (status, text(&body["code"]), text(&body["message"]))
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("expected a text, found {value}")).to_owned()
}

/// Waits for something to become true.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut check: impl FnMut() -> F) {
    let deadline = Instant::now() + PATIENCE;
    while !check().await {
        assert!(Instant::now() < deadline, "{what} did not come true within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
