//! A 1 GB file up and down through the real program, beside `cp` and `sha256sum` on the same disk.
//!
//! Nothing is dropped from the page cache: the file is read once before, for everybody. An upload is durable when it is
//! answered, `cp` leaves its copy in the cache; so an upload is also put beside `cp`, `sync` and `sha256sum`.
#![allow(clippy::unwrap_used, missing_docs)]

mod seed;
mod support;

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use support::figure::{Figure, percent};
use support::http::Connection;
use support::server::Server;
use support::{disk, memory};

const SIZE: u64 = 1_000_000_000;
const ROUNDS: usize = 3;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let seed = seed::Seed::SMALL;
    let data = disk::scratch("transfer");
    let seeded = runtime.block_on(seed.folder());
    disk::copy(&seeded, data.path());
    let server = Server::start(data.path(), &[]);
    let idle = memory::resident_mb(server.pid());
    let path = |round: usize| format!("/files/{}/orthophoto-{round}.tif", seed.project(1));

    let (mut up, mut copied, mut durable) = (Vec::new(), Vec::new(), Vec::new());
    let (mut down, mut copied_only) = (Vec::new(), Vec::new());
    let work = disk::scratch("files");
    for round in 0..ROUNDS {
        // Other bytes each time, or the storage would find that it has them.
        let file = work.path().join("orthophoto.tif");
        write_random(&file);
        let copy = work.path().join("copy.tif");
        copied.push(timed(|| run("cp", &[&file, &copy])) + timed(|| run("sha256sum", &[&copy])));
        std::fs::remove_file(&copy).unwrap();
        durable.push(
            timed(|| run("cp", &[&file, &copy]))
                + timed(|| run("sync", &[&copy]))
                + timed(|| run("sha256sum", &[&copy])),
        );
        std::fs::remove_file(&copy).unwrap();
        up.push(timed(|| {
            let (status, body) = connect(&server).put(&path(round), &file).unwrap();
            assert_eq!(status, 201, "{body}");
        }));
        copied_only.push(timed(|| run("cp", &[&file, &copy])));
        std::fs::remove_file(&copy).unwrap();
        down.push(timed(|| assert_eq!(connect(&server).get(&path(round), &copy).unwrap(), 200)));
        assert_eq!(std::fs::metadata(&copy).unwrap().len(), SIZE);
        run("cmp", &[&file, &copy]);
        std::fs::remove_file(&copy).unwrap();
    }
    let peak = memory::peak_mb(server.pid());
    beside("upload: 1 GB, beside cp + sha256sum", &up, &copied, true);
    beside("upload: 1 GB, beside cp + sync + sha256sum", &up, &durable, false);
    beside("download: 1 GB, beside cp", &down, &copied_only, true);
    Figure::new("transfer: peak memory of the server", "< 100 MB", format!("{peak:.0} MB (idle {idle:.0} MB)"))
        .reached(peak < 100.0)
        .print();
}

fn beside(name: &str, ours: &[Duration], theirs: &[Duration], has_target: bool) {
    let (ours, theirs) = (median(ours), median(theirs));
    let rate = |time: Duration| format!("{:.0} MB/s", SIZE as f64 / 1e6 / time.as_secs_f64());
    let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
    let figure = Figure::new(name, "≥ 60 %", rate(ours)).ratio(format!("{} of {}", percent(ratio), rate(theirs)));
    if has_target { figure.reached(ratio >= 0.6) } else { figure }.print();
}

fn connect(server: &Server) -> Connection {
    Connection::open(server.address, seed::TOKEN).unwrap()
}

fn write_random(path: &Path) {
    let mut source = File::open("/dev/urandom").unwrap().take(SIZE);
    let mut file = File::create(path).unwrap();
    std::io::copy(&mut source, &mut file).unwrap();
    file.flush().unwrap();
    file.sync_all().unwrap();
    std::io::copy(&mut File::open(path).unwrap(), &mut std::io::sink()).unwrap();
}

fn run(program: &str, files: &[&Path]) {
    let output = Command::new(program).args(files).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

fn timed(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}
