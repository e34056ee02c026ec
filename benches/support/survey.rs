//! Field projects with many features, made by QGIS and kept under `.cache/bench`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::containers::IMAGE;
use super::disk;

/// Goes up when `survey/make_survey.py` makes something else.
const SHAPE: u32 = 1;
/// The data of a survey, in its folder.
pub const DATA: &str = "survey.gpkg";

/// One layer in a GeoPackage, beside the project file.
#[derive(Debug, Clone, Copy)]
pub struct Survey {
    pub features: u64,
    /// Of each feature, which is an area; 0: it is a point.
    pub corners: u64,
}

impl Survey {
    /// What is edited: the size of a city's trees.
    pub const POINTS: Self = Self { features: 100_000, corners: 0 };
    /// What is packaged: 145 MB.
    pub const AREAS: Self = Self { features: 180_000, corners: 34 };

    /// Its folder, made now when it is not there.
    pub fn folder(self) -> PathBuf {
        let Self { features, corners } = self;
        let folder = disk::cache().join(format!("survey-{SHAPE}-{features}-{corners}"));
        if !folder.is_dir() {
            let unfinished = disk::scratch("survey");
            self.make(unfinished.path());
            // A folder under its name is whole.
            std::fs::rename(unfinished.keep(), &folder).expect("the survey could be given its name");
        }
        folder.canonicalize().expect("the survey is there")
    }

    fn make(self, folder: &Path) {
        eprintln!("making a survey of {} features, once …", self.features);
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/survey");
        // As root of the container, which writes into the folder of whoever runs this.
        let made = Command::new("docker")
            .args(["run", "--rm", "--init", "--network", "none", "--user", "0:0"])
            .arg("--volume")
            .arg(format!("{}:/survey:ro", program.display()))
            .arg("--volume")
            .arg(format!("{}:/out", folder.canonicalize().expect("the folder is there").display()))
            .args([IMAGE, "python3", "/survey/make_survey.py", "/out"])
            .args([self.features.to_string(), self.corners.to_string()])
            .stdout(Stdio::null())
            .status()
            .expect("docker is there");
        assert!(made.success(), "expected a survey, see above");
    }
}

/// How many features are in the one table of a GeoPackage.
pub fn count(data: &Path) -> u64 {
    let database = rusqlite::Connection::open(data).expect("SQLite opens a GeoPackage");
    let table = "SELECT table_name FROM gpkg_contents WHERE data_type = 'features'";
    let table: String = database.query_row(table, [], |row| row.get(0)).expect("there is a table of features");
    let count = format!("SELECT count(*) FROM \"{table}\"");
    let count: i64 = database.query_row(&count, [], |row| row.get(0)).expect("they can be counted");
    count.cast_unsigned()
}
