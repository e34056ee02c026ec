//! A process killed with -9 in the middle of puts leaves nothing half.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fieldlog_domain::Sha256Digest;
use fieldlog_storage::{Integrity, Storage, StorageOptions, StorageUrl};
use futures::TryStreamExt;

use crate::bodies::{KIB, MIB, UNLIMITED, content, in_chunks, nothing_expected};
use crate::places::Place;

const FOLDER: &str = "FIELDLOG_STORAGE_CHILD_FOLDER";

/// Puts for ever, four at a time, and says each digest once its put has returned.
#[test]
#[ignore = "the body of a child process"]
fn child_that_puts_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let storage = Storage::open(&StorageUrl::File(folder.into()), &StorageOptions::default()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let putter = |lane: u64| {
        let storage = storage.clone();
        async move {
            for turn in 0_u64.. {
                let size = [10, 200 * KIB, 3 * MIB, 9 * MIB][(turn % 4) as usize];
                let body = content(std::process::id() as u64 * 1_000_000 + lane * 10_000 + turn, size);
                let stored = storage.put(in_chunks(&body, 64 * KIB), UNLIMITED, nothing_expected()).await.unwrap();
                println!("stored {}", stored.digest);
            }
        }
    };
    runtime.block_on(futures::future::join_all((0..4).map(putter)));
}

fn start_child(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::child_that_puts_until_it_is_killed", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills the child once it has said `after` digests; returns all that it said.
fn kill_after(mut child: Child, after: usize) -> Vec<Sha256Digest> {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut stored = Vec::new();
    let mut killed = false;
    while let Some(Ok(line)) = lines.next() {
        stored.extend(line.split("stored ").nth(1).and_then(|digest| digest.parse::<Sha256Digest>().ok()));
        if stored.len() >= after && !killed {
            child.kill().unwrap();
            killed = true;
        }
    }
    child.wait().unwrap();
    assert!(killed, "the child ended by itself after {} puts", stored.len());
    stored
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_whole_and_the_rest_is_invisible() {
    let place = Place::disk();
    let mut acknowledged = Vec::new();
    for round in 0..5 {
        acknowledged.extend(kill_after(start_child(&place.folder()), 5 + 7 * round));
        place.storage.sweep_staging(Duration::ZERO).await.unwrap();
        assert_eq!(place.leftovers().await, Vec::<String>::new());
    }
    for digest in &acknowledged {
        assert!(matches!(place.storage.verify(digest).await.unwrap(), Integrity::Whole { .. }), "{digest}");
    }
    let listed: Vec<_> = place.storage.list().try_collect().await.unwrap();
    assert!(listed.len() >= acknowledged.len());
    for blob in listed {
        assert_eq!(place.storage.verify(&blob.digest).await.unwrap(), Integrity::Whole { size: blob.size });
    }
}
