//! Subscriptions as server-sent events, and that they resume without a gap or a duplicate.

use fieldlog_commands::live_lines::tell_lines;
use futures::StreamExt;
use serde_json::{Value, json};

use crate::jobs::{first_job, work};
use crate::server::{PATIENCE, Person, Server, problem, text};

/// One event of a stream.
#[derive(Debug)]
pub struct Event {
    pub name: String,
    pub id: Option<String>,
    pub data: Value,
}

/// An open stream.
pub struct Events {
    body: futures::stream::BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    rest: String,
}

impl Events {
    pub async fn open(server: &Server, who: &Person, query: &str, last: Option<&str>) -> Self {
        let client = reqwest::Client::new();
        let mut request =
            client.post(server.url("/graphql/stream")).bearer_auth(&who.token).header("accept", "text/event-stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.json(&json!({ "query": query })).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.bytes_stream().boxed(), rest: String::new() }
    }

    /// The next event; none at the end.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.rest.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.rest = rest;
                let field = |name: &str| {
                    block.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
                };
                let Some(name) = field("event:") else { continue };
                let data = field("data:")
                    .filter(|data| !data.is_empty())
                    .map_or(Value::Null, |data| serde_json::from_str(&data).unwrap());
                return Some(Event { name, id: field("id:"), data });
            }
            let piece = tokio::time::timeout(PATIENCE, self.body.next()).await.expect("an event in time")?;
            self.rest.push_str(std::str::from_utf8(&piece.ok()?).unwrap());
        }
    }
}

