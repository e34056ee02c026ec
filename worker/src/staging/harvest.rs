//! Finds the files that a container made or changed. It has ended, so nothing moves any more; no link is followed all the same.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use fieldlog_commands::job::{InputFile, JobInputs};
use fieldlog_domain::Sha256Digest;
use fieldlog_domain::file::Part;
use fieldlog_domain::job::RemovedInput;
use fieldlog_domain::shared::FilePath;
use rustix::fs::{CWD, Mode, OFlags, openat};
use sha2::{Digest, Sha256};

/// The most files that are taken from one container.
const MAX_FILES: usize = 20_000;
/// What SQLite leaves beside a database that it did not close; a container that ended well has closed its own.
const UNFINISHED: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A file to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its name for the log: its path from the folder that was looked through.
    pub(crate) path: FilePath,
    /// Where it is.
    pub(crate) place: PathBuf,
    /// The input that it takes the place of.
    pub(crate) replaces: Option<Sha256Digest>,
}

impl Found {
    /// Opens it, unless it is a link by now.
    pub(crate) fn open(&self) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        Ok(File::from(openat(CWD, &self.place, flags, Mode::empty())?))
    }
}

/// Every plain file in a folder; none when there is no such folder.
pub(crate) fn whole_folder(folder: &Path) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    match std::fs::symlink_metadata(folder) {
        Ok(metadata) if metadata.is_dir() => walk(folder, "", &mut found)?,
        Ok(_) => tracing::warn!("expected a folder {}, found something else", folder.display()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// The files in a folder whose bytes are not those of the job's inputs, and new ones that belong to an input by their name
/// (`trees.cpg` beside `trees.shp`). The project file is never among them.
pub(crate) fn changed_files(
    folder: &Path,
    inputs: &JobInputs,
    project_file: Option<&FilePath>,
) -> io::Result<Vec<Found>> {
    let known: BTreeMap<&str, &InputFile> = inputs.files.iter().map(|input| (input.path.as_str(), input)).collect();
    let mut changed = Vec::new();
    for mut found in whole_folder(folder)? {
        let name = found.path.as_str();
        if Some(&found.path) == project_file || UNFINISHED.iter().any(|ending| name.ends_with(ending)) {
            continue;
        }
        match known.get(name) {
            Some(input) if digest_of(&found)? == input.digest => {}
            Some(input) => {
                found.replaces = Some(input.digest);
                changed.push(found);
            }
            None if known.keys().any(|input| belongs(name, input)) => changed.push(found),
            None => tracing::warn!("{name} is no file of the project and is left out"),
        }
    }
    Ok(changed)
}

/// The logs and indexes that the job was given and that are gone from the folder, beside what it changed: their content is in
/// that now, or would mislead. Nothing else that is missing is taken for removed.
pub(crate) fn removed_files(folder: &Path, inputs: &JobInputs, changed: &[Found]) -> Vec<RemovedInput> {
    let is_changed = |path: &FilePath| changed.iter().any(|found| found.path.key() == path.key());
    let follows = |input: &&InputFile| {
        let mut mains = input.path.mains().into_iter();
        mains.any(|(main, part)| matches!(part, Part::Journal | Part::Index) && is_changed(&main))
    };
    let is_gone = |input: &&InputFile| std::fs::symlink_metadata(folder.join(input.path.as_str())).is_err();
    let removed = inputs.files.iter().filter(follows).filter(is_gone);
    removed.map(|input| RemovedInput { path: input.path.clone(), digest: input.digest }).collect()
}

/// The files in a folder that are no inputs as they are, and the project file in any case: it is what the job is for.
pub(crate) fn made_files(folder: &Path, inputs: &JobInputs, project_file: Option<&FilePath>) -> io::Result<Vec<Found>> {
    let known: BTreeMap<&str, &InputFile> = inputs.files.iter().map(|input| (input.path.as_str(), input)).collect();
    let mut made = Vec::new();
    for found in whole_folder(folder)? {
        let is_as_it_was = match known.get(found.path.as_str()) {
            Some(_) if Some(&found.path) == project_file => false,
            Some(input) => digest_of(&found)? == input.digest,
            None => UNFINISHED.iter().any(|ending| found.path.as_str().ends_with(ending)),
        };
        if !is_as_it_was {
            made.push(found);
        }
    }
    Ok(made)
}

/// Whether a file is named like another but for its last suffix.
fn belongs(name: &str, other: &str) -> bool {
    let stem = |name: &'_ str| name.rsplit_once('.').map(|(stem, _)| stem.to_owned());
    stem(name).is_some_and(|found| stem(other).is_some_and(|other| found == other))
}

fn walk(folder: &Path, below: &str, found: &mut Vec<Found>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str().map(|name| format!("{below}{name}")) else {
            tracing::warn!("a file whose name is no text is left out");
            continue;
        };
        let file_type = entry.file_type()?;
        if file_type.is_dir() {
            walk(&entry.path(), &format!("{name}/"), found)?;
            continue;
        }
        match FilePath::try_new(&name) {
            Ok(path) if file_type.is_file() => found.push(Found { path, place: entry.path(), replaces: None }),
            Ok(_) => tracing::warn!("{name} is no plain file and is left out"),
            Err(error) => tracing::warn!("{name:?} is left out: {error}"),
        }
        if found.len() > MAX_FILES {
            return Err(io::Error::other(format!("expected at most {MAX_FILES} files, found more")));
        }
    }
    Ok(())
}

fn digest_of(found: &Found) -> io::Result<Sha256Digest> {
    let (mut file, mut hasher) = (found.open()?, Sha256::new());
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Sha256Digest(hasher.finalize().into())),
            count => hasher.update(&buffer[..count]),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::symlink;

    fn input(path: &str, content: &[u8]) -> InputFile {
        let path = FilePath::try_new(path).unwrap();
        InputFile { path, digest: Sha256Digest::of(content), size: content.len() as u64 }
    }

    #[test]
    fn a_log_or_an_index_that_is_gone_beside_what_changed_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in
            [("bees.gpkg", "more bees"), ("same.gpkg", "same"), ("trees.shp", "more"), ("trees.sbx", "x")]
        {
            std::fs::write(dir.path().join(name), content).unwrap();
        }
        let given =
            ["bees.gpkg-wal", "bees.gpkg-shm", "same.gpkg-wal", "trees.sbn", "trees.sbx", "trees.prj", "gone.csv"];
        let mut files: Vec<_> = given.iter().map(|name| input(name, b"x")).collect();
        files.extend([input("bees.gpkg", b"bees"), input("same.gpkg", b"same"), input("trees.shp", b"trees")]);
        let inputs = JobInputs { files, ..JobInputs::default() };
        let changed = changed_files(dir.path(), &inputs, None).unwrap();
        let removed = removed_files(dir.path(), &inputs, &changed);
        let names: Vec<_> = removed.iter().map(|removed| removed.path.as_str()).collect();
        assert_eq!(names, ["bees.gpkg-wal", "bees.gpkg-shm", "trees.sbn"]);
        assert_eq!(removed[0].digest, Sha256Digest::of(b"x"));
    }

    fn names(found: &[Found]) -> Vec<&str> {
        found.iter().map(|found| found.path.as_str()).collect()
    }

    #[test]
    fn plain_files_are_found_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("a/b")).unwrap();
        std::fs::write(dir.path().join("a/b/c.txt"), "c").unwrap();
        std::fs::write(dir.path().join("d"), "d").unwrap();
        symlink("/etc/passwd", dir.path().join("e")).unwrap();
        symlink("/etc", dir.path().join("a/f")).unwrap();
        assert_eq!(names(&whole_folder(dir.path()).unwrap()), ["a/b/c.txt", "d"]);
        assert_eq!(whole_folder(&dir.path().join("no")).unwrap(), []);
        assert_eq!(whole_folder(&dir.path().join("d")).unwrap(), []);
    }

    #[test]
    fn what_changed_is_found_with_what_belongs_to_it() {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in [
            ("farm.qgs", "changed"),
            ("same.gpkg", "same"),
            ("bees.gpkg", "more bees"),
            ("bees.gpkg-wal", "x"),
            ("trees.shp", "trees"),
            ("trees.cpg", "UTF-8"),
            ("stray.txt", "?"),
        ] {
            std::fs::write(dir.path().join(name), content).unwrap();
        }
        let files = vec![
            input("farm.qgs", b"was"),
            input("same.gpkg", b"same"),
            input("bees.gpkg", b"bees"),
            input("trees.shp", b"trees"),
            input("gone.csv", b"gone"),
        ];
        let inputs = JobInputs { files, ..JobInputs::default() };
        let found = changed_files(dir.path(), &inputs, Some(&inputs.files[0].path)).unwrap();
        assert_eq!(names(&found), ["bees.gpkg", "trees.cpg"]);
        let made = made_files(dir.path(), &inputs, Some(&inputs.files[0].path)).unwrap();
        assert_eq!(names(&made), ["bees.gpkg", "farm.qgs", "stray.txt", "trees.cpg"]);
        assert_eq!(found[0].replaces, Some(Sha256Digest::of(b"bees")));
        assert_eq!(found[1].replaces, None);
    }
}
