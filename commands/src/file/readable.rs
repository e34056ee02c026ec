//! Whether a QGIS project file looks like one (QFieldCloud reference, section 6.4). QGIS itself judges it in a job later.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};

use fieldlog_domain::Sha256Digest;
use fieldlog_domain::shared::FilePath;
use fieldlog_storage::{Storage, StorageError};
use futures::TryStreamExt;
use quick_xml::Reader;
use quick_xml::events::Event;
use tokio::task::spawn_blocking;

/// The most bytes of an archive that is read into memory where storage has no file to look at; a larger one is left to QGIS.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// The root element has to begin within so many bytes.
const HEAD: u64 = 256 * 1024;

/// Whether the blob is what its name says: XML with a root element `qgis` that names a version, or an archive with such a file.
pub(super) async fn is_readable(
    storage: &Storage,
    path: &FilePath,
    digest: &Sha256Digest,
) -> Result<bool, StorageError> {
    let reader = storage.open_blob(digest, None).await?;
    let name = path.file_name().to_owned();
    if let Some(local) = reader.local_path {
        let look = move || File::open(local).is_ok_and(|file| looks_right(&name, BufReader::new(file)));
        return Ok(spawn_blocking(look).await.unwrap_or_default());
    }
    if reader.size > MAX_BYTES {
        return Ok(true);
    }
    let bytes: Vec<u8> = reader
        .stream
        .try_fold(Vec::new(), |mut all, piece| async move {
            all.extend_from_slice(&piece);
            Ok(all)
        })
        .await?;
    Ok(spawn_blocking(move || looks_right(&name, Cursor::new(bytes))).await.unwrap_or_default())
}

fn looks_right(name: &str, content: impl Read + Seek) -> bool {
    match name.to_ascii_lowercase().ends_with(".qgz") {
        true => is_archive(name, content),
        false => is_project(content),
    }
}

/// The project of the archive's own name, else the first one.
fn is_archive(name: &str, content: impl Read + Seek) -> bool {
    let Ok(mut archive) = zip::ZipArchive::new(content) else { return false };
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let names = archive.file_names().filter_map(|entry| Some(entry.ok()?.into_owned()));
    let mut projects: Vec<String> = names.filter(|entry| entry.to_ascii_lowercase().ends_with(".qgs")).collect();
    projects.sort();
    let own = projects.iter().find(|entry| **entry == format!("{stem}.qgs")).or(projects.first());
    let Some(own) = own else { return false };
    archive.by_name(own).is_ok_and(is_project)
}

fn is_project(content: impl Read) -> bool {
    let mut reader = Reader::from_reader(BufReader::new(content.take(HEAD)));
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(root) | Event::Empty(root)) => {
                let version = root.try_get_attribute("version").ok().flatten();
                let version = version.map(|version| String::from_utf8_lossy(&version.value).into_owned());
                return root.name().as_ref() == b"qgis" && version.is_some_and(|version| is_version(&version));
            }
            Ok(Event::Eof) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}

/// Begins with three numbers: `3.40.2-Bratislava`.
fn is_version(text: &str) -> bool {
    let mut parts = text.splitn(3, '.');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let starts_with_digit = |part: &str| part.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    parts.next().is_some_and(is_number)
        && parts.next().is_some_and(is_number)
        && parts.next().is_some_and(starts_with_digit)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;

    use super::*;

    const PROJECT: &str =
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n<qgis version=\"3.40.2-Bratislava\">";

    fn archive(entries: &[(&str, &str)]) -> Cursor<Vec<u8>> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(content.as_bytes()).unwrap();
        }
        writer.finish().unwrap()
    }

    #[test]
    fn a_project_is_told_by_its_root_element() {
        assert!(looks_right("a.qgs", Cursor::new(PROJECT)));
        for bad in
            ["", "bees", "<html version=\"3.40.2\">", "<qgis>", "<qgis version=\"3\">", "<qgis version=\"3.x.1\">"]
        {
            assert!(!looks_right("a.qgs", Cursor::new(bad)), "{bad}");
        }
    }

    #[test]
    fn an_archive_holds_a_project() {
        assert!(looks_right("a.QGZ", archive(&[("b.qgs", PROJECT), ("a.qgd", "x")])));
        assert!(looks_right("a.qgz", archive(&[("0.qgs", "bees"), ("a.qgs", PROJECT)])));
        assert!(!looks_right("a.qgz", archive(&[("0.qgs", "bees"), ("b.qgs", PROJECT)])));
        assert!(!looks_right("a.qgz", archive(&[("a.qgd", "x")])));
        assert!(!looks_right("a.qgz", Cursor::new(PROJECT)));
    }
}
