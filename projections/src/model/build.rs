//! Building the next file beside the live one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use fieldlog_eventlog::{EventLog, Position};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use tokio::task::spawn_blocking;

use super::RebuildReport;
use super::files::Folder;
use super::fold::{Folded, fold};
use crate::error::ReadModelError;
use crate::projector::{PROJECTIONS, Projection};
use crate::store::{ModelFile, Writer, in_file};

/// A file that lacks fewer events than this catches up while readers hardly notice.
const NEAR: u64 = 1_000;
/// A log that grows faster than it is folded is not waited for.
const ROUNDS: usize = 8;

/// Builds the next file in `dir`, everything or one projection anew. A server that follows the log into `dir` notices it
/// and switches; without one, the next to start opens it.
pub async fn rebuild_beside(
    dir: &Path,
    log: Arc<dyn EventLog>,
    projection: Option<&str>,
) -> Result<RebuildReport, ReadModelError> {
    let folder = Folder::open(dir)?;
    next_file(&folder, dir, &log, projection, IfUnreadable::Fail).await
}

/// What to do about an event that cannot be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum IfUnreadable {
    /// Keep what is live.
    Fail,
    /// There is nothing to keep: be content with what is before it.
    StopThere,
}

/// Builds a file, gives it its name and makes it current.
pub(super) async fn next_file(
    folder: &Folder,
    dir: &Path,
    log: &Arc<dyn EventLog>,
    projection: Option<&str>,
    if_unreadable: IfUnreadable,
) -> Result<RebuildReport, ReadModelError> {
    let began = Instant::now();
    let projection = projection.map(named).transpose()?;
    let locked = folder.clone();
    let _nobody_else_builds = blocking(move || locked.lock_builder()).await?;
    let unfinished = Unfinished(folder.building());
    let (writer, until) = match projection {
        None => {
            let (path, log_id) = (unfinished.0.clone(), log.log_id());
            (blocking(move || Writer::build(&path, log_id)).await?, log.head().await?)
        }
        Some(projection) => {
            let live = folder.newest(log.log_id(), log.head().await?)?;
            let live = live.ok_or_else(|| ReadModelError::NothingToRebuild(dir.to_owned()))?;
            let copy = unfinished.0.clone();
            blocking(move || empty_copy(&live, &copy, projection)).await?
        }
    };
    let folded = fold(log, writer, Position::START, until).await?;
    let built = caught_up(log, &unfinished.0, finished(folded, if_unreadable).await?, if_unreadable).await?;
    Ok(RebuildReport {
        projections: projection.map_or_else(|| PROJECTIONS.iter().map(|it| it.name()).collect(), |it| vec![it.name()]),
        events: built.events,
        position: built.position,
        path: folder.publish(&unfinished.0)?,
        took: began.elapsed(),
    })
}

/// A file with what the model in another folder has folded, whoever follows the log into it; none when there is no such model.
pub(super) async fn copied_file(
    folder: &Folder,
    other: Option<&Path>,
    log: &Arc<dyn EventLog>,
) -> Result<Option<PathBuf>, ReadModelError> {
    let Some(other) = other.and_then(Folder::existing) else { return Ok(None) };
    let (log_id, head, unfinished) = (log.log_id(), log.head().await?, Unfinished(folder.building()));
    let copy = unfinished.0.clone();
    let copied = blocking(move || {
        let Some(newest) = other.newest(log_id, head)? else { return Ok(false) };
        copy_whole(&newest, &copy).map_err(in_file(&newest)).map(|_| true)
    });
    match copied.await {
        Ok(true) => folder.publish(&unfinished.0).map(Some),
        Ok(false) => Ok(None),
        Err(error) => {
            tracing::warn!(%error, "the read model cannot be copied; the log is read from its start");
            Ok(None)
        }
    }
}

/// How far a file is.
struct Built {
    position: Position,
    events: u64,
    is_at_the_end: bool,
}

async fn finished(folded: Folded, if_unreadable: IfUnreadable) -> Result<Built, ReadModelError> {
    let Folded { writer, events, unreadable } = folded;
    let built = Built { position: writer.position(), events, is_at_the_end: unreadable.is_some() };
    match unreadable {
        Some(error) if if_unreadable == IfUnreadable::Fail => Err(error),
        Some(_) | None => blocking(move || writer.finish()).await.map(|()| built),
    }
}

/// Goes on with what came meanwhile, so that readers need not wait long for the rest once they are about to switch.
async fn caught_up(
    log: &Arc<dyn EventLog>,
    path: &Path,
    mut built: Built,
    if_unreadable: IfUnreadable,
) -> Result<Built, ReadModelError> {
    for _ in 0..ROUNDS {
        let head = log.head().await?;
        if built.is_at_the_end || head.0.saturating_sub(built.position.0) < NEAR {
            break;
        }
        let path = path.to_owned();
        let writer = blocking(move || Writer::go_on(&path)).await?;
        let more = finished(fold(log, writer, built.position, head).await?, if_unreadable).await?;
        built = Built { events: built.events + more.events, ..more };
    }
    Ok(built)
}

/// A file that is removed unless it gets a name.
pub(super) struct Unfinished(pub(super) PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Err(error) = ModelFile::remove(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "an unfinished read model stays");
        }
    }
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ReadModelError> + Send + 'static,
) -> Result<T, ReadModelError> {
    spawn_blocking(work).await.map_err(|error| ReadModelError::Stopped(error.to_string()))?
}

fn named(name: &str) -> Result<&'static dyn Projection, ReadModelError> {
    PROJECTIONS.iter().copied().find(|projection| projection.name() == name).ok_or_else(|| {
        let known: Vec<_> = PROJECTIONS.iter().map(|projection| projection.name()).collect();
        ReadModelError::NoSuchProjection { found: name.to_owned(), known: known.join(", ") }
    })
}

/// Copies the live file as it is at one moment and empties one projection of the copy, which is to be folded up to there.
fn empty_copy(
    live: &Path,
    copy: &Path,
    projection: &'static dyn Projection,
) -> Result<(Writer, Position), ReadModelError> {
    let position = copy_whole(live, copy).map_err(in_file(live))?;
    Ok((Writer::refold(copy, projection)?, position))
}

fn copy_whole(live: &Path, copy: &Path) -> rusqlite::Result<Position> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let from = Connection::open_with_flags(live, flags)?;
    from.busy_timeout(std::time::Duration::from_secs(5))?;
    let mut to = Connection::open(copy)?;
    to.pragma_update(None, "synchronous", "OFF")?;
    // In one step, so that the follower's commits between two steps do not start it over.
    let copied = Backup::new(&from, &mut to)?.step(-1)?;
    if copied != StepResult::Done {
        return Err(rusqlite::Error::QueryReturnedNoRows);
    }
    crate::store::schema::position(&to)
}
