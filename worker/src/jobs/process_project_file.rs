//! Looks at a QGIS project file: is it valid, what is in it, how does it look; and whether edits are still in what people brought.

use bytes::Bytes;
use fieldlog_commands::job::JobInputs;
use fieldlog_domain::job::EDITS_LOOKED_FOR;
use fieldlog_projections::{JobRow, ReadError, StoredEdit, View};
use serde_json::{Value, json};

use super::{Aside, Brief, ContainerJob, OutputRule, program, project_and_file};

const MEBIBYTE: u64 = 1 << 20;
/// The most edits that one job looks for: the latest.
const MAX_EDITS: usize = 50_000;
/// About the most bytes of them.
const MAX_BYTES: usize = 32 << 20;

/// See [`fieldlog_domain::job::JobKind::ProcessProjectFile`].
pub(super) struct ProcessProjectFile;

impl ContainerJob for ProcessProjectFile {
    fn brief(&self, view: &View, job: &JobRow) -> Result<Brief, ReadError> {
        let edits = view.edits_to_look_for(job.resource, MAX_EDITS, MAX_BYTES)?;
        let files = if edits.is_empty() { vec![] } else { vec![("edits.json", told(edits))] };
        Ok(Brief { files, ..Brief::default() })
    }

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

    fn feedback_limit(&self) -> u64 {
        16 * MEBIBYTE
    }

    /// What became of edits is as long as they are many: it is kept beside the feedback.
    fn aside(&self, feedback: &mut Value) -> Option<Aside> {
        let found = feedback.pointer_mut("/outputs/edits_still_there/edits")?;
        let items = match found.take() {
            Value::Array(items) => items,
            _ => return None,
        };
        *found = json!(items.len());
        let content = Bytes::from(Value::Array(items).to_string());
        Some(Aside { name: EDITS_LOOKED_FOR, content, says_nothing_changed: false })
    }

    fn check(&self, feedback: &Value) -> Result<(), String> {
        match feedback.pointer("/outputs/project_details/project_details") {
            Some(Value::Object(_)) => Ok(()),
            _ => Err("expected outputs.project_details.project_details in feedback.json, found none".to_owned()),
        }
    }
}

/// Edits as the container looks for them, in the order in which they were applied.
fn told(edits: Vec<StoredEdit>) -> Bytes {
    let edit = |edit: StoredEdit| {
        json!({
            "delta": edit.id,
            "layer": edit.layer,
            "method": edit.method,
            "pk": edit.pk,
            "before": edit.before,
            "after": edit.after,
            "takenBack": edit.is_taken_back,
        })
    };
    let edits: Vec<Value> = edits.into_iter().map(edit).collect();
    Bytes::from(json!({ "edits": edits }).to_string())
}
