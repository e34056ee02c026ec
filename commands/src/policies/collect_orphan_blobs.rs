//! Now and then, blobs that no event refers to are removed.
//!
//! An upload puts its blob first and refers to it in an event afterwards, so a blob without an event is either left over or
//! about to be referred to. It is left over when nobody put it for longer than the grace period:
//!
//! 1. Candidates are blobs last put before `cutoff` = now − grace.
//! 2. Only then the head of the log is read and the read model awaited there: every event that was recorded before is counted.
//! 3. What no event needs is handed to [`Storage::collect`](fieldlog_storage::Storage::collect) with the same cutoff. An upload
//!    of the same content that found the blob and did not write it again has touched it, so it is spared.
//!
//! What remains is an upload that put its blob before the cutoff and records its event after step 2: it would have taken longer
//! than the grace period between two commands that follow each other at once.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fieldlog_domain::Sha256Digest;
use futures::TryStreamExt;
use tokio::sync::watch;

use crate::{App, CommandError, Never};

/// How many blobs are looked up at once.
const CHUNK: usize = 500;
const PATIENCE: Duration = Duration::from_secs(30);

/// What a collection did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Collected {
    /// Blobs that were removed.
    pub blobs: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Remains of uploads that died, removed.
    pub remains: usize,
}

/// Removes the blobs that no event refers to and that nobody put during the grace period.
pub async fn collect_orphan_blobs(app: &App) -> Result<Collected, CommandError<Never>> {
    let grace = app.settings().orphan_grace;
    let cutoff = app.now() - TimeDelta::from_std(grace).unwrap_or(TimeDelta::MAX);
    let mut collected = Collected { remains: app.storage().sweep_staging(grace).await?, ..Collected::default() };
    let mut candidates = app
        .storage()
        .list()
        .try_filter(|blob| std::future::ready(blob.modified < cutoff))
        .map_ok(|blob| (blob.digest, blob.size))
        .try_chunks(CHUNK);
    while let Some(chunk) = candidates.try_next().await.map_err(|error| error.1)? {
        collect(app, chunk, cutoff, &mut collected).await?;
    }
    Ok(collected)
}

async fn collect(
    app: &App,
    candidates: Vec<(Sha256Digest, u64)>,
    cutoff: DateTime<Utc>,
    collected: &mut Collected,
) -> Result<(), CommandError<Never>> {
    let head = app.log().head().await?;
    app.model().wait_until(head, PATIENCE).await.map_err(|behind| CommandError::Unavailable(behind.to_string()))?;
    let view = app.view();
    let digests: Vec<_> = candidates.iter().map(|(digest, _)| *digest).collect();
    let orphans = tokio::task::spawn_blocking(move || view.orphans_among(&digests)).await;
    let orphans = orphans.map_err(|error| CommandError::Unavailable(error.to_string()))??;
    for (digest, size) in candidates.into_iter().filter(|(digest, _)| orphans.contains(digest)) {
        if app.storage().collect(&digest, cutoff).await? {
            collected.blobs += 1;
            collected.bytes += size;
        }
    }
    Ok(())
}

/// Collects until it is told to stop.
pub(super) async fn now_and_then(app: App, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(app.settings().orphan_interval) => {}
        }
        // Dropped half-way it is no worse than not begun.
        let done = tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            done = collect_orphan_blobs(&app) => done,
        };
        match done {
            Ok(Collected { blobs: 0, remains: 0, .. }) => {}
            Ok(done) => tracing::info!(?done, "removed blobs that no event refers to"),
            Err(error) => tracing::warn!(?error, "blobs that no event refers to were not removed"),
        }
    }
}
