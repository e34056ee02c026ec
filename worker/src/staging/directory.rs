//! Job directories: made, found again and removed whatever a container did to them.

use std::fs::{DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown, fchown};
use std::path::{Path, PathBuf};

use fieldlog_domain::JobId;

/// The user inside containers, who must be able to write to job directories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContainerUser {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Whether files have to be given to that user.
    is_another: bool,
}

const APART: &str = "apart";
const TOKEN: &str = "token";

/// The image's own user.
const IMAGE_USER: u32 = 10_001;

impl ContainerUser {
    /// The image's user when this process is root. Nobody else may give files away: then containers run as this process's user.
    pub(crate) fn of_this_process() -> Self {
        let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
        match uid.is_root() {
            true => Self { uid: IMAGE_USER, gid: IMAGE_USER, is_another: true },
            false => Self { uid: uid.as_raw(), gid: gid.as_raw(), is_another: false },
        }
    }

    /// Gives a file or folder to that user.
    pub(crate) fn own(self, path: &Path) -> io::Result<()> {
        match self.is_another {
            true => chown(path, Some(self.uid), Some(self.gid)),
            false => Ok(()),
        }
    }

    /// Gives an open file to that user.
    pub(super) fn own_open(self, file: &File) -> io::Result<()> {
        match self.is_another {
            true => fchown(file, Some(self.uid), Some(self.gid)),
            false => Ok(()),
        }
    }

    /// As engines write it.
    pub(crate) fn spelled(self) -> String {
        format!("{}:{}", self.uid, self.gid)
    }
}

/// One job directory, which need not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JobDirectory {
    pub(super) root: PathBuf,
}

impl JobDirectory {
    /// The directory of one attempt, below the worker's folder.
    pub(crate) fn of(dir: &Path, job: JobId, attempt: u32) -> Self {
        Self { root: dir.join("jobs").join(format!("{job}-{attempt}")) }
    }

    /// Every job directory there is.
    pub(crate) fn all(dir: &Path) -> io::Result<Vec<(JobId, u32, Self)>> {
        let entries = match std::fs::read_dir(dir.join("jobs")) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
            Err(error) => return Err(error),
        };
        let mut found = vec![];
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            // Whatever has another name is not ours to touch.
            if let Some((job, attempt)) = name.to_str().and_then(|name| name.rsplit_once('-'))
                && let (Ok(job), Ok(attempt)) = (job.parse(), attempt.parse())
            {
                found.push((job, attempt, Self { root: entry.path() }));
            }
        }
        Ok(found)
    }

    /// Where the project's files, what the job is told and its results are: in `/io` too, unless the container gets at them
    /// through the worker only.
    pub(crate) fn results(&self) -> PathBuf {
        match self.is_apart() {
            true => self.root.join(APART),
            false => self.io(),
        }
    }

    /// Where something that the job is told goes. All containers read edits from `/io`.
    pub(crate) fn given(&self, name: &str) -> PathBuf {
        match name {
            "deltafile.json" => self.io().join(name),
            _ => self.results().join(name),
        }
    }

    /// Everything that there is of the attempt.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// What the container sees as `/io`.
    pub(crate) fn io(&self) -> PathBuf {
        self.root.join("io")
    }

    /// Where the project's files go.
    pub(crate) fn files(&self) -> PathBuf {
        self.results().join("files")
    }

    /// Where the list of inputs is.
    pub(crate) fn inputs(&self) -> PathBuf {
        self.root.join("inputs.json")
    }

    /// Makes it, empty.
    pub(crate) fn make_afresh(&self, user: ContainerUser) -> io::Result<()> {
        self.make_root()?;
        self.make_shared(&[self.io(), self.files()], user)
    }

    /// Makes it, empty, for a container that gets at files through the worker only, with its token.
    pub(crate) fn make_apart(&self, user: ContainerUser, token: &str) -> io::Result<()> {
        self.make_root()?;
        for folder in [APART, "apart/files"] {
            DirBuilder::new().mode(0o700).create(self.root.join(folder))?;
        }
        std::fs::write(self.root.join(TOKEN), token)?;
        self.make_shared(&[self.io(), self.io().join("tmp")], user)
    }

    fn make_root(&self) -> io::Result<()> {
        self.remove()?;
        // Only this process's user may look into the folder above: the container's files are nobody else's business.
        DirBuilder::new().recursive(true).mode(0o700).create(&self.root)
    }

    fn make_shared(&self, folders: &[PathBuf], user: ContainerUser) -> io::Result<()> {
        folders.iter().try_for_each(|folder| {
            DirBuilder::new().mode(0o700).create(folder)?;
            user.own(folder)
        })
    }

    /// Whether its container gets at files through the worker only.
    pub(crate) fn is_apart(&self) -> bool {
        self.root.join(APART).is_dir()
    }

    /// The token of such a container.
    pub(crate) fn token(&self) -> io::Result<Option<String>> {
        match std::fs::read_to_string(self.root.join(TOKEN)) {
            Ok(token) => Ok(Some(token)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes it with everything in it; links are removed, not followed.
    pub(crate) fn remove(&self) -> io::Result<()> {
        for _ in 0..3 {
            match std::fs::remove_dir_all(&self.root) {
                Ok(()) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                // A container may close its own folders even to their owner.
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => open_folders(&self.root)?,
                // A copy that was given up a moment ago may have come down since the folder was read.
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
                Err(error) => return Err(error),
            }
        }
        std::fs::remove_dir_all(&self.root)
    }
}

fn open_folders(folder: &Path) -> io::Result<()> {
    std::fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // Not `is_dir` of the path, which would follow a link.
        if entry.file_type()?.is_dir() {
            open_folders(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_directory_is_found_again_and_removed_without_following_links() {
        let dir = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("precious"), "x").unwrap();
        let job = JobId(Uuid::from_u128(7));
        let directory = JobDirectory::of(dir.path(), job, 3);
        directory.make_afresh(ContainerUser::of_this_process()).unwrap();
        std::os::unix::fs::symlink(outside.path(), directory.io().join("link")).unwrap();
        let closed = directory.io().join("closed");
        std::fs::create_dir(&closed).unwrap();
        std::fs::write(closed.join("file"), "x").unwrap();
        std::fs::set_permissions(&closed, Permissions::from_mode(0o000)).unwrap();
        std::fs::create_dir(dir.path().join("jobs/not ours")).unwrap();
        assert_eq!(JobDirectory::all(dir.path()).unwrap(), [(job, 3, directory.clone())]);

        directory.remove().unwrap();
        directory.remove().unwrap();
        assert_eq!(JobDirectory::all(dir.path()).unwrap(), []);
        assert!(outside.path().join("precious").exists());
        assert!(dir.path().join("jobs/not ours").exists());
    }
}
