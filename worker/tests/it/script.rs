//! What scripted containers do.

use std::path::Path;
use std::sync::Arc;

use fieldlog_worker::containers::ContainerSpec;
use fieldlog_worker::containers::fake::{Act, FakeRuntime, Gate, Script};
use serde_json::{Value, json};

pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n not much of a picture";

pub fn feedback() -> Value {
    json!({
        "feedback_version": "2.0",
        "steps": [{"id": "project_details", "name": "Project Details", "stage": 2, "returns": {}}],
        "outputs": {"project_details": {"project_details": {"crs": "EPSG:3857", "layers_by_id": {}}}},
    })
}

pub fn print(line: &str) -> Act {
    Act::Print(line.to_owned())
}

pub fn leave(feedback: &Value) -> Act {
    Act::Leave("feedback.json", feedback.to_string().into_bytes())
}

pub fn act(anything: impl Fn(&Path) + Send + Sync + 'static) -> Act {
    Act::Do(Arc::new(anything))
}

pub fn end(code: i64) -> Act {
    Act::End { code, out_of_memory: false }
}

/// A container that does its work.
pub fn good() -> Vec<Act> {
    vec![print("opening"), leave(&feedback()), Act::Leave("thumbnail.png", PNG.to_vec()), print("done")]
}

/// A container that does its work once the gate is open.
pub fn good_after(gate: &Gate) -> Vec<Act> {
    let mut acts = vec![print("waiting"), Act::Hold(gate.clone())];
    acts.extend(good());
    acts
}

/// An engine whose containers all do this.
pub fn engine(acts: impl Fn(&ContainerSpec) -> Vec<Act> + Send + Sync + 'static) -> FakeRuntime {
    let script: Script = Arc::new(acts);
    FakeRuntime::new("qgis", script)
}
