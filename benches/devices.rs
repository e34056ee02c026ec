//! A field day's end: 100 devices come back to the network within a minute, each with 200 edits and five photos for one project.
//!
//! The real program with its worker, as it comes. Each device is a person's own, with a connection and a token of its own; it
//! pushes its edits in one delta file, as QField does, and then uploads its photos one after another. When it comes is drawn at
//! random, the same in each run. In the end every edit has to be applied, and every photo has to be there as it was sent.
#![allow(clippy::unwrap_used, missing_docs)]

mod seed;
mod support;

use std::fs::File;
use std::io::Read;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use seed::crew;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::containers;
use support::disk;
use support::edits::Edits;
use support::figure::{Figure, thousands};
use support::http::Connection;
use support::jobs::Jobs;
use support::latency::{Latencies, ms};
use support::projects;
use support::server::Server;
use support::survey::{self, Survey};

/// Edits of one device.
const EDITS: u64 = 200;
/// Photos of one device.
const PHOTOS: u64 = 5;
/// Bytes of the smallest photo, and of the largest.
const SIZES: (usize, usize) = (500_000, 1_000_000);
/// The last device comes so long after the first, at most: it has to be done within the minute.
const ARRIVALS: Duration = Duration::from_secs(55);
/// So long after the last push everything has to be applied.
const APPLIED: Duration = Duration::from_secs(30);
const PUSH: &str = "devices: push of 200 edits, 100 devices within a minute";

