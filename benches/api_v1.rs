//! The REST API at 16 connections: the gateway's router in this process, the clients in another one, HTTP over loopback with
//! connections kept open, each client asking again as soon as it is answered. Every request has a token, which is checked.
//!
//! Server-side is from the request's head at the router to the whole answer in memory, as in `benches/graphql.rs`; what the
//! clients see is printed beside it. Uploads stand beside as many threads that only write and `fdatasync` files of the same
//! size, answers during log-ins beside the same answers without them, and the memory beside what it was before the whole load
//! came a second time.
#![allow(clippy::unwrap_used, missing_docs)]

mod seed;
mod support;

use std::fs::File;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::serve::ListenerExt;
use fieldlog_commands::account::{Password, RegisterAccount, register_account};
use fieldlog_commands::{App, Viewer};
use fieldlog_domain::shared::ClientType;
use fieldlog_gateway::{Gateway, GatewayOptions, Rate};
use fieldlog_projections::{ListJobs, Page};
use parking_lot::Mutex;
use seed::field;
use serde::{Deserialize, Serialize};
use serde_json::json;
use support::figure::{Figure, percent, thousands};
use support::http::Connection;
use support::latency::{Latencies, ms};
use support::{cloud, disk, memory};
use tokio::net::TcpListener;

/// What another process of this program is there for.
const CHILD: &str = "FIELDLOG_BENCH_API_V1";
const CONNECTIONS: u64 = 16;
const WARM_UP: Duration = Duration::from_millis(500);
const DURATION: Duration = Duration::from_secs(3);
/// Bytes of an upload.
const SIZE: usize = 1_000_000;
/// Uploads per second that have to be reached where the disk allows it.
const UPLOADS: f64 = 200.0;
/// The project that is uploaded to; not the one with the many photos.
const UPLOADED_TO: u64 = 2;
/// How often the whole load comes again before memory is looked at.
const AGAIN: usize = 4;
/// So much more memory the last load may need than the one before: allocators do not find the same place twice.
const FLAT: f64 = 1.05;
const NAME: &str = "newcomer";
const PASSWORD: &str = "gravel, willow and weir";

type Times = Arc<Mutex<Vec<Duration>>>;

