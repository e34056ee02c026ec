//! Whether what edits did is in the files as they are now.

use std::collections::HashMap;

use fieldlog_domain::file::{Ancestor, Ancestry, Lineage, Remains};
use fieldlog_domain::resource::{Layer, ProjectDetails};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{FileId, ResourceId};
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::deeds::Step;
use super::rows::{Doubt, FileChange, Loss};
use crate::column::Cells;
use crate::error::ReadError;

/// Whether what an edit did is in the data as they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    Kept,
    Unknown(Doubt),
    Gone(Loss),
}

/// The files of a resource that edits were written to, as far as they were asked for.
pub(super) struct Files<'c> {
    pub(super) connection: &'c Connection,
    resource: ResourceId,
    /// Where the project has its layers, once somebody asked.
    layers: Option<HashMap<String, Place>>,
    versions: HashMap<FileId, Option<Versions>>,
    /// What jobs did, by what they were asked to do it to: many edits of a job are of one layer.
    told: HashMap<Uuid, Vec<(String, Option<String>, Standing)>>,
}

/// Where a layer's data are.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    File(FilePath),
    Database,
}

impl<'c> Files<'c> {
    pub(super) fn of(connection: &'c Connection, resource: ResourceId) -> Self {
        Self { connection, resource, layers: None, versions: HashMap::new(), told: HashMap::new() }
    }

    /// Whether what an edit of a layer did is there. `file` is the file that it was written to, empty for a database, and none when
    /// nobody said.
    pub(super) fn standing(&mut self, layer: &str, file: Option<&str>, step: Step) -> Result<Standing, ReadError> {
        let told = self.told.get(&step.job).into_iter().flatten();
        if let Some((_, _, standing)) = told.clone().find(|told| told.0 == layer && told.1.as_deref() == file) {
            return Ok(standing.clone());
        }
        let standing = self.find(layer, file, step)?;
        let told = (layer.to_owned(), file.map(ToOwned::to_owned), standing.clone());
        self.told.entry(step.job).or_default().push(told);
        Ok(standing)
    }

    fn find(&mut self, layer: &str, file: Option<&str>, step: Step) -> Result<Standing, ReadError> {
        let now = self.layers()?.get(layer).cloned();
        let then = match file {
            Some("") => Some(Place::Database),
            Some(path) => FilePath::try_new(path).ok().map(Place::File),
            None => now.clone(),
        };
        let path = match (then, now) {
            (Some(Place::Database), _) => return Ok(Standing::Kept),
            (Some(Place::File(from)), Some(Place::File(to))) if self.id(&from) != self.id(&to) => {
                return Ok(Standing::Unknown(Doubt::Moved { from, to }));
            }
            (Some(Place::File(path)), _) => path,
            (None, _) => return Ok(Standing::Unknown(Doubt::Untold)),
        };
        let mut standing = match self.versions(&path)? {
            Some(versions) => versions.standing(step),
            None => Standing::Unknown(Doubt::Untold),
        };
        if let Some(path) = values_beside(&path) {
            match self.versions(&path)?.map(|versions| versions.standing(step)) {
                Some(Standing::Unknown(doubt)) if standing == Standing::Kept => standing = Standing::Unknown(doubt),
                Some(Standing::Gone(loss)) => standing = Standing::Gone(loss),
                Some(Standing::Kept | Standing::Unknown(_)) | None => {}
            }
        }
        Ok(standing)
    }

    fn layers(&mut self) -> Result<&HashMap<String, Place>, ReadError> {
        let layers = match self.layers.take() {
            Some(layers) => layers,
            None => layers(self.connection, self.resource)?,
        };
        Ok(self.layers.insert(layers))
    }

    fn id(&self, path: &FilePath) -> FileId {
        FileId::of(self.resource, path)
    }

    fn versions(&mut self, path: &FilePath) -> Result<Option<&Versions>, ReadError> {
        let id = self.id(path);
        if !self.versions.contains_key(&id) {
            let read = Versions::read(self.connection, id)?;
            self.versions.insert(id, read);
        }
        Ok(self.versions.get(&id).and_then(Option::as_ref))
    }
}

fn layers(connection: &Connection, resource: ResourceId) -> Result<HashMap<String, Place>, ReadError> {
    let sql = "SELECT details FROM resource JOIN resource_details ON revision = ready WHERE resource.id = ?1";
    let mut query = connection.prepare_cached(sql)?;
    let details: Option<ProjectDetails> = query.query_row([resource.uuid()], |row| Cells::of(row).json()).optional()?;
    let layers = details.map(|details| details.layers).unwrap_or_default().into_iter();
    Ok(layers.filter_map(|layer| Some((layer.id.clone(), Place::of(&layer)?))).collect())
}

