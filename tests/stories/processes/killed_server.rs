//! kill -9 in the middle of many uploads and commands: what was acknowledged is there, and nothing is half there.

use std::collections::HashMap;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::client::Client;
use crate::support::fieldlog::Fieldlog;

const ROUNDS: u64 = 3;
const CLIENTS: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_outlives_kill_9_and_commands_sent_again_are_done_once() {
    let fieldlog = Fieldlog::new().without_docker();
    let mut server = fieldlog.serve().await;
    let mut ana = server.client().register("ana").await;
    let project = ana.create_project("river").await;
    let mut told = Told::default();
    for round in 1..=ROUNDS {
        let mut clients = JoinSet::new();
        for number in 0..CLIENTS {
            clients.spawn(work_until_it_dies(ana.clone(), project.clone(), format!("{round}-{number}")));
        }
        // A different moment each round; there is nothing to wait for.
        tokio::time::sleep(Duration::from_millis(700 * round)).await;
        server.kill().await;
        let before = told.acknowledged();
        for done in clients.join_all().await {
            told.add(done);
        }
        assert!(told.acknowledged() > before, "round {round}: nothing was acknowledged");

        server = fieldlog.serve().await;
        ana = ana.at(&server.url());
        told.is_all_there(&ana, &project).await;
        told.is_answered_once(&ana, &project).await;
    }
    told.nothing_is_half_there(&ana, &project).await;
    assert_eq!(server.stop().await.code(), Some(0));
}

/// An upload or a command, under an id of its own, and the answer if there was one.
struct Sent {
    id: Uuid,
    name: String,
    bytes: Option<Vec<u8>>,
    answer: Option<String>,
}

/// Uploads and creates projects in turn, until there is no answer.
async fn work_until_it_dies(ana: Client, project: String, client: String) -> Vec<Sent> {
    let mut all = Vec::new();
    for number in 0.. {
        let bytes =
            (number % 2 == 0).then(|| format!("{client} {number} ").repeat(1 + 700 * (number % 40)).into_bytes());
        let mut sent = Sent { id: Uuid::now_v7(), name: format!("{client}-{number}"), bytes, answer: None };
        sent.answer = sent.send(&ana, &project).await;
        let is_answered = sent.answer.is_some();
        all.push(sent);
        if !is_answered {
            break;
        }
    }
    all
}

impl Sent {
    /// The id of what was made; none when the server died before it said so.
    async fn send(&self, ana: &Client, project: &str) -> Option<String> {
        match &self.bytes {
            Some(bytes) => {
                let request =
                    ana.put(project, &self.name, bytes.clone()).header("idempotency-key", self.id.to_string());
                let response = request.send().await.ok()?;
                let status = response.status();
                let text = response.text().await.ok()?;
                assert_eq!(status, StatusCode::CREATED, "{text}");
                let made: Value = serde_json::from_str(&text).unwrap();
                Some(made["version"].as_str().unwrap().to_owned())
            }
            None => {
                let input = json!({ "name": self.name, "commandId": self.id });
                let answer =
                    ana.try_mutate("createProject", input, "... on ProjectCreated { project { uuid } }").await.ok()?;
                let made = answer["data"]["createProject"]["project"]["uuid"].as_str();
                Some(made.unwrap_or_else(|| panic!("{answer}")).to_owned())
            }
        }
    }
}

#[derive(Default)]
struct Told {
    sent: Vec<Sent>,
    checked: usize,
}

impl Told {
    fn acknowledged(&self) -> usize {
        self.sent.iter().filter(|sent| sent.answer.is_some()).count()
    }

    fn add(&mut self, done: Vec<Sent>) {
        self.sent.extend(done);
    }

    async fn is_all_there(&self, ana: &Client, project: &str) {
        for sent in &self.sent[self.checked..] {
            let Some(id) = &sent.answer else { continue };
            match &sent.bytes {
                Some(bytes) => assert_eq!(&ana.download(project, &sent.name).await, bytes, "{}", sent.name),
                None => assert_eq!(ana.project(id, "name").await["name"], sent.name.as_str()),
            }
        }
    }

    /// Those that were answered get the same answer again, those that were not get one now.
    async fn is_answered_once(&mut self, ana: &Client, project: &str) {
        for sent in &mut self.sent[self.checked..] {
            let again = sent.send(ana, project).await.expect("the server is there");
            assert_eq!(sent.answer.get_or_insert_with(|| again.clone()), &again, "{}", sent.name);
        }
        self.checked = self.sent.len();
    }

    /// What is listed is what was sent, once each, and whole.
    async fn nothing_is_half_there(&self, ana: &Client, project: &str) {
        let files: HashMap<&str, &Sent> =
            self.sent.iter().filter(|sent| sent.bytes.is_some()).map(|sent| (sent.name.as_str(), sent)).collect();
        let listed = all(ana, project, "files", "path versionCount current { uuid }").await;
        assert_eq!(listed.len(), files.len());
        for file in &listed {
            let sent = files[file["path"].as_str().unwrap()];
            assert_eq!(file["versionCount"], 1, "{file}");
            assert_eq!(file["current"]["uuid"].as_str(), sent.answer.as_deref(), "{file}");
            assert_eq!(&ana.download(project, &sent.name).await, sent.bytes.as_ref().unwrap());
        }
        let projects = self.sent.iter().filter(|sent| sent.bytes.is_none());
        for sent in projects {
            let query = "query($name: String!) { project(owner: \"ana\", name: $name) { uuid } }";
            let found = ana.graphql(query, json!({ "name": sent.name })).await;
            assert_eq!(found["project"]["uuid"].as_str(), sent.answer.as_deref(), "{}", sent.name);
        }
        let added = "query($id: ID!, $after: Position) { events(resource: $id, after: $after, types: [\"file_version_added\"], first: 100)
            { end hasMore events { type } } }";
        let (mut after, mut count) = (Value::Null, 0);
        loop {
            let page = ana.graphql(added, json!({ "id": project, "after": after })).await["events"].clone();
            count += page["events"].as_array().unwrap().len();
            after = page["end"].clone();
            if page["hasMore"] == false {
                break;
            }
        }
        assert_eq!(count, files.len());
    }
}

/// Every row of a connection of a project.
async fn all(ana: &Client, project: &str, connection: &str, fields: &str) -> Vec<Value> {
    let query = format!(
        "query($id: ID!, $after: String) {{ resource(id: $id) {{ {connection}(first: 100, after: $after) {{
            nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
    );
    let (mut rows, mut after) = (Vec::new(), Value::Null);
    loop {
        let data = ana.graphql(&query, json!({ "id": project, "after": after })).await;
        let page = &data["resource"][connection];
        rows.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            return rows;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}
