//! Puts a project's files where a container can work on them.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fieldlog_commands::job::{InputFile, JobInputs};
use fieldlog_domain::shared::FilePath;
use fieldlog_storage::{Storage, StorageError};
use futures::stream::{self, TryStreamExt};
use thiserror::Error;

use super::{ContainerUser, JobDirectory};

/// Copies under way at once; more do not make a disk or a network faster.
const AT_ONCE: usize = 8;

/// Why files were not staged.
#[derive(Debug, Error)]
pub(crate) enum StageError {
    /// Storage or disk are away or full: nobody's fault, and it may work later.
    #[error("{0}")]
    Later(String),
    /// It will never work.
    #[error("{0}")]
    Never(String),
}

/// Copies every input into the job directory.
pub(crate) async fn stage(
    storage: &Storage,
    directory: &JobDirectory,
    inputs: &JobInputs,
    user: ContainerUser,
) -> Result<(), StageError> {
    let files = directory.files();
    let folders = folders_of(&inputs.files)?;
    let made = {
        let files = files.clone();
        tokio::task::spawn_blocking(move || make(&files, &folders, user)).await
    };
    made.map_err(|error| StageError::Later(error.to_string()))?.map_err(on_disk)?;
    stream::iter(inputs.files.iter().map(Ok))
        .try_for_each_concurrent(AT_ONCE, |input| copy(storage, &files, input, user))
        .await
}

async fn copy(storage: &Storage, files: &Path, input: &InputFile, user: ContainerUser) -> Result<(), StageError> {
    let target = files.join(input.path.as_str());
    storage.materialize(&input.digest, &target).await.map_err(|error| in_storage(input, error))?;
    let given = tokio::task::spawn_blocking(move || {
        std::fs::set_permissions(&target, Permissions::from_mode(0o600))?;
        user.own(&target)
    });
    given.await.map_err(|error| StageError::Later(error.to_string()))?.map_err(on_disk)
}

/// Every folder that the files need, outer ones first.
fn folders_of(inputs: &[InputFile]) -> Result<BTreeSet<PathBuf>, StageError> {
    let mut folders = BTreeSet::new();
    for input in inputs {
        // Checked when it was recorded; checked again because everything outside the folder depends on it.
        let path = FilePath::try_new(input.path.as_str()).map_err(|error| {
            StageError::Never(format!("the file {:?} cannot be staged: {error}", input.path.as_str()))
        })?;
        folders.extend(Path::new(path.as_str()).ancestors().skip(1).map(Path::to_owned));
    }
    folders.remove(Path::new(""));
    if let Some(both) = inputs.iter().find(|input| folders.contains(Path::new(input.path.as_str()))) {
        return Err(StageError::Never(format!(
            "{:?} is a file and a folder with files in it; no disk can hold both",
            both.path.as_str()
        )));
    }
    Ok(folders)
}

fn make(files: &Path, folders: &BTreeSet<PathBuf>, user: ContainerUser) -> io::Result<()> {
    for folder in folders {
        let folder = files.join(folder);
        std::fs::create_dir(&folder)?;
        std::fs::set_permissions(&folder, Permissions::from_mode(0o700))?;
        user.own(&folder)?;
    }
    Ok(())
}

fn in_storage(input: &InputFile, error: StorageError) -> StageError {
    let doing = format!("{:?} could not be copied", input.path.as_str());
    StageError::from(error).about(&doing)
}

impl StageError {
    fn about(self, doing: &str) -> Self {
        match self {
            Self::Later(why) => Self::Later(format!("{doing}: {why}")),
            Self::Never(why) => Self::Never(format!("{doing}: {why}")),
        }
    }
}

impl From<StorageError> for StageError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::NotFound { digest } => {
                Self::Never(format!("its contents (blob {digest}) are no longer in storage"))
            }
            StorageError::Damaged { .. } => Self::Never(error.to_string()),
            other => Self::Later(words_of(&other)),
        }
    }
}

fn on_disk(error: io::Error) -> StageError {
    StageError::Later(format!("the job directory could not be filled: {error}"))
}

fn words_of(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