impl Place {
    /// None: a layer that nobody can tell this of.
    fn of(layer: &Layer) -> Option<Self> {
        match layer.provider_name.as_str() {
            "postgres" => Some(Self::Database),
            _ => FilePath::try_new(&layer.filename).ok().map(Self::File),
        }
    }
}

/// The file beside a Shapefile that has its values.
fn values_beside(path: &FilePath) -> Option<FilePath> {
    let (stem, suffix) = path.as_str().rsplit_once('.')?;
    suffix.eq_ignore_ascii_case("shp").then(|| FilePath::try_new(&format!("{stem}.dbf")).ok())?
}

/// The versions of a file, in order.
struct Versions {
    path: FilePath,
    rows: Vec<Version>,
    /// Of what the path holds; none when it holds nothing.
    lineage: Option<Lineage>,
}

struct Version {
    key: i64,
    /// The job that made it; none for an upload and for a restored one.
    job: Option<Uuid>,
    is_of_job: bool,
    change: FileChange,
}

impl Versions {
    fn read(connection: &Connection, file: FileId) -> Result<Option<Self>, ReadError> {
        let sql = "SELECT file_version.key, file_version.id, digest, job, restored, added_by, added_at, path,
                       file.current IS file_version.key,
                       (SELECT output.value ->> 'replaces' FROM job, json_each(job.outputs) AS output
                        WHERE job.id = file_version.job AND output.value ->> 'digest' = lower(hex(digest))
                        ORDER BY output.value ->> 'name' = path DESC LIMIT 1)
                   FROM file JOIN file_version ON file_version.file = file.key
                   WHERE file.id = ?1 ORDER BY file_version.key";
        let mut query = connection.prepare_cached(sql)?;
        let mut found = query.query([file.uuid()])?;
        let (mut rows, mut ancestors, mut places) = (Vec::new(), Vec::new(), HashMap::new());
        let (mut current, mut path) = (None, None);
        while let Some(row) = found.next()? {
            let mut cells = Cells::of(row);
            let (key, id, digest) = (cells.get()?, cells.get::<Uuid>()?, cells.sha256()?);
            let (job, restored): (Option<Uuid>, Option<Uuid>) = (cells.get()?, cells.get()?);
            let (by, at) = (cells.id_if_any()?, cells.time()?);
            let this: FilePath = cells.word()?;
            let is_current: bool = cells.get()?;
            let replaces: Option<String> = cells.get()?;
            let restored = restored.and_then(|restored| places.get(&restored).copied());
            let origin = match (restored, job) {
                (Some(from), _) => Ancestry::Restored { from },
                (None, Some(_)) => Ancestry::Made { from: replaces.and_then(|digest| digest.parse().ok()) },
                (None, None) => Ancestry::Uploaded,
            };
            places.insert(id, rows.len());
            current = current.or(is_current.then_some(rows.len()));
            ancestors.push(Ancestor { digest, origin });
            let change = FileChange { path: this.clone(), by, at };
            rows.push(Version { key, job: job.filter(|_| restored.is_none()), is_of_job: job.is_some(), change });
            path = Some(this);
        }
        let lineage = current.map(|current| Lineage::of(&ancestors, current));
        Ok(path.map(|path| Self { path, rows, lineage }))
    }

    /// Whether what a job wrote is there.
    fn standing(&self, step: Step) -> Standing {
        let Some(lineage) = &self.lineage else { return Standing::Gone(Loss::FileDeleted(self.path.clone())) };
        let made = self.rows.iter().rposition(|version| version.job == Some(step.job));
        // A job that left the file as it was wrote into what it held then.
        let then = made.or_else(|| self.rows.iter().rposition(|version| version.key < step.applied));
        let change = |place: usize| self.rows[place].change.clone();
        match then.map(|then| lineage.remains_of(then)) {
            Some(Remains::Kept) => Standing::Kept,
            Some(Remains::Unknown { upload }) if self.rows[upload].is_of_job => {
                Standing::Unknown(Doubt::Made(change(upload)))
            }
            Some(Remains::Unknown { upload }) => Standing::Unknown(Doubt::Uploaded(change(upload))),
            Some(Remains::Gone { by: Some(by) }) => Standing::Gone(Loss::Restored(change(by))),
            Some(Remains::Gone { by: None }) => Standing::Gone(Loss::VersionDeleted(self.path.clone())),
            None => Standing::Unknown(Doubt::Untold),
        }
    }
}
