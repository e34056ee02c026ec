//! What a container that waits is told (worker/qgis/README.md, `--wait`).
//!
//! ```text
//! DIR/warm/<name>/…               until there is a job for it; then its folder becomes the job's directory
//! DIR/jobs/<job>-<attempt>/warm   its container was started before there was a job for it
//!                         /order.json      its order; once this is there, the attempt has begun
//!                         /io/wake         a pipe on which it sleeps
//!                         /io/order.json   its order, as it reads it
//!                         /io/taken        made by the container when it has read it
//! ```

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use chrono::{DateTime, Utc};
use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat};

use super::{ContainerUser, JobDirectory};

const WARM: &str = "warm";

impl JobDirectory {
    /// The directory of a container that waits, below the worker's folder.
    pub(crate) fn of_warm(dir: &Path, name: &str) -> Self {
        Self { root: dir.join(WARM).join(name) }
    }

    /// Every directory of a container that waits, or waited, by its name.
    pub(crate) fn all_warm(dir: &Path) -> io::Result<Vec<(String, Self)>> {
        let entries = match std::fs::read_dir(dir.join(WARM)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
            Err(error) => return Err(error),
        };
        let found = entries.map(|entry| {
            let entry = entry?;
            Ok((entry.file_name().to_string_lossy().into_owned(), Self { root: entry.path() }))
        });
        found.collect()
    }

    /// Makes it, empty but for what a container waits on.
    pub(crate) fn make_warm(&self, user: ContainerUser) -> io::Result<()> {
        self.make_afresh(user)?;
        File::create_new(self.root.join(WARM))?;
        let wake = self.io().join("wake");
        mknodat(CWD, &wake, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?;
        user.own(&wake)
    }

    /// Makes it the directory `other`. The container sees the same folder as before.
    pub(crate) fn become_that(&self, other: &Self) -> io::Result<()> {
        other.remove()?;
        if let Some(jobs) = other.root.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(jobs)?;
        }
        std::fs::rename(&self.root, &other.root)
    }

    /// Whether the container was started before there was a job for it, as far as can be told: it is not when there is no directory.
    pub(crate) fn is_warm(&self) -> bool {
        self.root.join(WARM).exists()
    }

    /// Whether there is such a directory.
    pub(crate) fn is_there(&self) -> bool {
        self.root.exists()
    }

    /// When the container was given its order; none when it was not.
    pub(crate) fn ordered_at(&self) -> Option<DateTime<Utc>> {
        let written = self.root.join("order.json").metadata().and_then(|order| order.modified());
        written.ok().map(DateTime::from)
    }

    /// Whether the container has read its order.
    pub(crate) fn is_order_taken(&self) -> bool {
        self.io().join("taken").symlink_metadata().is_ok()
    }

    /// Writes the order down: from here on the attempt has begun.
    pub(crate) fn write_order(&self, order: &[u8]) -> io::Result<()> {
        let unfinished = self.root.join("order.tmp");
        std::fs::write(&unfinished, order)?;
        std::fs::rename(unfinished, self.root.join("order.json"))
    }

    /// Gives the order that was written down to the container, which may have it already.
    pub(crate) fn give_order(&self, user: ContainerUser) -> io::Result<()> {
        let order = std::fs::read(self.root.join("order.json"))?;
        // The container may be at work by now and is not trusted: no link of its making is followed.
        let unfinished = self.io().join("order.tmp");
        match std::fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
        file.write_all(&order)?;
        user.own_open(&file)?;
        std::fs::rename(unfinished, self.io().join("order.json"))?;
        let wake = OpenOptions::new()
            .write(true)
            .custom_flags((OFlags::NONBLOCK | OFlags::NOFOLLOW).bits() as i32)
            .open(self.io().join("wake"));
        match wake {
            Ok(mut wake) => match wake.write(&[1]) {
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
                _ => Ok(()),
            },
            // Nobody sleeps on it yet: the container looks for its order before it goes to sleep.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) => Ok(()),
            // The order is there, and only a container that is through with the pipe removes it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}
