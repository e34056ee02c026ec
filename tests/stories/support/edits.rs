//! Edits of the sampling points of the river survey, and what its data say.

use reqwest::{Method, StatusCode};
use rusqlite::Connection;
use rusqlite::types::Value as Cell;
use serde_json::{Value, json};
use uuid::Uuid;

use super::client::Client;
use super::fieldlog::Fieldlog;
use super::wait::{LONG, until};

/// An edit of a sampling point.
pub fn delta(method: &str, source_pk: &str, states: Value) -> Value {
    delta_of("sampling_points_sample", method, source_pk, states)
}

/// An edit of a layer, by the layer's id.
pub fn delta_of(layer: &str, method: &str, source_pk: &str, states: Value) -> Value {
    let mut delta = json!({
        "uuid": Uuid::new_v4(),
        "clientId": Uuid::new_v4(),
        "method": method,
        "localPk": "1",
        "sourcePk": source_pk,
        "localLayerId": layer,
        "sourceLayerId": layer,
    });
    let fields = delta.as_object_mut().expect("it is an object");
    fields.extend(states.as_object().expect("states are an object").clone());
    delta
}

/// A delta file.
pub fn delta_file(project: &str, deltas: &[Value]) -> Value {
    json!({ "version": "1.0", "id": Uuid::new_v4(), "project": project, "files": [], "deltas": deltas })
}

/// Pushes a delta file as a device does.
pub async fn push(who: &Client, project: &str, edits: &Value) {
    let body = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"edits.json\"\r\n\r\n{edits}\r\n--edge--\r\n"
    );
    let request = who.request(Method::POST, &format!("/api/v1/deltas/{project}/"));
    let request = request.header("content-type", "multipart/form-data; boundary=edge").body(body);
    let answer = request.send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert_eq!((status, text.as_str()), (StatusCode::OK, ""));
}

/// All edits of a project, once no job has to do with any of them.
pub async fn settled(who: &Client, project: &str, fields: &str) -> Vec<Value> {
    let fields = format!("deltas(first: 100) {{ nodes {{ status feedback {fields} }} }}");
    until("every edit is settled", LONG, async || {
        let found = who.project(project, &fields).await["deltas"]["nodes"].as_array().unwrap().clone();
        let is_under_way = |delta: &Value| delta["status"] == "PENDING" || delta["status"] == "STARTED";
        (!found.iter().any(is_under_way)).then_some(found)
    })
    .await
}

/// What the project's data answer to a query; SQLite alone reads them.
pub async fn rows(fieldlog: &Fieldlog, who: &Client, project: &str, query: &str) -> Vec<Vec<Cell>> {
    let file = fieldlog.path(&format!("survey-{}.gpkg", Uuid::new_v4()));
    std::fs::write(&file, who.download(project, "survey.gpkg").await).unwrap();
    let database = Connection::open(file).unwrap();
    let mut query = database.prepare(query).unwrap();
    let columns = query.column_count();
    let rows = query.query_map([], |row| (0..columns).map(|column| row.get(column)).collect()).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}
