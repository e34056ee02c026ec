//! Looks at a QGIS project file: is it valid, what is in it, how does it look.

use fieldlog_commands::job::JobInputs;
use fieldlog_projections::JobRow;
use serde_json::Value;

use super::{ContainerJob, OutputRule, program, project_and_file};

const MEBIBYTE: u64 = 1 << 20;

/// See [`fieldlog_domain::job::JobKind::ProcessProjectFile`].
pub(super) struct ProcessProjectFile;

impl ContainerJob for ProcessProjectFile {
    fn command(&self, job: &JobRow, _inputs: &JobInputs) -> Vec<String> {
        program("process_projectfile", [], project_and_file(job))
    }

    fn outputs(&self) -> &'static [OutputRule] {
        &[OutputRule {
            name: "thumbnail.png",
            media_type: "image/png",
            magic: b"\x89PNG\r\n\x1a\n",
            limit: 5 * MEBIBYTE,
        }]
    }

    fn check(&self, feedback: &Value) -> Result<(), String> {
        match feedback.pointer("/outputs/project_details/project_details") {
            Some(Value::Object(_)) => Ok(()),
            _ => Err("expected outputs.project_details.project_details in feedback.json, found none".to_owned()),
        }
    }
}