fn main() {
    if !containers::has_image() {
        return Figure::skipped(PUSH, "p99 < 200 ms", containers::NEEDED);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let data = disk::scratch("devices");
    disk::copy(&crew::folder().await, data.path());
    let survey = Survey::POINTS.folder();
    let server = Server::start(data.path(), &[]);
    let mut jobs = Jobs::follow(server.address, data.path()).await;
    let project = jobs.project("field-day", &survey).await;
    (1..=crew::SIZE).for_each(|number| join(server.address, &project, number));
    jobs.quiet().await;
    containers::until_warm().await;

    let devices: Vec<Device> = (1..=crew::SIZE).map(|number| Device::new(&project, number)).collect();
    let photo = random();
    let began = Instant::now();
    let done: Vec<Done> = std::thread::scope(|scope| {
        let at_work: Vec<_> =
            devices.iter().map(|device| scope.spawn(|| device.work(server.address, &project, &photo, began))).collect();
        at_work.into_iter().map(|device| device.join().unwrap()).collect()
    });
    let sent = began.elapsed();
    let last_push = done.iter().map(|done| done.pushed_at).max().unwrap();
    until_applied(server.address, &project).await;
    let applied = last_push.elapsed();
    jobs.quiet().await;

    let pushes: Latencies = done.iter().map(|done| done.push).collect();
    Figure::new(PUSH, "p99 < 200 ms", seen(&pushes))
        .ratio(format!("all edits and photos sent in {:.1} s", sent.as_secs_f64()))
        .reached(pushes.percentile(99.0) < Duration::from_millis(200) && sent < Duration::from_secs(60))
        .print();
    let uploads: Latencies = done.iter().flat_map(|done| done.uploads.clone()).collect();
    Figure::new("devices: upload of a photo meanwhile", "–", seen(&uploads)).print();
    let (edits, photos) = (crew::SIZE * EDITS, crew::SIZE * PHOTOS);
    let photos_found = devices.iter().map(|device| device.found(server.address, &project, &photo)).sum();
    let found = (applied_edits(server.address, &project), photos_found);
    Figure::new("devices: what was lost", "nothing", format!("{} edits, {} photos", edits - found.0, photos - found.1))
        .ratio(format!("{} edits and {photos} photos sent", thousands(edits as f64)))
        .reached(found == (edits, photos))
        .print();
    check_rows(server.address, &project, &devices);
    let target = format!("< {} s", APPLIED.as_secs());
    Figure::new("devices: last push until everything is applied", target, format!("{:.1} s", applied.as_secs_f64()))
        .ratio(format!("{} jobs, each with a version of the data", jobs.count("apply_deltas")))
        .reached(applied < APPLIED)
        .print();
}

fn seen(times: &Latencies) -> String {
    format!("p50 {}, p99 {}, worst {}", ms(times.p50()), ms(times.percentile(99.0)), ms(times.worst()))
}

/// Makes somebody of the crew an editor of the project.
fn join(address: SocketAddr, project: &str, number: u64) {
    let editor = json!({ "collaborator": crew::name(number), "role": "editor" }).to_string();
    let mut answer = Vec::new();
    let mut surveyor = Connection::open(address, seed::TOKEN).unwrap();
    let status = surveyor.post(&format!("/api/v1/collaborators/{project}/"), &editor, &mut answer).unwrap();
    assert_eq!(status, 201, "{}", String::from_utf8_lossy(&answer));
}

/// A device, and what it brings from the field.
struct Device {
    number: u64,
    arrives: Duration,
    edits: Edits,
}

/// How a device fared.
struct Done {
    push: Duration,
    pushed_at: Instant,
    uploads: Vec<Duration>,
}

impl Device {
    fn new(project: &str, number: u64) -> Self {
        // No two devices edit the same features.
        let edits = Edits::mixed(project, EDITS, number * 2 * EDITS);
        Self { number, arrives: ARRIVALS.mul_f64(drawn(number)), edits }
    }

    fn work(&self, address: SocketAddr, project: &str, photo: &[u8], began: Instant) -> Done {
        std::thread::sleep(self.arrives.saturating_sub(began.elapsed()));
        let mut connection = Connection::open(address, &crew::token(self.number)).unwrap();
        let mut answer = Vec::new();
        let push = Instant::now();
        let path = format!("/api/v1/deltas/{project}/");
        let status = connection.post_file(&path, self.edits.json.as_bytes(), &mut answer).unwrap();
        let (push, pushed_at) = (push.elapsed(), Instant::now());
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
        let mut upload = |place| {
            let (path, content) = (self.path(project, place), self.photo(place, photo));
            let began = Instant::now();
            let status = connection.post_file(&path, &content, &mut answer).unwrap();
            assert_eq!(status, 201, "{path}: {}", String::from_utf8_lossy(&answer));
            began.elapsed()
        };
        Done { push, pushed_at, uploads: (0..PHOTOS).map(&mut upload).collect() }
    }

    /// How many of its photos are there as they were sent.
    fn found(&self, address: SocketAddr, project: &str, photo: &[u8]) -> u64 {
        let mut connection = Connection::open(address, &crew::token(self.number)).unwrap();
        let mut is_there = |place: &u64| {
            let mut answer = Vec::new();
            let status = connection.ask(&self.path(project, *place), &mut answer).unwrap();
            status == 200 && Sha256::digest(&answer) == Sha256::digest(self.photo(*place, photo))
        };
        (0..PHOTOS).filter(|place| is_there(place)).count() as u64
    }

    fn path(&self, project: &str, place: u64) -> String {
        format!("/api/v1/files/{project}/DCIM/device-{}-{place}.jpg/", self.number)
    }

    /// Random bytes, other ones in each photo.
    fn photo(&self, place: u64, random: &[u8]) -> Vec<u8> {
        let number = self.number * PHOTOS + place;
        let size = SIZES.0 + ((SIZES.1 - SIZES.0) as f64 * drawn(number)) as usize;
        let mut photo = random[..size].to_vec();
        photo[..8].copy_from_slice(&number.to_le_bytes());
        photo
    }
}

/// A number from 0 to 1 that looks random: the start of a digest.
fn drawn(number: u64) -> f64 {
    let digest = Sha256::digest(number.to_le_bytes());
    f64::from(u32::from_le_bytes(digest[..4].try_into().unwrap())) / f64::from(u32::MAX)
}

fn random() -> Vec<u8> {
    let mut bytes = vec![0; SIZES.1];
    File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
    bytes
}

/// Until no edit waits.
async fn until_applied(address: SocketAddr, project: &str) {
    let wanted = "... on Project { deltas(first: 1, statuses: [PENDING, STARTED]) { nodes { uuid } } }";
    let under_way = format!("{{ resource(id: \"{project}\") {{ {wanted} }} }}");
    let deadline = Instant::now() + Duration::from_secs(300);
    while projects::graphql(address, &under_way)["data"]["resource"]["deltas"]["nodes"] != json!([]) {
        assert!(Instant::now() < deadline, "expected all edits to be applied within five minutes");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn applied_edits(address: SocketAddr, project: &str) -> u64 {
    let mut answer = Vec::new();
    let mut connection = Connection::open(address, seed::TOKEN).unwrap();
    assert_eq!(connection.ask(&format!("/api/v1/deltas/{project}/"), &mut answer).unwrap(), 200);
    let deltas: Vec<Value> = serde_json::from_slice(&answer).unwrap();
    deltas.iter().filter(|delta| delta["status"] == "STATUS_APPLIED").count() as u64
}

/// The data have all of it, too.
fn check_rows(address: SocketAddr, project: &str, devices: &[Device]) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join(survey::DATA);
    let mut connection = Connection::open(address, seed::TOKEN).unwrap();
    assert_eq!(connection.get(&format!("/api/v1/files/{project}/{}/", survey::DATA), &data).unwrap(), 200);
    let expected = devices.iter().fold(Survey::POINTS.features, |features, device| device.edits.applied_to(features));
    assert_eq!(survey::count(&data), expected);
}
