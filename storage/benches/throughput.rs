//! Putting and getting large content on disk, beside `cp` and `sha256sum` of the same bytes on the same disk in the same run.
//!
//! `FIELDLOG_BENCH_MIB` sets the size (default 1024), `FIELDLOG_BENCH_DIR` the folder (default: the target's temporary one).
//! The table at the end says medians, ratios and this process's peak memory.
#![allow(missing_docs)]

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::{Criterion, SamplingMode, Throughput, criterion_group};
use fieldlog_domain::Sha256Digest;
use fieldlog_storage::{Expected, PutLimits, Storage, StorageOptions, StorageUrl};
use futures::TryStreamExt;
use futures::stream;
use tokio::runtime::Runtime;

/// What a server reads from a connection at once.
const RECEIVED_AT_ONCE: usize = 64 * 1024;
const ROUNDS: usize = 5;

struct Bench {
    runtime: Runtime,
    folder: tempfile::TempDir,
    storage: Storage,
    source: PathBuf,
    size: u64,
}

impl Bench {
    fn prepare() -> Self {
        let mib: u64 = std::env::var("FIELDLOG_BENCH_MIB").ok().and_then(|mib| mib.parse().ok()).unwrap_or(1024);
        let base = std::env::var_os("FIELDLOG_BENCH_DIR").unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into());
        let folder = tempfile::tempdir_in(base).expect("the bench folder is writable");
        let source = folder.path().join("source");
        let mut file = File::create(&source).expect("the bench folder is writable");
        let mut block = vec![0_u8; 1024 * 1024];
        let mut state = 88_172_645_463_325_252_u64;
        for _ in 0..mib {
            for word in block.chunks_exact_mut(8) {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                word.copy_from_slice(&state.to_le_bytes());
            }
            file.write_all(&block).expect("there is room for the bench");
        }
        file.sync_all().expect("the disk works");
        let url = StorageUrl::File(folder.path().join("store"));
        let storage = Storage::open(&url, &StorageOptions::default()).expect("the bench folder is writable");
        let runtime = Runtime::new().expect("a runtime");
        Self { runtime, folder, storage, source, size: mib * 1024 * 1024 }
    }

    /// One upload, from a source that costs next to nothing beside the network it stands for.
    fn put(&self) -> (Duration, Sha256Digest) {
        let file = File::open(&self.source).expect("the source is there");
        let body = stream::try_unfold(file, |mut file| async move {
            let mut chunk = Vec::with_capacity(RECEIVED_AT_ONCE);
            std::io::Read::read_to_end(&mut std::io::Read::take(&mut file, RECEIVED_AT_ONCE as u64), &mut chunk)?;
            Ok::<_, std::io::Error>((!chunk.is_empty()).then(|| (Bytes::from(chunk), file)))
        });
        let limits = PutLimits { max_bytes: u64::MAX };
        let started = Instant::now();
        let stored =
            self.runtime.block_on(self.storage.put(body, limits, Expected::default())).expect("the upload works");
        let took = started.elapsed();
        assert!(stored.size == self.size && !stored.deduplicated);
        (took, stored.digest)
    }

    fn delete(&self, digest: &Sha256Digest) {
        self.runtime.block_on(self.storage.delete(digest)).expect("the blob can be deleted");
    }

    /// One download into a file: the bytes all pass through this process.
    fn get(&self, digest: &Sha256Digest) -> Duration {
        let target = self.folder.path().join("downloaded");
        let mut file = File::create(&target).expect("there is room");
        let started = Instant::now();
        self.runtime.block_on(async {
            let mut reader = self.storage.open_blob(digest, None).await.expect("the blob is there");
            while let Some(chunk) = reader.stream.try_next().await.expect("the blob can be read") {
                file.write_all(&chunk).expect("there is room");
            }
        });
        let took = started.elapsed();
        fs::remove_file(target).expect("it was just written");
        took
    }

    fn cp(&self) -> Duration {
        let target = self.folder.path().join("copied");
        let took = run(Command::new("cp").arg("--reflink=never").arg(&self.source).arg(&target));
        fs::remove_file(target).expect("it was just copied");
        took
    }

    fn sha256sum(&self) -> Duration {
        run(Command::new("sha256sum").arg(&self.source))
    }
}

fn run(command: &mut Command) -> Duration {
    let started = Instant::now();
    let output = command.output().expect("the program is installed");
    assert!(output.status.success());
    started.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Peak resident memory of this process in MiB.
fn peak_memory() -> u64 {
    let status = fs::read_to_string(Path::new("/proc/self/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.and_then(|line| line.split_whitespace().nth(1)).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default()
        / 1024
}

fn throughput(criterion: &mut Criterion) {
    let bench = Bench::prepare();
    let mut group = criterion.benchmark_group("storage on disk");
    group.sample_size(10).sampling_mode(SamplingMode::Flat).throughput(Throughput::Bytes(bench.size));
    group.bench_function("put", |bencher| {
        bencher.iter_custom(|rounds| {
            (0..rounds)
                .map(|_| {
                    let (took, digest) = bench.put();
                    bench.delete(&digest);
                    took
                })
                .sum()
        });
    });
    let (_, digest) = bench.put();
    group.bench_function("get", |bencher| bencher.iter_custom(|rounds| (0..rounds).map(|_| bench.get(&digest)).sum()));
    group.finish();
}

/// Rounds of everything in turn, so that whatever else the machine does hits all alike.
fn ratios() {
    let bench = Bench::prepare();
    let mut times: [Vec<Duration>; 4] = Default::default();
    for _ in 0..ROUNDS {
        let (put, digest) = bench.put();
        let get = bench.get(&digest);
        bench.delete(&digest);
        for (kind, took) in times.iter_mut().zip([put, get, bench.cp(), bench.sha256sum()]) {
            kind.push(took);
        }
    }
    let [put, get, cp, sha256sum] = times.map(median);
    let mib = bench.size / 1024 / 1024;
    let rate = |took: Duration| mib as f64 / took.as_secs_f64();
    println!("\n{mib} MiB, medians of {ROUNDS} rounds");
    println!(
        "put (hashed, synced)      {:>8.0} MiB/s   {:.2} of cp + sha256sum",
        rate(put),
        (cp + sha256sum).as_secs_f64() / put.as_secs_f64()
    );
    println!("get (through the process) {:>8.0} MiB/s   {:.2} of cp", rate(get), cp.as_secs_f64() / get.as_secs_f64());
    println!("cp                        {:>8.0} MiB/s", rate(cp));
    println!("sha256sum                 {:>8.0} MiB/s", rate(sha256sum));
    println!("peak memory               {:>8} MiB", peak_memory());
}

criterion_group!(benches, throughput);

fn main() {
    ratios();
    if std::env::var_os("FIELDLOG_BENCH_RATIOS_ONLY").is_none() {
        benches();
        Criterion::default().configure_from_args().final_summary();
    }
}
