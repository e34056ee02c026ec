//! What field clients ask about: a surveyor with many projects of their own, all of which QGIS has looked at, one of them with
//! many photos.

use std::path::PathBuf;
use std::time::Instant;

use fieldlog_domain::ResourceId;
use fieldlog_domain::provenance::Actor;
use fieldlog_domain::shared::FilePath;
use fieldlog_eventlog::sqlite::{SqliteLog, SqliteOptions};

use super::projects::{self, Project};
use super::script::Script;
use super::{SHAPE, Seed, accounts, finish, ids, kept, tell};

/// Projects of the surveyor, whose session has [`TOKEN`](super::TOKEN).
pub const PROJECTS: u64 = 1_000;
/// Photos in [`with_photos`].
pub const PHOTOS: u64 = 1_000;
/// Versions of each photo.
pub const VERSIONS: u64 = 3;

/// One that QGIS could read.
const WITH_PHOTOS: u64 = 1;
/// Events of each other project, about: two data files and some photos beside the project file.
const EVENTS: u64 = 20;

/// The project with this number.
pub fn project(number: u64) -> ResourceId {
    ids::project(number)
}

/// The project with a project file and many photos, and nothing else.
pub fn with_photos() -> ResourceId {
    ids::project(WITH_PHOTOS)
}

/// The data folder, its read model built, made now when it is not there. Whoever wants to write into it copies it.
pub async fn folder() -> PathBuf {
    kept(&format!("seed-{SHAPE}-field-{PROJECTS}-{PHOTOS}-{VERSIONS}"), write).await
}

async fn write(folder: PathBuf) {
    let began = Instant::now();
    eprintln!("seeding {PROJECTS} projects of one surveyor, once …");
    let log = SqliteLog::open(folder.join("log.sqlite"), SqliteOptions::default()).expect("a new log opens");
    tell(&log, 1, |number| accounts::person(Seed::SMALL, number)).await;
    tell(&log, PROJECTS, survey).await;
    tell(&log, PHOTOS, photo).await;
    finish(&folder, log, began).await;
}

async fn survey(number: u64) -> Script {
    let mut script = Script::new(Actor::Account(ids::person(0)), ids::command("survey", number));
    script.resource = Some(ids::project(number));
    let mut project = Project::new(number);
    projects::register(&mut script, &mut project, ids::person(0)).await;
    projects::project_file(&mut script, &mut project).await;
    if number != WITH_PHOTOS {
        projects::field_work(&mut script, &mut project, EVENTS).await;
    }
    script
}

/// One file and its versions: a stream of its own.
async fn photo(number: u64) -> Script {
    let mut script = Script::new(Actor::Account(ids::person(0)), ids::command("photo", number));
    script.resource = Some(ids::project(WITH_PHOTOS));
    let mut project = Project::new(WITH_PHOTOS);
    let path = FilePath::try_new(&format!("DCIM/site-{number}.jpg")).expect("paths of stories are paths");
    for _ in 0..VERSIONS {
        projects::add_version(&mut script, &mut project, path.clone()).await;
    }
    script
}
