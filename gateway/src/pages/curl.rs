//! An example of an operation that can be pasted into a shell.

use serde_json::{Map, Value};

use super::api::Found;
use crate::api_v1::document::{Answer, Media, RequestBody};

/// `curl` with what the operation needs. Parts of the path are variables of the shell.
pub fn example(found: &Found<'_>) -> String {
    let mut words = vec!["curl".to_owned()];
    let method = found.method.to_uppercase();
    let sends_fields = found.operation.request_body.is_some();
    if method != "GET" && !(method == "POST" && sends_fields) {
        words.push(format!("-X {method}"));
    }
    if found.operation.security.iter().any(|scheme| !scheme.is_empty()) && !is_log_in(found) {
        words.push("-H \"Authorization: Token $TOKEN\"".to_owned());
    }
    if let Some(body) = &found.operation.request_body {
        words.push(sent(body));
    }
    if is_download(found) {
        words.push("-o FILE".to_owned());
    }
    words.push(format!("\"$SERVER{}\"", with_variables(found.path)));
    words.join(" \\\n  ")
}

/// Whoever logs in has no token yet.
fn is_log_in(found: &Found<'_>) -> bool {
    found.path.starts_with("/api/v1/auth/") && found.operation.request_body.is_some()
}

fn is_download(found: &Found<'_>) -> bool {
    let is_bytes = |answer: &Answer| matches!(answer, Answer::Here(response) if response.content.contains_key("*/*"));
    found.operation.responses.get("200").is_some_and(is_bytes)
}

/// `/{project}/` becomes `/$PROJECT/`.
fn with_variables(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(name) => format!("${}", name.to_uppercase()),
        None => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

fn sent(body: &RequestBody) -> String {
    match body.content.get("application/json") {
        Some(media) => {
            let fields = Value::Object(examples(media));
            format!("-H 'Content-Type: application/json' \\\n  -d '{}'", fields.to_string().replace('\'', "'\\''"))
        }
        None => {
            let names = body.content.values().flat_map(names);
            names.map(|name| format!("-F {name}=@FILE")).collect::<Vec<_>>().join(" ")
        }
    }
}

/// The fields that have an example.
fn examples(media: &Media) -> Map<String, Value> {
    let properties = media.schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let example = |(name, field): (&String, &Value)| Some((name.clone(), field.pointer("/examples/0")?.clone()));
    properties.filter_map(example).collect()
}

fn names(media: &Media) -> Vec<String> {
    media
        .schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_the_path_are_variables() {
        assert_eq!(with_variables("/api/v1/files/{project}/{filename}/"), "/api/v1/files/$PROJECT/$FILENAME/");
        assert_eq!(with_variables("/api/v1/status/"), "/api/v1/status/");
    }
}
