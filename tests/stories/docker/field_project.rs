//! A field project, from the first account to a replay of its past.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::support::client::{Client, PASSWORD};
use crate::support::docker::{self, containers_of, job_directories};
use crate::support::fieldlog::{Fieldlog, said};
use crate::support::sample::{self, Files, walk};
use crate::support::socket::Subscription;
use crate::support::wait::{LONG, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_field_project_goes_from_its_upload_through_qgis_to_a_replay() {
    docker::ready();
    let fieldlog = Fieldlog::new();
    let server = fieldlog.serve().await;
    fieldlog.create_account("ana", PASSWORD).await;
    server.client().reach(last_position(&fieldlog).await).await;
    let ana = server.client().log_in("Ana", PASSWORD).await;

    let mut story = Story::begin(&ana, "river-survey").await;
    story.upload_all(&sample::river_survey()).await;
    let empty = story.moments[0].0;
    let processed = story.follow_job().await;
    story.is_processed(&processed).await;
    story.is_told_as_of(empty).await;
    story.change_files().await;
    story.history_agrees(&fieldlog).await;
    story.replays_exactly(&fieldlog).await;

    if let Some(bees) = sample::bee_farming() {
        let mut story = Story::begin(&ana, "bee-farming").await;
        story.upload_all(&bees).await;
        let processed = story.follow_job().await;
        story.is_processed(&processed).await;
    }

    rebuilds_without_a_pause(&fieldlog, &ana, &story.project).await;
    let doctor = fieldlog.run(["doctor"]).await;
    assert!(doctor.status.success() && said(&doctor).contains("everything is there"), "{}", said(&doctor));
    until("nothing is left of the jobs", LONG, async || {
        (containers_of(&ana, &story.project).await.is_empty() && job_directories(fieldlog.data()).is_empty())
            .then_some(())
    })
    .await;
    assert_eq!(server.stop().await.code(), Some(0));
}

/// One project, and what it held at which position.
struct Story {
    ana: Client,
    project: String,
    files: BTreeMap<String, Vec<u8>>,
    moments: Vec<(u64, BTreeMap<String, Vec<u8>>)>,
    feed: Subscription,
}

impl Story {
    async fn begin(ana: &Client, name: &str) -> Self {
        let project = ana.create_project(name).await;
        let position = ana.position().await;
        let query = "subscription($id: ID!) { events(resource: $id) { position type stream } }";
        let feed = Subscription::start(ana, query, json!({ "id": project })).await;
        let files = BTreeMap::new();
        Self { ana: ana.clone(), project, moments: vec![(position, files.clone())], files, feed }
    }

    async fn upload_all(&mut self, files: &Files) {
        for (path, bytes) in files {
            self.upload(path, bytes.clone()).await;
        }
    }

    async fn upload(&mut self, path: &str, bytes: Vec<u8>) {
        let made = self.ana.upload(&self.project, path, bytes.clone()).await;
        assert_eq!((made["path"].as_str(), made["size"].as_u64()), (Some(path), Some(bytes.len() as u64)));
        assert_eq!(self.ana.download(&self.project, path).await, bytes);
        self.files.insert(path.to_owned(), bytes);
        self.moments.push((made["position"].as_str().unwrap().parse().unwrap(), self.files.clone()));
    }

    /// Sees the job requested in the live feed, and follows it and its log lines until it is over.
    async fn follow_job(&mut self) -> Value {
        let job = loop {
            let event = self.feed.next().await.expect("the feed goes on")["events"].clone();
            if event["type"] == "job_requested" {
                break event["stream"].as_str().unwrap().to_owned();
            }
        };
        let id = json!({ "id": job });
        let log =
            Subscription::start(&self.ana, "subscription($id: ID!) { jobLog(id: $id) { number text } }", id.clone())
                .await;
        let changes =
            Subscription::start(&self.ana, "subscription($id: ID!) { jobChanged(id: $id) { state at } }", id).await;
        let (lines, changes) = tokio::join!(log.rest(), changes.rest());

        let mut states: Vec<_> = changes.iter().map(|change| change["jobChanged"]["state"].as_str().unwrap()).collect();
        assert_eq!(states.last(), Some(&"FINISHED"), "{states:?}");
        // It is told of, too, while it goes on.
        states.dedup();
        let order = ["REQUESTED", "CLAIMED", "STARTED", "FINISHED"];
        assert!(order.ends_with(&states), "expected an end of {order:?}, found {states:?}");
        let numbers: Vec<_> = lines.iter().map(|line| line["jobLog"]["number"].as_u64().unwrap()).collect();
        assert!(!numbers.is_empty(), "a job says what it does");
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());

        let job = self.ana.job_ended(&self.project).await;
        let text = self.ana.get(job["logUrl"].as_str().unwrap()).await.text().await.unwrap();
        let live: Vec<_> = lines.iter().map(|line| line["jobLog"]["text"].as_str().unwrap()).collect();
        assert_eq!(text.lines().collect::<Vec<_>>(), live);
        job
    }

    async fn is_processed(&self, job: &Value) {
        assert_eq!(
            (job["state"].as_str(), job["attempt"].as_u64(), job["exitCode"].as_i64()),
            (Some("FINISHED"), Some(1), Some(0))
        );
        self.ana.revision_is(&self.project, "READY").await;
        let fields = "thumbnailUrl extent { west south east north } details { crs qgisVersion layers { name isValid provider errorSummary } }";
        let project = until("layers, extent and picture are there", LONG, async || {
            let project = self.ana.project(&self.project, fields).await;
            (!project["thumbnailUrl"].is_null() && !project["extent"].is_null()).then_some(project)
        })
        .await;
        let extent = &project["extent"];
        assert!(extent["south"].as_f64() < extent["north"].as_f64(), "{extent}");
        let layers = project["details"]["layers"].as_array().unwrap();
        let own: Vec<_> = layers.iter().filter(|layer| layer["provider"] == "ogr").collect();
        assert!(own.len() >= 2 && own.iter().all(|layer| layer["isValid"] == true), "{layers:?}");

        let picture = self.ana.get(project["thumbnailUrl"].as_str().unwrap()).await;
        assert_eq!(picture.headers()["content-type"], "image/png");
        let picture = picture.bytes().await.unwrap();
        assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n") && picture.len() > 500, "{} bytes", picture.len());
    }

    /// Before anything was uploaded there was nothing, and now there is.
    async fn is_told_as_of(&self, position: u64) {
        let query = "query($id: ID!, $asOf: AsOf) { resource(id: $id, asOf: $asOf) { name files { nodes { path } } ... on Project { details { crs } } } }";
        let at = |as_of: Value| self.ana.graphql(query, json!({ "id": self.project, "asOf": as_of }));
        let (then, now) = (at(json!({ "position": position.to_string() })).await, at(Value::Null).await);
        assert_eq!(then["resource"]["files"]["nodes"], json!([]));
        assert_eq!(then["resource"]["details"], Value::Null);
        assert_eq!(now["resource"]["files"]["nodes"].as_array().unwrap().len(), self.files.len());
        assert!(now["resource"]["details"].is_object());
        let before = at(json!({ "position": "1" })).await;
        assert_eq!(before["resource"], Value::Null);
    }

    /// A second version of one file, a new file, and one file gone.
    async fn change_files(&mut self) {
        self.upload("notes/today.txt", b"low water".to_vec()).await;
        self.upload("notes/today.txt", b"high water".to_vec()).await;
        self.upload("notes/b\u{e4}ume.txt", b"oak, alder".to_vec()).await;
        let input = json!({ "resource": self.project, "path": "notes/today.txt" });
        assert_eq!(self.ana.outcome("deleteFile", input).await, "FileDeleted");
        self.files.remove("notes/today.txt");
        self.moments.push((self.ana.position().await, self.files.clone()));
    }

    /// Feed, history and `fieldlog events` tell the same.
    async fn history_agrees(&self, fieldlog: &Fieldlog) {
        let query = "query($id: ID!) { events(resource: $id, first: 100) { events { position type } }
            resource(id: $id) { history(first: 100) { nodes { position type } } } }";
        let data = self.ana.graphql(query, json!({ "id": self.project })).await;
        let listed = fieldlog.say(["events", "--resource", &self.project, "--json"]).await;
        let listed: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let listed: Vec<Value> = listed
            .iter()
            .map(|event| json!({ "position": text_of(&event["position"]), "type": event["type"] }))
            .collect();
        assert_eq!(data["events"]["events"], json!(listed));
        assert_eq!(data["resource"]["history"]["nodes"], json!(listed));

        let types: Vec<_> = listed.iter().map(|event| event["type"].as_str().unwrap()).collect();
        let way = [
            "resource_registered",
            "file_version_added",
            "revision_staged",
            "job_requested",
            "job_claimed",
            "job_started",
            "job_finished",
            "revision_ready",
            "file_deleted",
        ];
        let places: Vec<_> = way.iter().map(|wanted| types.iter().position(|found| found == wanted)).collect();
        assert!(
            places.is_sorted() && places.iter().all(Option::is_some),
            "expected {way:?} in this order, found {types:?}"
        );
    }

    async fn replays_exactly(&self, fieldlog: &Fieldlog) {
        let last = self.moments.len() - 1;
        for index in [0, 1, last / 2, last - 3, last - 2, last - 1, last] {
            let (position, files) = &self.moments[index];
            let out = fieldlog.path(&format!("replayed-{index}"));
            let at = position.to_string();
            fieldlog.say(["replay", "--resource", &self.project, "--at", &at, "--out", out.to_str().unwrap()]).await;
            assert_eq!(&files_in(&out.join("files")), files, "as of {position}");
            let state: Value = serde_json::from_slice(&std::fs::read(out.join("state.json")).unwrap()).unwrap();
            let paths: Vec<_> =
                state["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
            assert_eq!(paths.len(), files.len(), "{state}");
        }
    }
}

