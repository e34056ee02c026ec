//! `fieldlog jobs`: jobs seen, followed and stopped from the server's own machine. The worker is played by the test.

use std::process::Stdio;

use fieldlog_domain::JobId;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout};
use uuid::Uuid;

use crate::support::by_hand::ByHand;
use crate::support::client::Client;
use crate::support::fieldlog::{Fieldlog, Server, said};
use crate::support::wait::{SHORT, until};

/// A server without an engine, a project with a job that waits, and a worker that does what it is told.
struct Scene {
    fieldlog: Fieldlog,
    _server: Server,
    ana: Client,
    project: String,
    worker: ByHand,
}

impl Scene {
    async fn set() -> Self {
        let fieldlog = Fieldlog::new().without_docker();
        let server = fieldlog.serve().await;
        let ana = server.client().register("ana").await;
        let project = ana.create_project("river").await;
        let worker = ByHand::beside(&fieldlog).await;
        Self { fieldlog, _server: server, ana, project, worker }
    }

    /// A job that waits, newer than all others.
    async fn new_job(&self) -> JobId {
        let before = self.newest().await;
        self.ana.upload(&self.project, "river.qgs", format!("<qgis id='{}'/>", Uuid::new_v4())).await;
        until("a job is requested", SHORT, async || self.newest().await.filter(|job| before != Some(*job))).await
    }

    async fn newest(&self) -> Option<JobId> {
        let fields = "jobs(first: 1) { nodes { uuid } }";
        let job = self.ana.project(&self.project, fields).await["jobs"]["nodes"][0]["uuid"].clone();
        job.as_str().map(|job| job.parse().unwrap())
    }

    fn watch(&self, arguments: &[&str]) -> Watching {
        let mut command = self.fieldlog.command([&["jobs", "watch"], arguments].concat());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Watching { child, lines }
    }

    async fn refused(&self, arguments: &[&str], words: &[&str]) {
        let output = self.fieldlog.run([&["jobs"], arguments].concat()).await;
        let text = said(&output);
        assert!(!output.status.success(), "{arguments:?}: {text}");
        assert!(words.iter().all(|word| text.contains(word)), "expected {words:?} about {arguments:?}, found: {text}");
    }
}