fn main() {
    match std::env::var(CHILD).as_deref() {
        Ok("seed") => drop(runtime().block_on(field::folder())),
        Ok(_) => clients(&serde_json::from_reader(std::io::stdin().lock()).unwrap()),
        Err(_) => runtime().block_on(run()),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

async fn run() {
    // Made elsewhere, or its memory would be counted.
    in_another_process("seed", "");
    let data = disk::scratch("api-v1");
    disk::copy(&field::folder().await, data.path());
    let app = cloud::open(data.path()).await;
    let head = app.log().head().await.unwrap();
    app.model().wait_until(head, Duration::from_secs(60)).await.unwrap();
    register(&app).await;
    let questions = questions(&app);
    let server = Server::start(&app).await;

    let idle = memory::resident_mb(std::process::id());
    for question in &questions {
        question.figure(&server.ask(question.connections, &question.work).await).print();
    }
    uploads(&server).await;
    let first = memory::peak_mb(std::process::id());
    let mut peaks = vec![first];
    for _ in 0..AGAIN {
        for question in &questions {
            server.ask(question.connections, &question.work).await;
        }
        server.ask(CONNECTIONS, &upload()).await;
        peaks.push(memory::peak_mb(std::process::id()));
    }
    let told: Vec<_> = peaks.iter().map(|peak| format!("{peak:.0}")).collect();
    let is_flat = peaks[AGAIN] < peaks[AGAIN - 1] * FLAT;
    Figure::new("api_v1: peak memory, the whole load again and again", "flat", format!("{} MB", told.join(", ")))
        .ratio(format!("{idle:.0} MB idle"))
        .reached(is_flat)
        .print();
    log_ins(&server).await;
    app.model().shutdown().await;
}

/// Somebody with a password: the surveyor of the seed has none that anybody knows.
async fn register(app: &App) {
    let input = RegisterAccount {
        command_id: None,
        name: NAME.to_owned(),
        email: "newcomer@example.org".to_owned(),
        password: Password::new(PASSWORD),
        first_name: String::new(),
        last_name: String::new(),
    };
    let done = register_account(app, &Viewer::anonymous(ClientType::Qfield), input).await.unwrap();
    app.wait_for(done.receipt, Duration::from_secs(10)).await.unwrap();
}

/// What clients do again and again.
#[derive(Clone, Serialize, Deserialize)]
enum Work {
    /// Ask for these in turn. Each answer has so many marks: an error would be answered fast, too.
    Ask {
        paths: Vec<String>,
        mark: String,
        marks: usize,
    },
    /// Upload a photo to this folder.
    Upload {
        folder: String,
    },
    LogIn,
}

/// What the process of the clients is told.
#[derive(Serialize, Deserialize)]
struct Told {
    address: SocketAddr,
    connections: u64,
    work: Work,
}

/// What is asked, and how fast it has to be answered, in milliseconds.
struct Question {
    name: &'static str,
    connections: u64,
    work: Work,
    p50: u64,
    p99: Option<u64>,
}

fn questions(app: &App) -> Vec<Question> {
    let (project, job) = (one_project(), one_job(app));
    let (projects, files) = (projects(["/api/v1/projects/".to_owned()].into(), field::PROJECTS), files());
    let small = |name, work| Question { name, connections: CONNECTIONS, work, p50: 5, p99: Some(30) };
    let whole = |name, work| Question { name, connections: CONNECTIONS, work, p50: 40, p99: None };
    let alone = |name, work| Question { name, connections: 1, work, p50: 20, p99: None };
    vec![
        small("api_v1: 50 of 1,000 projects", fifty_projects()),
        small("api_v1: one project", project),
        small("api_v1: one job", job),
        whole("api_v1: all 1,000 projects", projects.clone()),
        alone("api_v1: all 1,000 projects, one connection", projects),
        whole("api_v1: 1,000 files, 3 versions each", files.clone()),
        alone("api_v1: 1,000 files, 3 versions each, one connection", files),
    ]
}

fn fifty_projects() -> Work {
    let path = |page| format!("/api/v1/projects/?limit=50&offset={}", page * 50);
    projects((0..field::PROJECTS / 50).map(path).collect(), 50)
}

fn one_project() -> Work {
    projects((0..field::PROJECTS).map(|number| format!("/api/v1/projects/{}/", field::project(number))).collect(), 1)
}

fn projects(paths: Vec<String>, count: u64) -> Work {
    Work::Ask { paths, mark: "\"can_repackage\":".to_owned(), marks: count as usize }
}

fn one_job(app: &App) -> Work {
    let list = ListJobs { page: Page::first(1_000), ..ListJobs::default() };
    let rows = app.view().jobs(list).unwrap().rows;
    let paths = rows.iter().map(|row| format!("/api/v1/jobs/{}/", row.id)).collect();
    Work::Ask { paths, mark: "\"project_id\":".to_owned(), marks: 1 }
}

fn files() -> Work {
    // The project file has one version.
    let marks = field::PHOTOS * field::VERSIONS + 1;
    let paths = vec![format!("/api/v1/files/{}/", field::with_photos())];
    Work::Ask { paths, mark: "\"version_id\":".to_owned(), marks: marks as usize }
}

fn upload() -> Work {
    Work::Upload { folder: format!("/api/v1/files/{}/DCIM/", field::project(UPLOADED_TO)) }
}

impl Question {
    fn figure(&self, asked: &Asked) -> Figure {
        let target = match self.p99 {
            Some(p99) => format!("p50 < {} ms, p99 < {p99} ms", self.p50),
            None => format!("p50 < {} ms", self.p50),
        };
        let is_p99_reached = self.p99.is_none_or(|p99| asked.p99() < Duration::from_millis(p99));
        asked.figure(self.name, &target).reached(asked.server.p50() < Duration::from_millis(self.p50) && is_p99_reached)
    }
}

struct Asked {
    server: Latencies,
    client: Latencies,
}

impl Asked {
    fn p99(&self) -> Duration {
        self.server.percentile(99.0)
    }

    /// Per second.
    fn rate(&self) -> f64 {
        self.client.count() as f64 / DURATION.as_secs_f64()
    }

    fn figure(&self, name: &str, target: &str) -> Figure {
        let server = format!("p50 {}, p99 {}", ms(self.server.p50()), ms(self.p99()));
        let rate = thousands(self.rate());
        Figure::new(name, target, server).ratio(format!("at {rate}/s, clients see {}", ms(self.client.p50())))
    }
}

async fn uploads(server: &Server) {
    let alone = disk::files_per_second(CONNECTIONS, &random());
    let asked = server.ask(CONNECTIONS, &upload()).await;
    let rate = asked.rate();
    let seen = format!("{}/s, clients see p50 {}", thousands(rate), ms(asked.client.p50()));
    let beside = format!("{} of write + fdatasync alone, {}/s", percent(rate / alone), thousands(alone));
    let figure = Figure::new("api_v1: uploads of 1 MB", "≥ 200 files/s where the disk allows", seen).ratio(beside);
    let figure = if alone >= UPLOADS { figure.reached(rate >= UPLOADS) } else { figure };
    figure.print();
}

async fn log_ins(server: &Server) {
    let page = fifty_projects();
    let without = server.ask(CONNECTIONS, &page).await;
    let (seen, log_ins, ()) =
        tokio::join!(server.clients(CONNECTIONS, &page), server.clients(1, &Work::LogIn), server.warm_up());
    let asked = Asked { server: server.taken(), client: seen };
    let name = "api_v1: 50 of 1,000 projects, while somebody logs in again and again";
    let measured = format!("p50 {}, p99 {}", ms(asked.server.p50()), ms(asked.p99()));
    let rate = |latencies: &Latencies| thousands(latencies.count() as f64 / DURATION.as_secs_f64());
    Figure::new(name, "p99 < 30 ms", measured)
        .ratio(format!("p99 {} without, {} log-ins/s", ms(without.p99()), rate(&log_ins)))
        .reached(asked.p99() < Duration::from_millis(30))
        .print();
    let log_in = format!("clients see p50 {}, p99 {}", ms(log_ins.p50()), ms(log_ins.percentile(99.0)));
    Figure::new("api_v1: a log-in meanwhile", "–", log_in).print();
}

/// The gateway's router in this process, and how long it took for each answer. Log-ins are not among them.
struct Server {
    address: SocketAddr,
    times: Times,
}

impl Server {
    async fn start(app: &App) -> Self {
        // Whoever logs in here does so more often than a person may.
        let log_in_rate = Rate { burst: 1_000_000, per: Duration::from_secs(1) };
        let options = GatewayOptions { log_in_rate, ..GatewayOptions::default() };
        let times = Times::default();
        let router = Gateway::new(app.clone(), options).router();
        let router = router.layer(from_fn_with_state(Arc::clone(&times), timed));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, times }
    }

    async fn ask(&self, connections: u64, work: &Work) -> Asked {
        let (client, ()) = tokio::join!(self.clients(connections, work), self.warm_up());
        Asked { server: self.taken(), client }
    }

    /// What was answered while the clients warmed up does not count.
    async fn warm_up(&self) {
        tokio::time::sleep(WARM_UP).await;
        self.times.lock().clear();
    }

    fn taken(&self) -> Latencies {
        std::mem::take(&mut *self.times.lock()).into_iter().collect()
    }

    /// What clients in a process of their own see.
    async fn clients(&self, connections: u64, work: &Work) -> Latencies {
        let told = Told { address: self.address, connections, work: work.clone() };
        let told = serde_json::to_string(&told).unwrap();
        let seen = tokio::task::spawn_blocking(move || in_another_process("clients", &told)).await.unwrap();
        seen.chunks_exact(4)
            .map(|bytes| Duration::from_micros(u32::from_le_bytes(bytes.try_into().unwrap()).into()))
            .collect()
    }
}

/// From the head of a request to its whole answer, which is in memory when it is returned.
async fn timed(State(times): State<Times>, request: Request, next: Next) -> Response {
    let is_log_in = request.uri().path().starts_with("/api/v1/auth/");
    let began = Instant::now();
    let response = next.run(request).await;
    if !is_log_in {
        times.lock().push(began.elapsed());
    }
    response
}

/// What it writes.
fn in_another_process(part: &str, told: &str) -> Vec<u8> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env(CHILD, part)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(told.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "expected the {part} to end well, see above");
    output.stdout
}

