//! What one container may read and bring.

use std::collections::BTreeMap;
use std::path::PathBuf;

use fieldlog_commands::file::{attachment_folders, is_attachment};
use fieldlog_commands::project::seed_document;
use fieldlog_domain::job::JobKind;
use fieldlog_domain::resource::{ResourceSource, Visibility};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{JobId, ResourceId};
use fieldlog_projections::{JobRow, ReadError, View};
use serde_json::{Value, json};
use tokio::sync::{Mutex, RwLock};

use super::answer::Refusal;
use super::listing::{self, Listed};
use super::received::Received;
use crate::staging::{Found, JobDirectory};

/// What one container may read and bring: the inputs and the results of one attempt at one job.
pub(crate) struct Desk {
    job: JobId,
    kind: JobKind,
    pub(super) resource: ResourceId,
    directory: JobDirectory,
    /// The most bytes of one file.
    pub(super) file_bytes: u64,
    pub(super) project: Value,
    pub(super) seed: Option<Value>,
    form: Option<String>,
    attachment_folders: Vec<String>,
    /// The project's files as they are on the disk; none before anybody asked.
    listed: Mutex<Option<BTreeMap<String, Listed>>>,
    is_open: RwLock<bool>,
}

impl Desk {
    /// Of a job whose directory holds its inputs. `url` is where the container reaches it.
    pub(crate) fn new(
        view: &View,
        job: &JobRow,
        directory: JobDirectory,
        file_bytes: u64,
        url: &str,
    ) -> Result<Self, ReadError> {
        let resource = job.resource;
        let form = match view.source(resource)? {
            Some(ResourceSource::Seeded { seed }) => seed.xlsform.map(|form| form.file_name()),
            Some(ResourceSource::Created | ResourceSource::Copied { .. }) | None => None,
        };
        let mut seed = seed_document(view, resource, &format!("{url}projects/{resource}/seed/xlsform/"))?;
        // A copy has its files already: the container finds them in its own project, the only one that it may read.
        if let Some(from) = seed.as_mut().and_then(|seed| seed.get_mut("clone_from_project"))
            && !from.is_null()
        {
            *from = json!(resource);
        }
        Ok(Self {
            job: job.id,
            kind: job.kind,
            resource,
            directory,
            file_bytes,
            project: project(view, job)?,
            seed,
            form,
            attachment_folders: attachment_folders(view, resource)?,
            listed: Mutex::default(),
            is_open: RwLock::new(true),
        })
    }

    /// Refuses whoever asks for another project.
    pub(super) fn about(&self, project: &str) -> Result<(), Refusal> {
        let is_ours = project.parse().is_ok_and(|project: ResourceId| project == self.resource);
        is_ours.then_some(()).ok_or_else(Refusal::not_of_this_job)
    }

    /// The project's files, as the clients list them.
    pub(super) async fn list(&self) -> Result<Vec<Value>, Refusal> {
        let mut listed = self.listed.lock().await;
        if listed.is_none() {
            let folder = self.directory.files();
            let found = tokio::task::spawn_blocking(move || listing::list(&folder)).await;
            *listed = Some(found.map_err(std::io::Error::other)??.into_iter().collect());
        }
        let items = listed.iter().flatten().map(|(name, listed)| listed.item(name, self.is_attachment(name)));
        Ok(items.collect())
    }

    /// One of the project's files.
    pub(super) fn file(&self, name: &str) -> Result<Found, Refusal> {
        let path = FilePath::try_new(name).map_err(|_| Refusal::no("file"))?;
        let place = self.directory.files().join(path.as_str());
        Ok(Found { path, place, replaces: None })
    }

    /// The name and the place of the form that the project is made from.
    pub(super) fn form(&self) -> Result<(&str, PathBuf), Refusal> {
        let name = self.form.as_ref().ok_or_else(|| Refusal::no("form"))?;
        Ok((name, self.directory.given(name)))
    }

    /// Where files are received.
    pub(super) fn inbox(&self) -> PathBuf {
        self.directory.results()
    }

    /// Where a project's file goes. Only jobs that change the project bring any.
    pub(super) fn place_of_file(&self, name: &str) -> Result<PathBuf, Refusal> {
        match self.kind {
            JobKind::ApplyDeltas | JobKind::CreateProject => {
                Ok(self.directory.files().join(brought_path(name)?.as_str()))
            }
            JobKind::Package | JobKind::ProcessProjectFile => Err(Refusal::not_of_this_job()),
        }
    }

    /// Where a file of the package goes.
    pub(super) fn place_of_packaged(&self, job: &str, name: &str) -> Result<PathBuf, Refusal> {
        let is_ours = job.parse().is_ok_and(|job: JobId| job == self.job);
        match self.kind {
            JobKind::Package if is_ours => {
                Ok(self.directory.results().join("export").join(brought_path(name)?.as_str()))
            }
            JobKind::Package | JobKind::ProcessProjectFile | JobKind::ApplyDeltas | JobKind::CreateProject => {
                Err(Refusal::not_of_this_job())
            }
        }
    }

    /// Where the picture of the project goes.
    pub(super) fn place_of_thumbnail(&self) -> Result<PathBuf, Refusal> {
        match self.kind {
            JobKind::ProcessProjectFile => Ok(self.directory.results().join("thumbnail.png")),
            JobKind::Package | JobKind::ApplyDeltas | JobKind::CreateProject => Err(Refusal::not_of_this_job()),
        }
    }

    /// Puts a file in its place, unless the job is over.
    pub(super) async fn take(&self, received: &Received, place: PathBuf) -> Result<(), Refusal> {
        let is_open = self.is_open.read().await;
        if !*is_open {
            return Err(Refusal::bad_token());
        }
        received.put(&place).await?;
        *self.listed.lock().await = None;
        Ok(())
    }

    /// Takes nothing more, once whatever is being taken is in its place.
    pub(super) async fn close(&self) {
        *self.is_open.write().await = false;
    }

    fn is_attachment(&self, name: &str) -> bool {
        is_attachment(&self.attachment_folders, name)
    }
}

fn brought_path(name: &str) -> Result<FilePath, Refusal> {
    FilePath::try_new(name).map_err(|error| Refusal::bad("validation_error", error.to_string()))
}

/// The project as a container reads it: the part of section 3.3 that says what it is.
fn project(view: &View, job: &JobRow) -> Result<Value, ReadError> {
    let id = job.resource;
    let Some(row) = view.resource(id)? else { return Ok(Value::Null) };
    let owner = view.account(row.owner)?.map(|owner| owner.name.to_string());
    let is_public = row.visibility == Visibility::Public;
    Ok(json!({
        "id": id,
        "name": row.name.as_str(),
        "owner": owner,
        "description": row.description,
        "is_public": is_public,
        "private": !is_public,
        "overwrite_conflicts": row.settings.overwrites_conflicts,
        "has_restricted_projectfiles": row.settings.has_restricted_files,
        "is_attachment_download_on_demand": row.settings.has_attachments_on_demand,
        "the_qgis_file_name": job.project_file.as_ref().map(ToString::to_string),
        "shared_datasets_project_id": null,
        "is_shared_datasets_project": false,
    }))
}
