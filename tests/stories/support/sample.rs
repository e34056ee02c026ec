//! Real projects to upload.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::{repository, script};

/// Files of a project by their paths; the QGIS project file comes last.
pub type Files = Vec<(String, Vec<u8>)>;

/// The sample field project, made when it is not there yet.
pub fn river_survey() -> Files {
    std::fs::create_dir_all(repository(".cache")).unwrap();
    // Tests are processes: they make it once.
    let lock = File::create(repository(".cache/sample.lock")).unwrap();
    lock.lock().unwrap();
    let folder = repository(".cache/sample");
    if !folder.join("river_survey.qgs").exists() {
        script("make-sample", &[]);
    }
    files(&folder)
}

/// A project of another program's tests, where it is beside the checkout.
pub fn bee_farming() -> Option<Files> {
    let folder = repository("../shared/testdata/bee_farming");
    if !folder.exists() {
        eprintln!("SKIPPED: there is no {}", folder.display());
    }
    folder.exists().then(|| files(&folder))
}

fn files(folder: &Path) -> Files {
    let mut files: Files = walk(folder)
        .into_iter()
        .filter(|path| !path.to_string_lossy().ends_with('~'))
        .map(|path| {
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect();
    files.sort_by_key(|(name, _)| (name.ends_with(".qgs") || name.ends_with(".qgz"), name.clone()));
    files
}

/// Every file below a folder.
pub fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(walk(&path)),
            false => found.push(path),
        }
    }
    found
}

/// A QGIS project file whose third line is no XML.
pub const BROKEN: &str = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n<qgis version=\"3.40\">\n  <title>River</titel>\n</qgis>\n";

/// The smallest project file that QGIS reads.
pub fn empty_project(title: &str) -> String {
    format!(
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n<qgis version=\"3.40.6\" projectname=\"{title}\">\n  <title>{title}</title>\n  <projectlayers/>\n  <mapcanvas name=\"theMapCanvas\"/>\n</qgis>\n"
    )
}