/// The process of the clients: writes the times they saw, in microseconds of 4 bytes.
fn clients(told: &Told) {
    let clients: Vec<Vec<Duration>> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..told.connections).map(|number| scope.spawn(move || client(told, number))).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let mut seen = Vec::new();
    for time in clients.into_iter().flatten() {
        seen.extend(u32::try_from(time.as_micros()).unwrap().to_le_bytes());
    }
    std::io::stdout().write_all(&seen).unwrap();
}

fn client(told: &Told, number: u64) -> Vec<Duration> {
    let connection = Connection::open(told.address, seed::TOKEN).unwrap();
    match &told.work {
        Work::Ask { paths, mark, marks } => ask_again(connection, number, paths, mark, *marks),
        Work::Upload { folder } => upload_again(connection, number, folder),
        Work::LogIn => log_in_again(connection),
    }
}

fn ask_again(mut connection: Connection, number: u64, paths: &[String], mark: &str, marks: usize) -> Vec<Duration> {
    let mut body = Vec::new();
    again(|step, is_warm| {
        // Not the same twice in a row, and not what the others ask for.
        let path = &paths[(number * 61 + step * 7_919) as usize % paths.len()];
        let status = connection.ask(path, &mut body).unwrap();
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        // Looking through a long answer takes time that the server needs.
        if !is_warm {
            let found = body.windows(mark.len()).filter(|window| *window == mark.as_bytes()).count();
            assert_eq!(found, marks, "{mark} in {path}");
        }
    })
}

