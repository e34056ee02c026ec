//! What a container is about to commit in databases, and the worker's answers (docs/adr/0018-commits-are-announced.md).
//!
//! ```text
//! DIR/jobs/<job>-<attempt>/io/commits/earlier.json   what was announced before this attempt and is not settled
//!                                     1.json         the container's first announcement
//!                                     1.answer       `go` or `stop`
//! ```

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;

use bytes::Bytes;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, openat, renameat, statat, unlinkat};
use rustix::io::Errno;

use super::{BadOutput, ContainerUser, JobDirectory, read_output};

/// What is there under a number.
#[derive(Debug)]
pub(crate) enum Announced {
    /// Nothing yet.
    Nothing,
    /// An announcement that was answered.
    Answered,
    /// One that waits for its answer.
    Waiting(Result<Bytes, BadOutput>),
}

/// What the container is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is in the log: commit.
    Go,
    /// Do not commit.
    Stop,
}

impl JobDirectory {
    /// What the container has announced under this number.
    pub(crate) fn announced(&self, number: u32, limit: u64) -> io::Result<Announced> {
        let folder = match self.commits() {
            Ok(folder) => folder,
            // The container is not asked for announcements, or has thrown the folder away.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(Announced::Nothing),
            Err(other) => return Err(other.into()),
        };
        match statat(&folder, answer_to(number), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => return Ok(Announced::Answered),
            Err(Errno::NOENT) => {}
            Err(other) => return Err(other.into()),
        }
        let read = read_output(&self.io().join(FOLDER), &format!("{number}.json"), limit);
        Ok(read.transpose().map_or(Announced::Nothing, Announced::Waiting))
    }

    /// Answers the announcement with this number. No link of the container's making is followed.
    pub(crate) fn answer(&self, number: u32, answer: Answer, user: ContainerUser) -> io::Result<()> {
        let (folder, unfinished) = (self.commits()?, format!("{number}.answer.part"));
        match unlinkat(&folder, &unfinished, AtFlags::empty()) {
            Err(error) if error != Errno::NOENT => return Err(error.into()),
            _ => {}
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(openat(&folder, &unfinished, flags, Mode::RUSR | Mode::WUSR)?);
        file.write_all(match answer {
            Answer::Go => b"go",
            Answer::Stop => b"stop",
        })?;
        user.own_open(&file)?;
        Ok(renameat(&folder, &unfinished, &folder, answer_to(number))?)
    }

    fn commits(&self) -> Result<OwnedFd, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        openat(CWD, self.io().join(FOLDER), flags, Mode::empty())
    }
}

const FOLDER: &str = "commits";

fn answer_to(number: u32) -> String {
    format!("{number}.answer")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;

    use fieldlog_domain::JobId;
    use uuid::Uuid;

    use super::*;

    fn directory(dir: &tempfile::TempDir) -> (JobDirectory, PathBuf) {
        let directory = JobDirectory::of(dir.path(), JobId(Uuid::from_u128(7)), 1);
        directory.make_afresh(ContainerUser::of_this_process()).unwrap();
        let commits = directory.io().join(FOLDER);
        (directory, commits)
    }

    #[test]
    fn an_announcement_is_found_until_it_is_answered() {
        let dir = tempfile::tempdir().unwrap();
        let (directory, commits) = directory(&dir);
        assert!(matches!(directory.announced(1, 9).unwrap(), Announced::Nothing), "nobody asked for announcements");
        std::fs::create_dir(&commits).unwrap();
        assert!(matches!(directory.announced(1, 9).unwrap(), Announced::Nothing));
        std::fs::write(commits.join("1.json"), "{}").unwrap();
        assert!(matches!(directory.announced(1, 9).unwrap(), Announced::Waiting(Ok(found)) if found == "{}"));
        assert!(matches!(
            directory.announced(1, 1).unwrap(),
            Announced::Waiting(Err(BadOutput::TooLarge { limit: 1 }))
        ));
        // What a process left that was killed while it answered.
        std::fs::write(commits.join("1.answer.part"), "g").unwrap();
        directory.answer(1, Answer::Go, ContainerUser::of_this_process()).unwrap();
        assert_eq!(std::fs::read_to_string(commits.join("1.answer")).unwrap(), "go");
        assert!(matches!(directory.announced(1, 9).unwrap(), Announced::Answered));
        assert!(matches!(directory.announced(2, 9).unwrap(), Announced::Nothing));
        directory.answer(2, Answer::Stop, ContainerUser::of_this_process()).unwrap();
        assert_eq!(std::fs::read_to_string(commits.join("2.answer")).unwrap(), "stop");
    }

    #[test]
    fn no_link_leads_an_answer_elsewhere() {
        let (dir, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (directory, commits) = directory(&dir);
        let answer = |number| directory.answer(number, Answer::Go, ContainerUser::of_this_process());
        symlink(outside.path(), &commits).unwrap();
        assert!(matches!(directory.announced(1, 9).unwrap(), Announced::Nothing));
        answer(1).unwrap_err();
        std::fs::remove_file(&commits).unwrap();
        std::fs::create_dir(&commits).unwrap();
        let target = outside.path().join("precious");
        std::fs::write(&target, "x").unwrap();
        for name in ["1.answer", "1.answer.part"] {
            symlink(&target, commits.join(name)).unwrap();
        }
        answer(1).unwrap();
        assert_eq!(std::fs::read_to_string(commits.join("1.answer")).unwrap(), "go");
        assert_eq!(std::fs::read_to_string(target).unwrap(), "x");
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1);
    }
}
