//! Ends a container that fills the disk: one file of it is bounded by the engine, all of them together are not.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use fieldlog_commands::job::JobInputs;
use tokio::time::sleep;

use super::{Attached, Run};

/// How long a container may fill the disk unseen.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(1);
/// Each file costs something, even an empty one.
const BYTES_A_FILE: u64 = 4_096;

impl Run {
    /// Keeps an eye on the job directory as long as this is waited for, and kills a container whose files take more than they may.
    pub(super) async fn watch_disk(&self, attached: &Attached<'_>) -> Infallible {
        let most = self.ctx.options.limits.disk_bytes.saturating_add(self.bytes_of_inputs().await);
        loop {
            sleep(LOOKED_AT_EVERY).await;
            let root = self.directory.root().to_owned();
            let used = tokio::task::spawn_blocking(move || bytes_in(&root, most).unwrap_or_default()).await;
            if used.unwrap_or_default() > most {
                self.is_overfull.store(true, Ordering::Relaxed);
                if let Err(error) = self.ctx.runtime.kill(&attached.id).await {
                    tracing::warn!(job = %self.job.id, why = self.ctx.engine_trouble(&error), "a container fills the disk and cannot be killed");
                    continue;
                }
                return pending().await;
            }
        }
    }

    async fn bytes_of_inputs(&self) -> u64 {
        let path = self.directory.inputs();
        let read = tokio::task::spawn_blocking(move || JobInputs::from_json(&std::fs::read(path).ok()?).ok());
        let inputs = read.await.ok().flatten().unwrap_or_default();
        inputs.files.iter().map(|file| file.size + BYTES_A_FILE).sum()
    }
}

/// Bytes on the disk of everything in a folder, until there are more than `most`. What goes away meanwhile takes no room; no link is
/// followed.
fn bytes_in(folder: &Path, most: u64) -> io::Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = match entry.metadata() {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        sum += BYTES_A_FILE.max(metadata.blocks() * 512);
        if metadata.is_dir() {
            sum = match bytes_in(&entry.path(), most.saturating_sub(sum)) {
                Ok(bytes) => sum.saturating_add(bytes),
                Err(error) if error.kind() == io::ErrorKind::NotFound => sum,
                // Who closes a folder has something in it.
                Err(_) => u64::MAX,
            };
        }
        if sum > most {
            break;
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_lies_on_the_disk_is_counted_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(bytes_in(dir.path(), u64::MAX).unwrap(), 0);
        std::fs::create_dir(dir.path().join("a")).unwrap();
        std::fs::write(dir.path().join("a/file"), vec![1; 100_000]).unwrap();
        std::fs::File::create(dir.path().join("sparse")).unwrap().set_len(1 << 40).unwrap();
        std::os::unix::fs::symlink("/", dir.path().join("a/link")).unwrap();
        let bytes = bytes_in(dir.path(), u64::MAX).unwrap();
        assert!((100_000..200_000).contains(&bytes), "{bytes}");
        (0..100).for_each(|name| drop(std::fs::File::create(dir.path().join(name.to_string())).unwrap()));
        assert!(bytes_in(dir.path(), u64::MAX).unwrap() > 400_000, "empty files take room as well");
        assert!(bytes_in(dir.path(), 50_000).unwrap() < 100_000, "nobody counts further than needed");
    }
}
