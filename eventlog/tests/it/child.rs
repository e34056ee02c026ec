//! Other processes: this test binary started again.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use fieldlog_eventlog::{EventLog, Position, open, subscribe};
use futures::StreamExt;

use crate::build::{event, stream};
use crate::engine::Engine;

const ROLE: &str = "FIELDLOG_TEST_ROLE";
const LOG: &str = "FIELDLOG_TEST_LOG";
const COUNT: &str = "FIELDLOG_TEST_COUNT";
const MARK: &str = "=> ";

/// A process that is gone when the test is.
pub struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

/// Appends `count` times, one to three events each, from four tasks; says each event id once it is acknowledged.
pub fn writer(engine: &Engine, count: usize) -> Process {
    start(engine, "write", count)
}

/// Follows the log from its start until it has seen `count` events; says the id of each.
pub fn reader(engine: &Engine, count: usize) -> Process {
    start(engine, "read", count)
}

fn start(engine: &Engine, role: &str, count: usize) -> Process {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["child::another_process", "--exact", "--ignored", "--nocapture"])
        .env(ROLE, role)
        .env(LOG, engine.address())
        .env(COUNT, count.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    Process { child, lines }
}

impl Process {
    /// The next thing it says; `None` when it has ended.
    pub fn next(&mut self) -> Option<String> {
        self.lines.by_ref().map_while(Result::ok).find_map(|line| Some(line.split_once(MARK)?.1.to_owned()))
    }

    /// Everything it says until it ends well.
    pub fn all(&mut self) -> Vec<String> {
        let said = std::iter::from_fn(|| self.next()).collect();
        assert!(self.child.wait().unwrap().success(), "the other process failed");
        said
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "is what other tests start as another process"]
async fn another_process() {
    let variable =
        |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: this is no test by itself"));
    let log = open(&variable(LOG).parse().unwrap()).await.unwrap();
    let count: usize = variable(COUNT).parse().unwrap();
    match variable(ROLE).as_str() {
        "write" => write(log, count).await,
        "read" => read(log, count).await,
        other => panic!("expected role write or read, found {other}"),
    }
}

async fn write(log: Arc<dyn EventLog>, count: usize) {
    let tasks = (0..4).map(|task| {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            let stream = stream();
            let mut sequence = 0;
            for number in 0..count / 4 {
                let size = 1 + (number + task) % 3;
                let events: Vec<_> = (0..size).map(|_| event(format!(r#"{{"size":{size}}}"#))).collect();
                let ids: Vec<_> = events.iter().map(|event| event.event_id.to_string()).collect();
                sequence = log.append(&stream, sequence, events).await.unwrap().sequence;
                println!("{MARK}{}", ids.join(" "));
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

async fn read(log: Arc<dyn EventLog>, count: usize) {
    let mut pages = Box::pin(subscribe(log, Position::START));
    let mut seen = 0;
    while seen < count {
        let page = tokio::time::timeout(Duration::from_secs(60), pages.next()).await.expect("a page within a minute");
        for event in page.unwrap().unwrap() {
            println!("{MARK}{} {}", event.position, event.event_id);
            seen += 1;
        }
    }
}
