//! Sets aside what means nothing any more beside what its main file holds now.

use fieldlog_domain::file::{File, FileCommand, FileRefusal, Held, Onto, Part, SetAside};
use fieldlog_domain::job::RemovedInput;
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{FileId, JobId, ResourceId, Sha256Digest, VersionId};
use fieldlog_eventlog::Receipt;
use fieldlog_storage::StorageError;
use futures::TryStreamExt;

use super::history::SetHistory;
use super::{Member, mains_of, members_of};
use crate::dispatch::Dispatch;
use crate::{CommandError, streams};

type Settled = Result<Option<Receipt>, CommandError<FileRefusal>>;

/// What the header of an SQLite database says of its logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Header {
    /// It is written with a write-ahead log.
    Logged,
    /// It is not: whatever log is there, was made for another state of it.
    Closed,
    /// It is no database.
    Other,
}

/// After `path` changed: sets aside logs and indexes that were made for another state of a file that it belongs to, or that belongs
/// to it, and takes back those that came a little before their file.
pub(crate) async fn settle_set(command: &Dispatch<'_>, resource: ResourceId, path: &FilePath) -> Settled {
    let mut receipt = None;
    for main in mains_to_settle(command, resource, path).await? {
        if has_followers(command, resource, &main).await? {
            receipt = settle_one(command, resource, &main).await?.or(receipt);
        }
    }
    Ok(receipt)
}

/// The main files whose logs and indexes may be others' when `path` changed.
async fn mains_to_settle(
    command: &Dispatch<'_>,
    resource: ResourceId,
    path: &FilePath,
) -> Result<Vec<FilePath>, CommandError<FileRefusal>> {
    let matters = |(_, part): &(FilePath, Part)| *part != Part::Description;
    let mains = match path.mains().iter().any(matters) {
        true => mains_of(command.app(), resource, path).await?,
        false => vec![],
    };
    Ok(mains.into_iter().filter(matters).map(|(main, _)| main).chain([path.clone()]).collect())
}

