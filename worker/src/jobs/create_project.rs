//! Makes a project's first files, from a seed or from another project.

use bytes::Bytes;
use fieldlog_commands::job::JobInputs;
use fieldlog_commands::project::seed_document;
use fieldlog_domain::resource::{ResourceSource, XlsForm};
use fieldlog_projections::{JobRow, ReadError, View};
use serde_json::Value;

use super::{Brief, ContainerJob, Harvest, program};

/// See [`fieldlog_domain::job::JobKind::CreateProject`].
pub(super) struct CreateProject;

impl ContainerJob for CreateProject {
    fn brief(&self, view: &View, job: &JobRow) -> Result<Brief, ReadError> {
        let form = match view.source(job.resource)? {
            Some(ResourceSource::Seeded { seed }) => seed.xlsform,
            Some(ResourceSource::Created | ResourceSource::Copied { .. }) | None => None,
        };
        let name = form.as_ref().map(XlsForm::file_name).unwrap_or_default();
        let seed = seed_document(view, job.resource, &name)?.unwrap_or_default();
        Ok(Brief {
            files: vec![("seed.json", Bytes::from(seed.to_string()))],
            blobs: form.map(|form| (name, form.digest)).into_iter().collect(),
            ..Brief::default()
        })
    }

    fn command(&self, job: &JobRow, _inputs: &JobInputs) -> Vec<String> {
        program("create_project", [], [job.resource.to_string()])
    }

    fn harvest(&self) -> Harvest {
        Harvest::Made
    }

    fn feedback_limit(&self) -> u64 {
        8 << 20
    }

    fn check(&self, feedback: &Value) -> Result<(), String> {
        match feedback.pointer("/outputs/qgis_layers_data/layers_by_id") {
            Some(Value::Object(_)) => Ok(()),
            _ => Err("expected outputs.qgis_layers_data.layers_by_id in feedback.json, found none".to_owned()),
        }
    }
}
