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
        // The step tells its outputs too.
        let steps = feedback.get_mut("steps").and_then(Value::as_array_mut).into_iter().flatten();
        for step in steps.filter(|step| step.get("id") == Some(&json!("edits_still_there"))) {
            step["returns"] = json!({});
        }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use fieldlog_domain::DeltaId;
    use fieldlog_domain::change_set::DeltaMethod;
    use uuid::Uuid;

    #[test]
    fn edits_are_told_as_the_container_reads_them() {
        let edit = StoredEdit {
            id: DeltaId(Uuid::from_u128(7)),
            layer: "trees".into(),
            method: DeltaMethod::Patch,
            pk: "17".into(),
            before: json!({ "attributes": { "height": 3 } }),
            after: Value::Null,
            is_taken_back: true,
        };
        let expected = json!({ "edits": [{
            "delta": Uuid::from_u128(7), "layer": "trees", "method": "patch", "pk": "17",
            "before": { "attributes": { "height": 3 } }, "after": null, "takenBack": true,
        }] });
        assert_eq!(serde_json::from_slice::<Value>(&told(vec![edit])).unwrap(), expected);
    }

    #[test]
    fn what_became_of_edits_is_kept_beside_the_feedback() {
        let found = json!([{ "delta": Uuid::from_u128(7), "file": "trees.gpkg", "is_there": false, "why": "gone" }]);
        let step = json!({ "id": "edits_still_there", "returns": { "edits": found } });
        let mut feedback = json!({ "steps": [step], "outputs": { "edits_still_there": { "edits": found } } });
        let aside = ProcessProjectFile.aside(&mut feedback).unwrap();
        assert_eq!((aside.name, serde_json::from_slice::<Value>(&aside.content).unwrap()), (EDITS_LOOKED_FOR, found));
        let left = json!({ "id": "edits_still_there", "returns": {} });
        assert_eq!(feedback, json!({ "steps": [left], "outputs": { "edits_still_there": { "edits": 1 } } }));
        let mut nothing = json!({ "outputs": { "edits_still_there": { "edits": null } } });
        assert!(ProcessProjectFile.aside(&mut nothing).is_none(), "nobody looked");
    }
}