/// Whether there is, or ever was, a log or an index of `main`.
async fn has_followers(
    command: &Dispatch<'_>,
    resource: ResourceId,
    main: &FilePath,
) -> Result<bool, CommandError<FileRefusal>> {
    for (path, part) in main.members() {
        let stream = streams::file(FileId::of(resource, &path));
        if matches!(part, Part::Journal | Part::Index)
            && command.app().fresh::<File, _>(&stream, |_, sequence| sequence > 0).await?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn settle_one(command: &Dispatch<'_>, resource: ResourceId, main: &FilePath) -> Settled {
    let app = command.app();
    let Some(held) = current(command, FileId::of(resource, main)).await? else { return Ok(None) };
    let set = SetHistory::read(app, resource, main).await?;
    let header = match set.members.iter().any(|member| member.part == Part::Journal) {
        true => header(command, &held.digest).await?,
        false => Header::Other,
    };
    let mut receipt = None;
    for member in &set.members {
        let settled = match current(command, member.file).await? {
            Some(now) if is_left_over(&set, member, header) => {
                let because = SetAside::LeftOver { main: main.clone() };
                set_aside(command, member, now.version, because).await?
            }
            Some(_) => None,
            None => take_again(command, &set, member, header).await?,
        };
        receipt = settled.or(receipt);
    }
    Ok(receipt)
}

fn is_left_over(set: &SetHistory, member: &Member, header: Header) -> bool {
    let sittings = &set.sittings;
    match member.part {
        Part::Journal => {
            // Who opens a database that was closed changes its header: then it comes as well.
            let came_by_itself = header != Header::Logged && sittings.came_by_itself(member.file, set.file);
            needs_other(member, header) || came_by_itself || sittings.is_left_over(member.file, set.file)
        }
        Part::Index => {
            let halves = set.members.iter().filter(|other| other.part == Part::Needed).map(|other| other.file);
            sittings.came_by_itself(member.file, set.file)
                || halves.chain([set.file]).any(|half| sittings.is_left_over(member.file, half))
        }
        Part::Needed | Part::Description => false,
    }
}

/// Whether a write-ahead log lies beside a database that is written without one.
fn needs_other(member: &Member, header: Header) -> bool {
    header == Header::Closed && !member.path.key().ends_with("-journal")
}

/// A log that came before its database and was set aside until that was there.
async fn take_again(command: &Dispatch<'_>, set: &SetHistory, member: &Member, header: Header) -> Settled {
    if member.part != Part::Journal || needs_other(member, header) {
        return Ok(None);
    }
    let Some(early) = set.sittings.came_too_early(member.file, set.file) else { return Ok(None) };
    let version = VersionId(command.derive(&format!("again {}", early.version)));
    let Some(again) = set.again(early, version, Onto::Nothing) else { return Ok(None) };
    let add = FileCommand::AddVersion(again);
    match command.step("again ").dispatch::<File>(&streams::file(member.file), add).await {
        Err(CommandError::Refused(_)) => Ok(None),
        answer => answer,
    }
}

/// Deletes what belongs to `main`, which is gone, and to no other file that is there.
pub(in crate::file) async fn delete_with(command: &Dispatch<'_>, resource: ResourceId, main: &FilePath) -> Settled {
    let mut receipt = None;
    for member in members_of(command.app(), resource, main).await? {
        if let Some(held) = current(command, member.file).await?
            && mains_of(command.app(), resource, &member.path).await?.is_empty()
        {
            let because = SetAside::GoneWith { main: main.clone() };
            receipt = set_aside(command, &member, held.version, because).await?.or(receipt);
        }
    }
    Ok(receipt)
}

/// Sets aside what a job took into what it made; what came under its name meanwhile stays.
pub(crate) async fn set_aside_given(
    command: &Dispatch<'_>,
    (resource, job): (ResourceId, JobId),
    removed: &RemovedInput,
) -> Settled {
    let file = FileId::of(resource, &removed.path);
    match current(command, file).await? {
        Some(held) if held.digest == removed.digest => {
            let set_aside = FileCommand::SetAside { version: held.version, because: SetAside::TakenIn { job } };
            command.step("taken in ").dispatch::<File>(&streams::file(file), set_aside).await
        }
        Some(_) | None => Ok(None),
    }
}

pub(super) async fn set_aside(
    command: &Dispatch<'_>,
    member: &Member,
    version: VersionId,
    because: SetAside,
) -> Settled {
    let set_aside = FileCommand::SetAside { version, because };
    command.step("aside ").dispatch::<File>(&streams::file(member.file), set_aside).await
}

pub(super) async fn current(command: &Dispatch<'_>, file: FileId) -> Result<Option<Held>, CommandError<FileRefusal>> {
    let look = |known: &File, _| known.current().map(|(version, known)| Held { version, digest: known.digest });
    Ok(command.app().fresh::<File, _>(&streams::file(file), look).await?)
}

/// What the first bytes of a file say, see <https://sqlite.org/fileformat.html>.
async fn header(command: &Dispatch<'_>, digest: &Sha256Digest) -> Result<Header, CommandError<FileRefusal>> {
    const MAGIC: &[u8] = b"SQLite format 3\0";
    let reader = match command.app().storage().open_blob(digest, Some(0..20)).await {
        Ok(reader) => reader,
        Err(StorageError::NotFound { .. } | StorageError::Damaged { .. }) => return Ok(Header::Other),
        Err(error) => return Err(error.into()),
    };
    let chunks: Vec<_> = reader.stream.try_collect().await.map_err(CommandError::from)?;
    let bytes = chunks.concat();
    Ok(match bytes.get(19) {
        Some(2) if bytes.starts_with(MAGIC) => Header::Logged,
        Some(_) if bytes.starts_with(MAGIC) => Header::Closed,
        Some(_) | None => Header::Other,
    })
}
