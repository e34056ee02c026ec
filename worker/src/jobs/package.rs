//! Makes the project as field clients need it.

use fieldlog_commands::job::{JobInputs, packaging};
use fieldlog_projections::{JobRow, ReadError, View};
use serde_json::Value;

use super::{Brief, ContainerJob, Harvest, program, project_and_file};

/// See [`fieldlog_domain::job::JobKind::Package`].
pub(super) struct Package;

impl ContainerJob for Package {
    fn brief(&self, _view: &View, _job: &JobRow) -> Result<Brief, ReadError> {
        Ok(Brief { parameters: packaging::parameters(), ..Brief::default() })
    }

    fn command(&self, job: &JobRow, inputs: &JobInputs) -> Vec<String> {
        let mut command = program("package", [], project_and_file(job));
        command.extend(inputs.parameters.get("offliner").cloned());
        command
    }

    fn harvest(&self) -> Harvest {
        Harvest::Folder("export")
    }

    fn feedback_limit(&self) -> u64 {
        8 << 20
    }

    fn check(&self, feedback: &Value) -> Result<(), String> {
        match feedback.pointer("/outputs/qfield_layer_data/layers_by_id") {
            Some(Value::Object(_)) => Ok(()),
            _ => Err("expected outputs.qfield_layer_data.layers_by_id in feedback.json, found none".to_owned()),
        }
    }
}
