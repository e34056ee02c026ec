//! The document as it is served: in YAML, in JSON, and as a page for people.

use std::sync::OnceLock;

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::Response;
use maud::Markup;
use serde_json::json;

use super::document;
use super::document::Document;
use super::yaml::block;
use crate::gateway::Gateway;
use crate::http::problem::Problem;
use crate::pages::api;
use crate::pages::layout::page_with;
use crate::routes::{Route, routes};

/// The document in all its forms. It does not change while the server runs.
struct Served {
    yaml: String,
    json: String,
    page: Markup,
}

static SERVED: OnceLock<Served> = OnceLock::new();

fn served(gateway: &Gateway) -> Result<&'static Served, Problem> {
    if let Some(served) = SERVED.get() {
        return Ok(served);
    }
    let made = made(&routes(gateway)).map_err(|error| {
        tracing::error!(error, "the OpenAPI document cannot be written");
        Problem::internal()
    })?;
    Ok(SERVED.get_or_init(|| made))
}

fn made(routes: &[Route]) -> Result<Served, String> {
    let (document, _) = document(routes);
    Ok(Served {
        yaml: yaml_of(&document).map_err(|error| error.to_string())?,
        json: serde_json::to_string(&document).map_err(|error| error.to_string())?,
        page: api::content(&document),
    })
}

/// The parts of the document in the order of its fields, each in the order of its names.
fn yaml_of(document: &Document) -> Result<String, serde_json::Error> {
    let parts = [
        ("openapi", serde_json::to_value(document.openapi)?),
        ("info", serde_json::to_value(&document.info)?),
        ("servers", serde_json::to_value(&document.servers)?),
        ("tags", serde_json::to_value(&document.tags)?),
        ("paths", serde_json::to_value(&document.paths)?),
        ("components", serde_json::to_value(&document.components)?),
    ];
    Ok(parts.into_iter().map(|(name, part)| block(&json!({ name: part }), 0)).collect())
}

type Text = ([(HeaderName, &'static str); 1], &'static str);

/// `GET /swagger.yaml`
pub async fn yaml(State(gateway): State<Gateway>) -> Result<Text, Problem> {
    Ok(([(header::CONTENT_TYPE, "application/yaml; charset=utf-8")], &served(&gateway)?.yaml))
}

/// `GET /swagger.json`
pub async fn json(State(gateway): State<Gateway>) -> Result<Text, Problem> {
    Ok(([(header::CONTENT_TYPE, "application/json")], &served(&gateway)?.json))
}

/// `GET /docs/` and `GET /swagger/`
pub async fn page(State(gateway): State<Gateway>) -> Result<Response, Problem> {
    Ok(page_with(StatusCode::OK, "The REST API", api::STYLE, &served(&gateway)?.page))
}
