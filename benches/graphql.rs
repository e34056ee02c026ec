//! GraphQL at 16 connections: the gateway's router in this process, the clients in another one, HTTP over loopback with
//! connections kept open, each client asking again as soon as it is answered.
//!
//! Server-side is from the request's head at the router to the whole answer: authentication, parsing, validation, limits,
//! execution, permissions, JSON; not the socket. What the clients see is printed beside it, for comparison: it has the
//! socket in it and the wait for one of the processors that they share with the server.
#![allow(clippy::unwrap_used, missing_docs)]

mod seed;
mod support;

use std::io::Write;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::serve::ListenerExt;
use fieldlog_gateway::{Gateway, GatewayOptions};
use parking_lot::Mutex;
use seed::Seed;
use serde_json::json;
use support::figure::{Figure, thousands};
use support::http::Connection;
use support::latency::{Latencies, ms};
use support::{cloud, disk};
use tokio::net::TcpListener;

/// The address and the question, given to the process of the clients.
const CHILD: &str = "FIELDLOG_BENCH_GRAPHQL";
const CONNECTIONS: u64 = 16;
const WARM_UP: Duration = Duration::from_millis(500);
const DURATION: Duration = Duration::from_secs(3);

const ONE: &str = "query One($id: ID!) { resource(id: $id) { id name description visibility changedAt fileCount owner { name } \
    ... on Project { projectFile readyRevision { id state } } } }";
const FIFTY: &str = "query Mine { resources(first: 50) { edges { cursor node { id name description changedAt owner { name } } } \
    pageInfo { hasNextPage endCursor } } }";

type Times = Arc<Mutex<Vec<Duration>>>;

fn main() {
    if let Ok(question) = std::env::var(CHILD) {
        return clients(&question);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let small = ask_all(Seed::SMALL).await;
    let large = ask_all(Seed::MILLION).await;
    one("GraphQL: one project by id, N = 1,000", &small.one);
    one("GraphQL: one project by id, N = 100,000", &large.one);
    fifty("GraphQL: 50 of 1,000 projects", &small.fifty);
    fifty("GraphQL: 50 of 100,000 projects", &large.fifty);
    let ratio = large.fifty.server.p50().as_secs_f64() / small.fifty.server.p50().as_secs_f64();
    Figure::new("GraphQL: 50 of N is flat", "about 1", format!("{ratio:.2} times"))
        .ratio("100,000 beside 1,000")
        .reached(ratio < 1.3)
        .print();
}

fn one(name: &str, asked: &Asked) {
    asked.figure(name, "p50 < 1 ms").reached(asked.server.p50() < Duration::from_millis(1)).print();
}

fn fifty(name: &str, asked: &Asked) {
    asked.figure(name, "p50 < 5 ms").reached(asked.server.p50() < Duration::from_millis(5)).print();
}

struct Both {
    one: Asked,
    fifty: Asked,
}

struct Asked {
    server: Latencies,
    client: Latencies,
}

impl Asked {
    fn figure(&self, name: &str, target: &str) -> Figure {
        let rate = thousands(self.client.count() as f64 / DURATION.as_secs_f64());
        let server = format!("p50 {}, p99 {}", ms(self.server.p50()), ms(self.server.percentile(99.0)));
        Figure::new(name, target, server).ratio(format!("at {rate}/s, clients see {}", ms(self.client.p50())))
    }
}

async fn ask_all(seed: Seed) -> Both {
    let data = disk::scratch("graphql");
    disk::copy(&seed.folder().await, data.path());
    let app = cloud::open(data.path()).await;
    let head = app.log().head().await.unwrap();
    app.model().wait_until(head, Duration::from_secs(60)).await.unwrap();
    let times = Times::default();
    let router = Gateway::new(app.clone(), GatewayOptions::default()).router();
    let router = router.layer(from_fn_with_state(Arc::clone(&times), timed));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let both = Both {
        one: ask(&format!("{address} one {}", seed.projects), &times).await,
        fifty: ask(&format!("{address} fifty {}", seed.projects), &times).await,
    };
    server.abort();
    app.model().shutdown().await;
    both
}

/// From the head of a request to its whole answer, which is in memory when it is returned.
async fn timed(State(times): State<Times>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let response = next.run(request).await;
    times.lock().push(began.elapsed());
    response
}

async fn ask(question: &str, times: &Times) -> Asked {
    let question = question.to_owned();
    let answered = tokio::task::spawn_blocking(move || {
        Command::new(std::env::current_exe().unwrap()).env(CHILD, question).output().unwrap()
    });
    // What was answered while the clients warmed up does not count.
    tokio::time::sleep(WARM_UP).await;
    times.lock().clear();
    let output = answered.await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen = output
        .stdout
        .chunks_exact(4)
        .map(|bytes| Duration::from_micros(u32::from_le_bytes(bytes.try_into().unwrap()).into()));
    Asked { server: std::mem::take(&mut *times.lock()).into_iter().collect(), client: seen.collect() }
}

/// The process of the clients: writes the times they saw, in microseconds of 4 bytes.
fn clients(question: &str) {
    let [address, kind, projects] = question.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|number| {
            let (address, is_one, projects) = (address.parse().unwrap(), kind == "one", projects.parse().unwrap());
            std::thread::spawn(move || {
                client(Connection::open(address, seed::TOKEN).unwrap(), number, is_one, projects)
            })
        })
        .collect();
    let mut seen = Vec::new();
    for client in clients {
        for time in client.join().unwrap() {
            seen.extend(u32::try_from(time.as_micros()).unwrap().to_le_bytes());
        }
    }
    std::io::stdout().write_all(&seen).unwrap();
}

fn client(mut connection: Connection, number: u64, is_one: bool, projects: u64) -> Vec<Duration> {
    let seed = if projects == Seed::SMALL.projects { Seed::SMALL } else { Seed::MILLION };
    let (began, mut times, mut body) = (Instant::now(), Vec::new(), Vec::new());
    let mut step = number;
    while began.elapsed() < WARM_UP + DURATION {
        // Not the same project twice in a row, and none that is retired.
        step = (step + 7_919) % projects;
        if seed.is_retired(step) {
            continue;
        }
        let question = if is_one {
            json!({ "query": ONE, "variables": { "id": seed.project(step) } })
        } else {
            json!({ "query": FIFTY })
        };
        let question = question.to_string();
        let asked = Instant::now();
        let status = connection.post("/graphql", &question, &mut body).unwrap();
        let time = asked.elapsed();
        if began.elapsed() > WARM_UP {
            times.push(time);
        }
        check(status, &body, is_one);
    }
    times
}

/// An error would be answered fast, too.
fn check(status: u16, body: &[u8], is_one: bool) {
    let text = || String::from_utf8_lossy(body);
    assert_eq!(status, 200, "{}", text());
    let nodes = body.windows(8).filter(|window| window == b"\"owner\":").count();
    assert_eq!(nodes, if is_one { 1 } else { 50 }, "{}", text());
}