#[tokio::test]
async fn the_feed_catches_up_goes_on_live_and_resumes() {
    let server = Server::start().await;
    let (root, ana) = (server.admin("root").await, server.person("ana").await);
    let id = server.project(&ana, "bees").await;
    let query = format!(
        "subscription {{ events(after: \"0\", resource: \"{id}\", types: [\"resource_registered\",
        \"visibility_changed\", \"file_version_added\"]) {{ position type payload }} }}"
    );
    let mut events = Events::open(&server, &root, &query, None).await;
    let first = events.next().await.unwrap();
    assert_eq!((first.name.as_str(), &first.data["data"]["events"]["type"]), ("next", &json!("resource_registered")));
    assert_eq!(first.id, Some(text(&first.data["data"]["events"]["position"])));
    assert!(first.data["extensions"]["position"].is_string());
    server.make_public(&ana, &id).await;
    let second = events.next().await.unwrap();
    assert_eq!(second.data["data"]["events"]["type"], "visibility_changed");
    drop(events);

    // While nobody listens, and while somebody comes back, writing goes on.
    let mut expected = Vec::new();
    let writer = async {
        for n in 0..20 {
            server.upload(&ana, &id, &format!("{n}.txt"), "x").await;
        }
    };
    let reader = async {
        let mut events = Events::open(&server, &root, &query, second.id.as_deref()).await;
        for _ in 0..20 {
            let event = events.next().await.unwrap();
            expected.push(text(&event.data["data"]["events"]["payload"]["path"]));
        }
    };
    tokio::join!(writer, reader);
    assert_eq!(expected, (0..20).map(|n| format!("{n}.txt")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stream_ends_for_whoever_may_no_longer_see_it() {
    let server = Server::start().await;
    let (ana, bob) = (server.person("ana").await, server.person("bob").await);
    let id = server.project(&ana, "bees").await;
    server.add_collaborator(&ana, &id, "bob", "READER").await;
    let query = format!("subscription {{ events(resource: \"{id}\") {{ type }} }}");
    let mut events = Events::open(&server, &bob, &query, None).await;
    server.upload(&ana, &id, "a.txt", "x").await;
    assert_eq!(events.next().await.unwrap().data["data"]["events"]["type"], "file_version_added");
    let remove = "mutation($id: ID!) { removeCollaborator(input: {project: $id, collaborator: {personName: \"bob\"}}) { __typename } }";
    server.data(&ana, remove, json!({ "id": id })).await;
    let refused = events.next().await.unwrap();
    assert_eq!(refused.data["errors"][0]["extensions"]["code"], "NOT_FOUND", "{refused:?}");
    assert_eq!(events.next().await.unwrap().name, "complete");
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn a_stream_ends_when_its_session_does() {
    let server = Server::with(|options, _| options.streams.keep_alive = std::time::Duration::from_millis(50)).await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    let query = format!("subscription {{ events(resource: \"{id}\") {{ type }} }}");
    let mut events = Events::open(&server, &ana, &query, None).await;
    server.data(&ana, "mutation { logOut { __typename } }", json!({})).await;
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn a_job_is_followed_from_request_to_end_with_every_line() {
    let mut server = Server::start().await;
    server.start_policies().await;
    let ana = server.person("ana").await;
    let project = server.project(&ana, "bees").await;
    server.upload(&ana, &project, "bees.qgs", "<qgis/>").await;
    let job = first_job(&server, &ana, &project).await;
    let states = format!("subscription {{ jobChanged(id: \"{job}\") {{ state job {{ attempt }} }} }}");
    let mut states = Events::open(&server, &ana, &states, None).await;
    assert_eq!(states.next().await.unwrap().data["data"]["jobChanged"]["state"], "REQUESTED");
    let query = format!("subscription {{ jobLog(id: \"{job}\") {{ number text }} }}");
    let mut lines = Events::open(&server, &ana, &query, None).await;
    work(&server, &job, &["one", "two", "three"]).await;

    let (mut seen, mut last) = (Vec::new(), None);
    while let Some(event) = states.next().await.filter(|event| event.name == "next") {
        last = last.or(event.id);
        seen.push(text(&event.data["data"]["jobChanged"]["state"]));
    }
    assert_eq!(seen, ["CLAIMED", "STARTED", "FINISHED"]);
    let again = format!("subscription {{ jobChanged(id: \"{job}\") {{ state }} }}");
    let mut resumed = Events::open(&server, &ana, &again, last.as_deref()).await;
    assert_eq!(resumed.next().await.unwrap().data["data"]["jobChanged"]["state"], "STARTED");

    let mut texts = Vec::new();
    while let Some(event) = lines.next().await.filter(|event| event.name == "next") {
        texts.push(text(&event.data["data"]["jobLog"]["text"]));
    }
    assert_eq!(texts, ["one", "two", "three"]);
    let mut rest = Events::open(&server, &ana, &query, Some("2")).await;
    let line = rest.next().await.unwrap();
    assert_eq!((line.id.as_deref(), &line.data["data"]["jobLog"]["text"]), (Some("3"), &json!("three")));
    assert_eq!(rest.next().await.unwrap().name, "complete");
}

#[tokio::test]
async fn how_far_a_worker_elsewhere_is_can_be_seen_and_followed() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let project = server.project(&ana, "bees").await;
    server.upload(&ana, &project, "bees.qgs", "<qgis/>").await;
    let request = "mutation($id: ID!) { requestJob(input: {resource: $id}) { ... on JobRequested { job { uuid progress { step } } } } }";
    let requested = server.data(&ana, request, json!({ "id": project })).await["requestJob"]["job"].clone();
    let job = text(&requested["uuid"]);
    assert_eq!(requested["progress"], json!(null));
    let query =
        format!("subscription {{ jobChanged(id: \"{job}\") {{ state job {{ progress {{ step percent }} }} }} }}");
    let mut changes = Events::open(&server, &ana, &query, None).await;
    let mut next = async || changes.next().await.unwrap().data["data"]["jobChanged"].clone();
    assert_eq!(next().await["state"], "REQUESTED");
    let attempt = crate::jobs::start_elsewhere(&server, &job).await;
    assert_eq!([next().await["state"].clone(), next().await["state"].clone()], ["CLAIMED", "STARTED"]);
    for (step, percent) in [("Open", None), ("Convert layers", Some(0)), ("Convert layers", Some(60))] {
        crate::jobs::report(&server, &job, attempt, step, percent).await;
        let change = next().await;
        let progress = json!({ "step": step, "percent": percent });
        assert_eq!((&change["state"], &change["job"]["progress"]), (&json!("STARTED"), &progress));
        let asked =
            server.data(&ana, "query($id: ID!) { job(id: $id) { progress { step percent } } }", json!({ "id": job }));
        assert_eq!(asked.await["job"]["progress"], progress);
    }
    crate::jobs::finish_elsewhere(&server, &job, attempt, "done").await;
    let change = next().await;
    assert_eq!((&change["state"], &change["job"]["progress"]), (&json!("FINISHED"), &json!(null)));
}

#[tokio::test]
async fn lines_that_a_worker_elsewhere_tells_come_while_the_job_runs_and_the_rest_when_it_is_over() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let project = server.project(&ana, "bees").await;
    server.upload(&ana, &project, "bees.qgs", "<qgis/>").await;
    let request = "mutation($id: ID!) { requestJob(input: {resource: $id}) { ... on JobRequested { job { uuid } } } }";
    let job = text(&server.data(&ana, request, json!({ "id": project })).await["requestJob"]["job"]["uuid"]);
    let query = format!("subscription {{ jobLog(id: \"{job}\") {{ number attempt text }} }}");
    let mut lines = Events::open(&server, &ana, &query, None).await;
    let attempt = crate::jobs::start_elsewhere(&server, &job).await;
    let tell = async |first, lines: &[&str]| {
        let lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
        tell_lines(server.app.storage(), (job.parse().unwrap(), attempt), first, &lines).await.unwrap();
    };
    let told = async |lines: &mut Events| lines.next().await.unwrap().data["data"]["jobLog"].clone();
    tell(1, &["one", ""]).await;
    assert_eq!(told(&mut lines).await, json!({ "number": 1, "attempt": 1, "text": "one" }));
    assert_eq!(told(&mut lines).await["text"], "");
    tell(3, &["three"]).await;
    assert_eq!(told(&mut lines).await["text"], "three");
    crate::jobs::finish_elsewhere(&server, &job, attempt, "one\n\nthree\nfour\nfive\n").await;
    assert_eq!(told(&mut lines).await, json!({ "number": 4, "attempt": 1, "text": "four" }));
    assert_eq!(told(&mut lines).await["number"], 5);
    assert_eq!(lines.next().await.unwrap().name, "complete");
    // Who lost the connection goes on after the last line, whatever is left of the notes.
    let mut resumed = Events::open(&server, &ana, &query, Some("2")).await;
    assert_eq!(told(&mut resumed).await["text"], "three");
    assert_eq!(told(&mut resumed).await["text"], "four");
}

#[tokio::test]
async fn lines_of_a_worker_elsewhere_that_tells_nothing_come_when_the_job_is_over() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let project = server.project(&ana, "bees").await;
    server.upload(&ana, &project, "bees.qgs", "<qgis/>").await;
    let request = "mutation($id: ID!) { requestJob(input: {resource: $id}) { ... on JobRequested { job { uuid } } } }";
    let job = text(&server.data(&ana, request, json!({ "id": project })).await["requestJob"]["job"]["uuid"]);
    let query = format!("subscription {{ jobLog(id: \"{job}\", fromLine: 2) {{ number text }} }}");
    let mut lines = Events::open(&server, &ana, &query, None).await;
    crate::jobs::work_elsewhere(&server, &job, "one\ntwo\nthree").await;
    let line = lines.next().await.unwrap();
    assert_eq!(line.data["data"]["jobLog"], json!({ "number": 2, "text": "two" }));
    assert_eq!(lines.next().await.unwrap().data["data"]["jobLog"]["text"], "three");
    assert_eq!(lines.next().await.unwrap().name, "complete");
}

#[tokio::test]
async fn queries_have_one_answer_and_requests_that_make_no_sense_none() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let mut events = Events::open(&server, &ana, "{ viewer { name } }", None).await;
    assert_eq!(events.next().await.unwrap().data["data"]["viewer"]["name"], "ana");
    assert_eq!(events.next().await.unwrap().name, "complete");
    let get = server.get("/graphql/stream").query(&[("query", "{ nothing }")]).header("accept", "text/event-stream");
    let body = get.send().await.unwrap().text().await.unwrap();
    assert!(body.contains("GRAPHQL_VALIDATION_FAILED") && body.contains("event: complete"), "{body}");
    let json = server.get("/graphql/stream").query(&[("query", "{ position }")]).send().await.unwrap();
    assert_eq!(problem(json).await.0, 406);
    let answer = server.graphql(Some(&ana), "subscription { events { type } }", json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "SUBSCRIPTION_NEEDS_A_STREAM");
    let hidden = format!("subscription {{ events(resource: \"{}\") {{ type }} }}", uuid::Uuid::new_v4());
    let mut events = Events::open(&server, &ana, &hidden, None).await;
    assert_eq!(events.next().await.unwrap().data["errors"][0]["extensions"]["code"], "NOT_FOUND");
}
