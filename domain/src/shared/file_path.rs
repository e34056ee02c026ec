//! Paths of files inside a resource.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use super::ids::{FileId, ResourceId, with_time_of};
use super::spelling;

/// A relative path that every file system of the field can hold (QFieldCloud reference, section 6.3).
///
/// Reading one from the log asks no questions: what was recorded stays readable when the rules become stricter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FilePath(String);

/// Why a text is no path of a file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadFilePath {
    /// Empty or too long.
    #[error(
        "a file name has 1 to 255 characters and at most 1024 bytes, found {characters} characters and {bytes} bytes"
    )]
    Length {
        /// Characters found.
        characters: usize,
        /// Bytes found, in UTF-8.
        bytes: usize,
    },
    /// Leading or trailing white space.
    #[error("a file name neither starts nor ends with white space")]
    Space,
    /// A segment that is empty, `.` or `..`, so the path is absolute or leaves its folder.
    #[error("a file name is relative and has no empty, '.' or '..' segment, found {0:?}")]
    Segment(String),
    /// A character that some file system refuses.
    #[error("a file name has none of < > : \" \\ | ? * and no control characters, found {0:?}")]
    Character(char),
    /// A segment that ends in white space or a dot.
    #[error("no segment of a file name ends in white space or a dot, found {0:?}")]
    SegmentEnd(String),
    /// A device name of Windows.
    #[error("no segment of a file name is a device name, found {0:?}")]
    Device(String),
}

impl FilePath {
    /// Reads a path, or says why it is none.
    pub fn try_new(text: &str) -> Result<Self, BadFilePath> {
        let characters = text.chars().count();
        if !(1..=255).contains(&characters) || text.len() > 1024 {
            return Err(BadFilePath::Length { characters, bytes: text.len() });
        }
        if text.trim() != text {
            return Err(BadFilePath::Space);
        }
        text.split('/').try_for_each(check_segment)?;
        Ok(Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that all spellings of the same file share, see [`spelling::key`].
    pub fn key(&self) -> String {
        spelling::key(&self.0)
    }

    /// The form in which two paths take the same place on some device, see [`spelling::folded`].
    pub fn folded(&self) -> String {
        spelling::folded(&self.0)
    }

    /// Whether both name the same file, however they are written.
    pub fn is_same_file(&self, other: &Self) -> bool {
        self == other || self.key() == other.key()
    }

    /// The last segment.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// Whether this is a QGIS project file: the suffix is `.qgs` or `.qgz` in any case.
    pub fn is_project_file(&self) -> bool {
        let key = self.0.to_ascii_lowercase();
        key.ends_with(".qgs") || key.ends_with(".qgz")
    }
}

fn check_segment(segment: &str) -> Result<(), BadFilePath> {
    if matches!(segment, "" | "." | "..") {
        return Err(BadFilePath::Segment(segment.to_owned()));
    }
    if let Some(bad) = segment.chars().find(|c| c.is_control() || "<>:\"\\|?*".contains(*c)) {
        return Err(BadFilePath::Character(bad));
    }
    if segment.ends_with(|c: char| c == '.' || c.is_whitespace()) {
        return Err(BadFilePath::SegmentEnd(segment.to_owned()));
    }
    if is_device(segment) {
        return Err(BadFilePath::Device(segment.to_owned()));
    }
    Ok(())
}

/// `CON PRN AUX NUL COM0…COM9 LPT0…LPT9`, all upper or all lower case, without an extension.
fn is_device(segment: &str) -> bool {
    let upper = segment.to_ascii_uppercase();
    let one_case = segment == upper || segment == segment.to_ascii_lowercase();
    let numbered = |prefix: &str| {
        upper.strip_prefix(prefix).is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    one_case && (matches!(upper.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT"))
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the names of files end in that belong to the QGIS project file with the same stem.
const COMPANIONS: [&str; 3] = [".qgd", "_attachments.zip", ".qml"];

impl FilePath {
    /// Whether it is named like what belongs to some QGIS project file.
    pub fn may_belong_to_project_file(&self) -> bool {
        let key = self.key();
        COMPANIONS.iter().any(|ending| key.ends_with(ending))
    }

    /// Whether it is a QGIS project file, or belongs to the one at `project_file`: what only managers change where files are
    /// restricted (QFieldCloud reference, section 6.4).
    pub fn is_restricted(&self, project_file: Option<&FilePath>) -> bool {
        let name = spelling::key(self.file_name());
        let project_file = project_file.map(|path| spelling::key(path.file_name()));
        let stem = project_file.as_deref().and_then(|name| name.rsplit_once('.')).map(|(stem, _)| stem);
        let ending = stem.and_then(|stem| name.strip_prefix(stem));
        self.is_project_file() || ending.is_some_and(|ending| COMPANIONS.contains(&ending))
    }
}

impl FileId {
    /// The stream of `path` in `resource`: the same for all spellings of a path, so they cannot be two files.
    pub fn of(resource: ResourceId, path: &FilePath) -> Self {
        Self(with_time_of(resource.0, Uuid::new_v5(&resource.0, path.key().as_bytes())))
    }
}
