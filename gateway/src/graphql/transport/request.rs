//! A GraphQL request as it comes over any transport: `{query, operationName, variables, extensions}`.

use async_graphql::Variables;
use serde_json::{Map, Value};
use thiserror::Error;

/// A well-formed request. Whether its query makes sense is another question.
#[derive(Debug, Clone)]
pub struct GraphqlRequest {
    /// The query's text.
    pub query: String,
    /// Which of its operations.
    pub operation_name: Option<String>,
    /// Values for its variables.
    pub variables: Variables,
    /// `minPosition` is the one Fieldlog knows.
    pub extensions: Map<String, Value>,
}

/// A body that is no request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotARequest {
    /// No JSON at all.
    #[error("expected a JSON object, found what is no JSON: {0}")]
    Syntax(String),
    /// JSON of another shape.
    #[error("{field}: expected {expected}, found {found}")]
    Shape {
        /// Which part.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
}

impl GraphqlRequest {
    /// Reads a body.
    pub fn from_json(body: &[u8]) -> Result<Self, NotARequest> {
        let value = serde_json::from_slice(body).map_err(|error| NotARequest::Syntax(error.to_string()))?;
        Self::from_value(value)
    }

    /// Reads a parsed body.
    pub fn from_value(value: Value) -> Result<Self, NotARequest> {
        let mut object = match value {
            Value::Object(object) => object,
            // Batches multiply every limit by their length, so there are none.
            Value::Array(_) => return Err(shape("the body", "one request, batches are not accepted", "an array")),
            other => return Err(shape("the body", "an object", kind(&other))),
        };
        let query = match object.remove("query") {
            Some(Value::String(query)) => query,
            Some(other) => return Err(shape("query", "a string", kind(&other))),
            None => return Err(shape("query", "a string", "nothing")),
        };
        let operation_name = match object.remove("operationName") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name),
            Some(other) => return Err(shape("operationName", "a string", kind(&other))),
        };
        let variables = Variables::from_json(Value::Object(map("variables", object.remove("variables"))?));
        let extensions = map("extensions", object.remove("extensions"))?;
        Ok(Self { query, operation_name, variables, extensions })
    }

    /// Reads the parameters of a GET, where objects are JSON texts.
    pub fn from_parameters(parameters: Vec<(String, String)>) -> Result<Self, NotARequest> {
        let mut object = Map::new();
        for (name, text) in parameters {
            let value = match name.as_str() {
                "variables" | "extensions" => {
                    serde_json::from_str(&text).map_err(|error| NotARequest::Syntax(error.to_string()))?
                }
                _ => Value::String(text),
            };
            object.insert(name, value);
        }
        Self::from_value(Value::Object(object))
    }
}

fn map(field: &'static str, value: Option<Value>) -> Result<Map<String, Value>, NotARequest> {
    match value {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object),
        Some(other) => Err(shape(field, "an object", kind(&other))),
    }
}

fn shape(field: &'static str, expected: &'static str, found: &'static str) -> NotARequest {
    NotARequest::Shape { field, expected, found }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
