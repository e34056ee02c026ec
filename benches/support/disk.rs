//! Where benchmarks write: one disk, the checkout's. A temporary folder may be in memory, where nothing is durable.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::latency::Latencies;

/// What is kept from run to run; may be removed at any time.
pub fn cache() -> PathBuf {
    let kept = std::env::var_os("FIELDLOG_BENCH_CACHE").map(PathBuf::from);
    let folder = kept.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/bench"));
    std::fs::create_dir_all(&folder).expect("the benchmarks' cache can be made");
    folder
}

/// A folder beside the cache that is gone in the end.
pub fn scratch(name: &str) -> TempDir {
    tempfile::Builder::new().prefix(&format!("run-{name}-")).tempdir_in(cache()).expect("a scratch folder can be made")
}

/// Copies a seed's folder, so that it can be written into.
pub fn copy(from: &Path, to: &Path) {
    let from = format!("{}/.", from.display());
    let copied = std::process::Command::new("cp").arg("-r").arg(from).arg(to).status().expect("cp is there");
    assert!(copied.success(), "the seed could be copied");
}

/// How many new files with this content `threads` threads write and make durable in a second.
pub fn files_per_second(threads: u64, content: &[u8]) -> f64 {
    let folder = scratch("files");
    let (folder, began) = (folder.path(), Instant::now());
    let until = began + Duration::from_secs(3);
    let written: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..threads).map(|thread| scope.spawn(move || write_files(folder, thread, content, until))).collect();
        threads.into_iter().map(|thread| thread.join().expect("the disk takes files")).sum()
    });
    written as f64 / began.elapsed().as_secs_f64()
}

fn write_files(folder: &Path, thread: u64, content: &[u8], until: Instant) -> u64 {
    let mut written = 0;
    while Instant::now() < until {
        let mut file = File::create(folder.join(format!("{thread}-{written}"))).expect("a file can be made");
        file.write_all(content).expect("the file can be written");
        file.sync_data().expect("the file can be made durable");
        written += 1;
    }
    written
}

/// How long the disk takes to make one page durable, again and again in one file.
pub fn fdatasync() -> Latencies {
    const PAGE: usize = 4096;
    let folder = scratch("fdatasync");
    let mut file = File::create(folder.path().join("page")).expect("a file can be made");
    file.write_all(&[0; 64 * PAGE]).expect("the file can be written");
    file.sync_all().expect("the file can be made durable");
    let once = |round: u64| -> Duration {
        file.write_all_at(&[round as u8; PAGE], round % 64 * PAGE as u64).expect("the file can be written");
        let began = Instant::now();
        file.sync_data().expect("the file can be made durable");
        began.elapsed()
    };
    (0..500).map(once).collect()
}
