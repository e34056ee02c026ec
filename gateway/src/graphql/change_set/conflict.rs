//! Both sides of a conflict.

use async_graphql::{Json, Object};
use fieldlog_projections::{DeltaRow, DeltaStatus};
use serde_json::Value;

/// An edit wants a feature to be one way, and the project has it another way.
pub struct EditConflict {
    old: Option<Value>,
    mine: Option<Value>,
    theirs: Option<Value>,
    differences: Vec<String>,
}

impl EditConflict {
    /// Of an edit; none when it is not in conflict.
    pub fn of(row: &DeltaRow) -> Option<Self> {
        if row.status != DeltaStatus::Conflict {
            return None;
        }
        let state = |key: &str| row.content.get(key).filter(|state| !state.is_null()).cloned();
        let told = row.feedback.as_ref().and_then(|feedback| feedback.get("conflicts")).and_then(Value::as_array);
        let differences = told.into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect();
        Some(Self { old: state("old"), mine: state("new"), theirs: row.before.clone(), differences })
    }
}

#[Object]
impl EditConflict {
    /// The feature as the device had it before: its attributes and geometry, as far as the device told.
    async fn old(&self) -> Option<Json<Value>> {
        self.old.clone().map(Json)
    }

    /// What the device wants; null when it wants the feature gone.
    async fn mine(&self) -> Option<Json<Value>> {
        self.mine.clone().map(Json)
    }

    /// What the project had when the edit was tried, as far as the edit or the conflict is about it.
    async fn theirs(&self) -> Option<Json<Value>> {
        self.theirs.clone().map(Json)
    }

    /// What differs, one sentence each.
    async fn differences(&self) -> &[String] {
        &self.differences
    }
}