/// Nobody who asks while the read models are built anew is turned away.
async fn rebuilds_without_a_pause(fieldlog: &Fieldlog, ana: &Client, project: &str) {
    let before = ana.project(project, "name fileCount details { layers { name } }").await;
    let is_over = AtomicBool::new(false);
    let ask = async {
        let mut asked = 0;
        while !is_over.load(Ordering::Relaxed) {
            assert_eq!(ana.project(project, "name fileCount details { layers { name } }").await, before);
            asked += 1;
        }
        asked
    };
    let rebuild = async {
        let mut report = String::new();
        for _ in 0..5 {
            report = fieldlog.say(["rebuild"]).await;
        }
        fieldlog.say(["rebuild", "--projection", "resource"]).await;
        is_over.store(true, Ordering::Relaxed);
        report
    };
    let (asked, report) = tokio::join!(ask, rebuild);
    assert!(asked > 5 && report.contains("rebuilt"), "{asked} questions; {report}");
    let renamed = ana.outcome("reviseProject", json!({ "project": project, "description": "after the rebuild" })).await;
    assert_eq!(renamed, "ProjectRevised");
    assert_eq!(ana.project(project, "description").await["description"], "after the rebuild");
}

fn files_in(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    if !folder.exists() {
        return BTreeMap::new();
    }
    let name = |path: &Path| path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
    walk(folder).into_iter().map(|path| (name(&path), std::fs::read(&path).unwrap())).collect()
}

async fn last_position(fieldlog: &Fieldlog) -> u64 {
    let events = fieldlog.say(["events", "--json"]).await;
    let last: Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
    text_of(&last["position"]).parse().unwrap()
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}
