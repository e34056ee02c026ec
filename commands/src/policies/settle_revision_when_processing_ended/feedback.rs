//! Reads what QGIS found out of `feedback.json` (QFieldCloud reference, section 8.5).

use fieldlog_domain::resource::{Layer, ProjectDetails, ProjectProblem};
use serde_json::Value;

/// The details, if there are any. What is missing or of another type in them counts as empty: an image may be older than this program.
pub(super) fn project_details(feedback: &Value) -> Option<ProjectDetails> {
    let found = feedback.pointer("/outputs/project_details/project_details")?;
    found.is_object().then(|| ProjectDetails {
        project_name: text(found, "project_name"),
        crs: text(found, "crs"),
        qgis_version: text(found, "qgis_version"),
        background_color: text(found, "background_color"),
        extent: text(found, "extent"),
        area_of_interest: text(found, "area_of_interest"),
        attachment_dirs: texts(found, "attachment_dirs"),
        data_dirs: texts(found, "data_dirs"),
        layers: layers(found),
        problems: problems(found),
    })
}

/// In the order of the layer tree; those that are in no order come last.
fn layers(details: &Value) -> Vec<Layer> {
    let Some(by_id) = details.get("layers_by_id").and_then(Value::as_object) else { return Vec::new() };
    let order = texts(details, "ordered_layer_ids");
    let mut all: Vec<(&String, &Value)> = by_id.iter().collect();
    all.sort_by_key(|(id, _)| order.iter().position(|ordered| ordered == *id).unwrap_or(usize::MAX));
    all.into_iter().map(|(id, found)| layer(id, found)).collect()
}

fn layer(id: &str, found: &Value) -> Layer {
    Layer {
        id: id.to_owned(),
        name: text(found, "name"),
        crs: text(found, "crs"),
        type_name: text(found, "type_name"),
        geom_type_name: maybe(found, "geom_type_name"),
        wkb_type_name: maybe(found, "wkb_type_name"),
        provider_name: text(found, "provider_name"),
        datasource: text(found, "datasource"),
        filename: text(found, "filename"),
        is_valid: is(found, "is_valid"),
        is_localized: is(found, "is_localized"),
        error_code: text(found, "error_code"),
        error_summary: text(found, "error_summary"),
        error_message: text(found, "error_message"),
        provider_error_summary: maybe(found, "provider_error_summary"),
        provider_error_message: maybe(found, "provider_error_message"),
        qfs_cloud_action: maybe(found, "qfs_cloud_action"),
        qfc_source_data_pk_name: text(found, "qfc_source_data_pk_name"),
    }
}

fn problems(details: &Value) -> Vec<ProjectProblem> {
    let all = details.get("problems").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    all.iter().map(problem).collect()
}

fn problem(found: &Value) -> ProjectProblem {
    ProjectProblem {
        layer_id: text(found, "layer_id"),
        layer_name: text(found, "layer_name"),
        code: text(found, "code"),
        message: text(found, "message"),
    }
}

fn maybe(of: &Value, key: &str) -> Option<String> {
    of.get(key)?.as_str().map(str::to_owned)
}

fn text(of: &Value, key: &str) -> String {
    maybe(of, key).unwrap_or_default()
}

fn texts(of: &Value, key: &str) -> Vec<String> {
    let all = of.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn is(of: &Value, key: &str) -> bool {
    of.get(key).and_then(Value::as_bool).unwrap_or_default()
}
