//! What only a disk can do to us.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use fieldlog_storage::{PutError, Storage, StorageError, StorageOptions, StorageUrl};
use futures::{StreamExt, stream};
use tempfile::TempDir;

use crate::bodies::{KIB, MIB, UNLIMITED, content, counted, eventually, in_chunks, nothing_expected};
use crate::places::Place;

/// A file system of a few MiB, so that it can be full.
pub struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None`, loudly, where mounting is not allowed.
    pub fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder.path())
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self(folder));
        }
        eprintln!("SKIPPED: a full disk needs a small tmpfs, and mounting one is not allowed here");
        None
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l"]).arg(self.0.path()).status();
    }
}

fn open(folder: &Path) -> Storage {
    Storage::open(&StorageUrl::File(folder.into()), &StorageOptions::default()).unwrap()
}

fn staged(folder: &Path) -> usize {
    fs::read_dir(folder.join("tmp")).unwrap().count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_and_leaves_nothing_half_written() {
    let Some(disk) = SmallDisk::mount("8m") else { return };
    let storage = open(disk.path());
    for size in [7 * MIB, 20 * MIB] {
        let body = content(1, size);
        let taken = storage.put(in_chunks(&body, 100 * KIB), UNLIMITED, nothing_expected()).await;
        match (size > 8 * MIB, taken) {
            (false, Ok(stored)) => storage.delete(&stored.digest).await.unwrap(),
            (true, Err(error @ PutError::Storage(StorageError::NoSpace { .. }))) => assert!(error.is_retryable()),
            (_, other) => panic!("{size}: {other:?}"),
        }
        assert_eq!(staged(disk.path()), 0);
    }
    // Small content takes another way to the disk.
    fs::write(disk.path().join("ballast"), vec![0; 8 * MIB - 64 * KIB]).unwrap();
    let small = content(2, 300 * KIB);
    let refused = storage.put_bytes(small.clone()).await;
    assert!(matches!(refused, Err(PutError::Storage(StorageError::NoSpace { .. }))), "{refused:?}");
    assert_eq!(staged(disk.path()), 0);
    fs::remove_file(disk.path().join("ballast")).unwrap();
    assert_eq!(storage.put_bytes(small).await.unwrap().size, 300 * KIB as u64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sweeping_takes_dead_uploads_and_spares_living_ones() {
    let place = Place::disk();
    let tmp = place.folder().join("tmp");
    fs::write(tmp.join("dead"), "of a process that is gone").unwrap();
    let (body, asked) = counted(&content(3, 4 * MIB), 64 * KIB);
    let storage = place.storage.clone();
    let living =
        tokio::spawn(async move { storage.put(body.chain(stream::pending()), UNLIMITED, nothing_expected()).await });
    eventually("the upload is under way", || async {
        asked.load(std::sync::atomic::Ordering::Relaxed) == 64 && staged(&place.folder()) == 2
    })
    .await;
    assert_eq!(place.storage.sweep_staging(Duration::from_secs(3600)).await.unwrap(), 0);
    assert_eq!(place.storage.sweep_staging(Duration::ZERO).await.unwrap(), 1);
    assert!(!tmp.join("dead").exists());
    assert_eq!(staged(&place.folder()), 1);
    living.abort();
    eventually("the aborted upload is gone", || async { staged(&place.folder()) == 0 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_materialized_file_is_no_link() {
    let place = Place::disk();
    let digest = place.storage.put_bytes(content(4, 1000)).await.unwrap().digest;
    let target = place.folder().join("../copy");
    place.storage.materialize(&digest, &target).await.unwrap();
    let blob = place.storage.open_blob(&digest, None).await.unwrap().local_path.unwrap();
    assert_eq!(fs::metadata(&blob).unwrap().nlink(), 1);
    assert_ne!(fs::metadata(&blob).unwrap().ino(), fs::metadata(&target).unwrap().ino());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_cut_short_while_it_is_read_is_an_error_not_an_end() {
    let place = Place::disk();
    let digest = place.storage.put_bytes(content(5, 6 * MIB)).await.unwrap().digest;
    let mut reader = place.storage.open_blob(&digest, None).await.unwrap();
    reader.stream.next().await.unwrap().unwrap();
    fs::File::options().write(true).open(reader.local_path.unwrap()).unwrap().set_len(3 * MIB as u64).unwrap();
    let rest: Vec<_> = reader.stream.collect().await;
    assert!(rest.last().unwrap().is_err());
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_at_open() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let url = StorageUrl::File(folder.path().join("file/store"));
    let error = Storage::open(&url, &StorageOptions::default()).unwrap_err();
    assert!(error.to_string().contains("file/store"), "{error}");
}
