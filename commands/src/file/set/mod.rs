//! Files that mean something only together (ADR 0019): what is done to one of them is done to the set.

mod bring_back;
mod history;
mod settle;

use fieldlog_domain::file::{File, Part};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{FileId, ResourceId};
use fieldlog_eventlog::LogError;

pub(super) use bring_back::{bring_back, earlier};
pub(super) use settle::delete_with;
pub(crate) use settle::{set_aside_given, settle_set};

use crate::{App, streams};

/// A file that belongs to a main file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) path: FilePath,
    pub(crate) file: FileId,
    pub(crate) part: Part,
}

/// The files that belong to `main`, as far as they are or ever were there.
pub(crate) async fn members_of(app: &App, resource: ResourceId, main: &FilePath) -> Result<Vec<Member>, LogError> {
    let mut members = vec![];
    for (path, part) in main.members() {
        let file = FileId::of(resource, &path);
        let look = |known: &File, sequence| (sequence > 0).then(|| known.path().cloned());
        if let Some(written) = app.fresh::<File, _>(&streams::file(file), look).await? {
            members.push(Member { path: written.unwrap_or(path), file, part });
        }
    }
    Ok(members)
}

/// The main files that `path` belongs to and that are there, and what it is to each.
pub(crate) async fn mains_of(
    app: &App,
    resource: ResourceId,
    path: &FilePath,
) -> Result<Vec<(FilePath, Part)>, LogError> {
    let mut mains = vec![];
    for (main, part) in path.mains() {
        let look = |known: &File, _| known.path().cloned();
        let stream = streams::file(FileId::of(resource, &main));
        mains.extend(app.fresh::<File, _>(&stream, look).await?.map(|written| (written, part)));
    }
    Ok(mains)
}