/// `fieldlog jobs watch`, under way.
struct Watching {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watching {
    /// Reads on until a line says this.
    async fn says(&mut self, words: &str) -> String {
        let mut seen = vec![];
        let found = tokio::time::timeout(SHORT, async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                if line.contains(words) {
                    return Some(line);
                }
                seen.push(line);
            }
            None
        });
        let found = found.await.ok().flatten();
        found.unwrap_or_else(|| panic!("expected a line with {words:?}, found {seen:#?}"))
    }

    /// The rest of what it says, and its exit code.
    async fn ends(mut self) -> (Vec<String>, Option<i32>) {
        let mut rest = vec![];
        while let Some(line) = tokio::time::timeout(SHORT, self.lines.next_line()).await.unwrap().unwrap() {
            rest.push(line);
        }
        (rest, self.child.wait().await.unwrap().code())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_watched_through_a_retry_to_its_end_and_shown_afterwards() {
    let scene = Scene::set().await;
    let (job, worker) = (scene.new_job().await, &scene.worker);
    let id = job.to_string();
    let mut watching = scene.watch(&[&id, "--output"]);
    let line = watching.says("waits for a worker").await;
    assert!(line.contains(&id) && line.contains("ana/river process_project_file"), "{line}");
    let attempt = worker.start(job).await;
    watching.says("runs").await;
    worker.report(job, attempt, "Start QGIS Application", None).await;
    watching.says("Start QGIS Application").await;
    worker.report(job, attempt, "Project details", Some(40)).await;
    watching.says("Project details, 40 %").await;
    let shown = scene.fieldlog.say(["jobs", "show", &id]).await;
    assert!(shown.contains("started: Project details, 40 %") && shown.contains("by hand"), "{shown}");
    worker.retry(job, attempt, "the disk is full").await;
    watching.says("attempt 1 of 5 came to nothing: the disk is full").await;
    let attempt = worker.start(job).await;
    watching.says("runs, attempt 2 of 5").await;
    worker.finish(job, attempt, "opening river.qgs\nall is well\n").await;
    watching.says("finished after").await;
    let (rest, code) = watching.ends().await;
    assert_eq!((rest, code), (vec!["opening river.qgs".to_owned(), "all is well".to_owned()], Some(0)));

    let shown = scene.fieldlog.say(["jobs", "show", &id, "--output"]).await;
    for expected in ["ana/river", "finished", "attempt 1: the disk is full", "2 of 5", "exit code     0", "all is well"]
    {
        assert!(shown.contains(expected), "expected {expected:?}, found: {shown}");
    }
    let shown: Value = serde_json::from_str(&scene.fieldlog.say(["jobs", "show", &id, "--json"]).await).unwrap();
    assert_eq!((&shown["state"], &shown["setbacks"][0]["reason"]), (&"finished".into(), &"the disk is full".into()));
    let (seen, code) = scene.watch(&[&id]).ends().await;
    assert_eq!((seen.len(), code), (2, Some(0)), "the setback and the end: {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_job_that_fails_or_is_cancelled_fails_the_command() {
    let scene = Scene::set().await;
    let (job, worker) = (scene.new_job().await, &scene.worker);
    let mut watching = scene.watch(&[&job.to_string()]);
    let attempt = worker.start(job).await;
    watching.says("runs").await;
    worker.fail(job, attempt, "no such layer \u{1b}[2J", "Project details").await;
    let line = watching.says("failed after").await;
    assert!(
        line.contains("no such layer") && line.contains("(at Project details)") && !line.contains('\u{1b}'),
        "{line}"
    );
    assert_eq!(watching.ends().await.1, Some(1));
    scene.refused(&["cancel", &job.to_string()], &["cannot be cancelled", "failed already"]).await;

    let job = scene.new_job().await;
    let mut watching = scene.watch(&[&job.to_string()]);
    watching.says("waits for a worker").await;
    let cancelled = scene.fieldlog.say(["jobs", "cancel", &job.to_string()]).await;
    assert_eq!(cancelled, format!("cancelled job {job}\n"));
    watching.says("cancelled").await;
    assert_eq!(watching.ends().await.1, Some(1));
    let again = scene.fieldlog.say(["jobs", "cancel", &job.to_string()]).await;
    assert_eq!(again, format!("job {job} was cancelled already\n"));
    let events = scene.fieldlog.say(["events", "--type", "job_cancelled"]).await;
    assert!(events.lines().count() == 1 && events.contains("operator"), "{events}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_jobs_are_watched_until_ctrl_c() {
    let scene = Scene::set().await;
    let (first, worker) = (scene.new_job().await, &scene.worker);
    let (mut all, mut of_project) = (scene.watch(&[]), scene.watch(&["--project", "ana/river"]));
    for watching in [&mut all, &mut of_project] {
        assert!(watching.says("waits for a worker").await.contains(&first.to_string()));
    }
    let attempt = worker.start(first).await;
    worker.finish(first, attempt, "").await;
    let second = scene.new_job().await;
    worker.start(second).await;
    for watching in [&mut all, &mut of_project] {
        assert!(watching.says("finished after").await.contains(&first.to_string()));
        assert!(watching.says("runs").await.contains(&second.to_string()));
    }
    for watching in [all, of_project] {
        let pid = watching.child.id().unwrap().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        assert_eq!(watching.ends().await.1, Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_listed_newest_first_by_project_and_state() {
    let scene = Scene::set().await;
    let nothing = scene.fieldlog.say(["jobs", "list"]).await;
    assert_eq!(nothing, "");
    let (done, worker) = (scene.new_job().await, &scene.worker);
    let attempt = worker.start(done).await;
    worker.finish(done, attempt, "").await;
    let runs = scene.new_job().await;
    let attempt = worker.start(runs).await;
    worker.report(runs, attempt, "Project details", Some(40)).await;

    let listed = async |more: &[&str]| {
        let text = scene.fieldlog.say([&["jobs", "list", "--json"], more].concat()).await;
        let ids = text.lines().map(|line| {
            let job: Value = serde_json::from_str(line).unwrap();
            assert_eq!(job["project"], "ana/river");
            job["id"].as_str().unwrap().parse::<JobId>().unwrap()
        });
        ids.collect::<Vec<_>>()
    };
    assert_eq!(listed(&[]).await, [runs, done]);
    assert_eq!(listed(&["--limit", "1"]).await, [runs]);
    assert_eq!(listed(&["--state", "finished"]).await, [done]);
    assert_eq!(listed(&["--state", "finished", "--state", "started"]).await, [runs, done]);
    assert_eq!(listed(&["--state", "failed"]).await, []);
    assert_eq!(listed(&["--project", "ANA/river"]).await, [runs, done]);
    assert_eq!(listed(&["--project", &scene.project]).await, [runs, done]);
    scene.ana.create_project("lake").await;
    assert_eq!(listed(&["--project", "ana/lake"]).await, []);
    let text = scene.fieldlog.say(["jobs", "list"]).await;
    let lines: Vec<_> = text.lines().collect();
    assert!(lines.len() == 3 && lines[0].starts_with("ID "), "{text}");
    assert!(lines[1].contains(&runs.to_string()) && lines[1].ends_with("Project details, 40 %"), "{text}");
    assert!(lines[2].contains("finished after"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_and_projects_that_are_not_there_are_named() {
    let scene = Scene::set().await;
    let nothing = Uuid::now_v7().to_string();
    for command in ["show", "watch", "cancel"] {
        scene.refused(&[command, &nothing], &["there is no job", &nothing, "log.sqlite"]).await;
        scene.refused(&[command, "nonsense"], &["nonsense", "ID"]).await;
    }
    for command in ["list", "watch"] {
        scene.refused(&[command, "--project", "ana/sea"], &["there is no project", "ana/sea"]).await;
        scene.refused(&[command, "--project", "bob/river"], &["there is no account", "bob"]).await;
        scene.refused(&[command, "--project", "river"], &["OWNER/NAME", "river"]).await;
    }
    scene.refused(&["list", "--state", "running"], &["running", "started", "cancelled"]).await;
    scene.refused(&["watch", "--output"], &["<ID>"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_log_nothing_is_made() {
    let fieldlog = Fieldlog::new();
    let id = Uuid::now_v7().to_string();
    for arguments in [vec!["list"], vec!["show", &id], vec!["watch"], vec!["watch", &id], vec!["cancel", &id]] {
        let output = fieldlog.run([vec!["jobs"], arguments].concat()).await;
        assert!(!output.status.success() && said(&output).contains("there is no log at"), "{}", said(&output));
        assert!(!fieldlog.data().exists());
    }
}