fn upload_again(mut connection: Connection, number: u64, folder: &str) -> Vec<Duration> {
    let (mut photo, mut body) = (random(), Vec::new());
    again(|step, _| {
        // Other bytes each time, or the storage would find that it has them.
        photo[..8].copy_from_slice(&step.to_le_bytes());
        let path = format!("{folder}site-{number}-{step}.jpg/");
        let status = connection.post_file(&path, &photo, &mut body).unwrap();
        assert_eq!(status, 201, "{path}: {}", String::from_utf8_lossy(&body));
    })
}

fn log_in_again(mut connection: Connection) -> Vec<Duration> {
    let log_in = json!({ "username": NAME, "password": PASSWORD }).to_string();
    let mut body = Vec::new();
    again(|_, _| {
        let status = connection.post("/api/v1/auth/login/", &log_in, &mut body).unwrap();
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    })
}

/// Does it again and again, told how often it did so before and whether the warm-up is over; the times after that.
fn again(mut once: impl FnMut(u64, bool)) -> Vec<Duration> {
    let (start, mut times, mut step) = (Instant::now(), Vec::new(), 0);
    while start.elapsed() < WARM_UP + DURATION {
        let (began, is_warm) = (Instant::now(), start.elapsed() > WARM_UP);
        once(step, is_warm);
        if is_warm {
            times.push(began.elapsed());
        }
        step += 1;
    }
    times
}

fn random() -> Vec<u8> {
    let mut bytes = vec![0; SIZE];
    File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
    bytes
}
