//! The documentation of the REST API, made from its OpenAPI document: plain HTML that needs nothing from elsewhere.

use maud::{Markup, html};
use serde_json::Value;

use super::curl;
use crate::api_v1::document::{Answer, Document, Operation, Parameter, RequestBody, Response};

/// What the page looks like besides what all pages do.
pub const STYLE: &str = "
  body { max-width: 60rem }
  article { border-top: 1px solid #8886; margin-top: 2rem }
  main { overflow-wrap: anywhere }
  h3 { margin-bottom: .2rem }
  h4 { margin: 1rem 0 .2rem; font-size: .9rem; opacity: .8 }
  pre { overflow-x: auto; padding: .8rem 1rem; background: #8882; border-radius: .3rem }
  dl { margin: 0 }
  dt { margin-top: .4rem }
  dd { margin-left: 1.5rem }
  nav ul { columns: 18rem; padding-left: 1.2rem }
  .method { display: inline-block; min-width: 4.2rem; text-transform: uppercase; font-size: .85rem }
  .path { font-weight: normal }
  .kind, .note { font-size: .9rem; opacity: .8 }
  .gone { text-decoration: line-through }
  :target { scroll-margin-top: 1rem; background: #fd02 }
";

/// The order in which people think of them.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The page without its frame.
pub fn content(document: &Document) -> Markup {
    html! {
        @for paragraph in document.info.description.split("\n\n") { p { (text(paragraph)) } }
        p {
            "The same for programs: " a href="/swagger.yaml" { "OpenAPI " (document.openapi) " in YAML" } ", "
            a href="/swagger.json" { "in JSON" } "."
        }
        h2 id="examples" { "Before the examples" }
        p { "They are for a shell where " code { "SERVER" } " is the address of this server and " code { "TOKEN" }
            " is the " code { "token" } " that " a href="#log_in" { "Log in" } " answers with:" }
        pre tabindex="0" { code { "SERVER=https://…\nTOKEN=…" } }
        nav aria-label="Operations" {
            h2 { "Operations" }
            @for tag in &document.tags {
                h3 { a href={ "#" (anchor(tag.name)) } { (tag.name) } }
                ul {
                    @for found in of_tag(document, tag.name) {
                        li { a href={ "#" (found.operation.operation_id) } class=[gone(found.operation)] { (found.operation.summary) } }
                    }
                }
            }
        }
        @for tag in &document.tags {
            section {
                h2 id=(anchor(tag.name)) { (tag.name) }
                p { (tag.description) }
                @for found in of_tag(document, tag.name) { (article(document, &found)) }
            }
        }
        section {
            h2 id="objects" { "Objects" }
            @for (name, schema) in &document.components.schemas {
                article id={ "object-" (name) } {
                    h3 { (name) }
                    @if let Some(says) = schema.get("description").and_then(Value::as_str) { p { (text(says)) } }
                    (properties(schema.as_value()))
                }
            }
        }
    }
}

/// An operation with where it is.
pub struct Found<'a> {
    /// The template of the path.
    pub path: &'a str,
    /// The method, in lower case.
    pub method: &'a str,
    /// The operation.
    pub operation: &'a Operation,
}

fn of_tag<'a>(document: &'a Document, tag: &str) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    for (path, methods) in &document.paths {
        for method in METHODS {
            let operation = methods.get(method).filter(|operation| operation.tags.contains(&tag));
            found.extend(operation.map(|operation| Found { path, method, operation }));
        }
    }
    found
}

fn article(document: &Document, found: &Found<'_>) -> Markup {
    let operation = found.operation;
    html! {
        article id=(operation.operation_id) {
            h3 { (operation.summary) }
            p class="path" { strong class="method" { (found.method) } code { (found.path) } }
            @if operation.deprecated { p class="note" { "Deprecated: there is something better." } }
            @if !operation.description.is_empty() { p { (text(operation.description)) } }
            @if !operation.parameters.is_empty() {
                h4 { "Parameters" }
                dl { @for parameter in &operation.parameters { (row_of(parameter)) } }
            }
            @if let Some(body) = &operation.request_body { (sent(body)) }
            h4 { "Answers" }
            dl {
                @for (status, answer) in &operation.responses {
                    @if let Some(answer) = resolved(document, answer) {
                        dt { code { (status) } " " (text(&answer.description)) }
                        dd class="kind" { (of_answer(answer)) }
                    }
                }
            }
            h4 { "Example" }
            pre tabindex="0" { code { (curl::example(found)) } }
        }
    }
}

fn row_of(parameter: &Parameter) -> Markup {
    html! {
        dt { code { (parameter.name) } " " span class="kind" { "in the " (parameter.place) ", " (kind(parameter.schema.as_value())) } }
        dd { (text(&parameter.description)) }
    }
}

fn sent(body: &RequestBody) -> Markup {
    let schema = body.content.get("application/json").or_else(|| body.content.values().next());
    html! {
        h4 { "Body, as " @for (number, media_type) in body.content.keys().enumerate() {
            @if number > 0 { " or " } code { (media_type) }
        } }
        @if let Some(media) = schema { (properties(media.schema.as_value())) }
    }
}

fn of_answer(answer: &Response) -> Markup {
    html! {
        @for media in answer.content.values() {
            @let schema = media.schema.as_value();
            @match schema.pointer("/properties/code/enum").and_then(Value::as_array) {
                Some(codes) => { @for (number, code) in codes.iter().filter_map(Value::as_str).enumerate() {
                    @if number > 0 { ", " } code { (code) }
                } }
                None => (kind(schema)),
            }
        }
    }
}

fn resolved<'a>(document: &'a Document, answer: &'a Answer) -> Option<&'a Response> {
    match answer {
        Answer::Here(response) => Some(response),
        Answer::Elsewhere(reference) => reference.resolve(document),
    }
}

/// The properties of an object, or the objects that it can be.
fn properties(schema: &Value) -> Markup {
    let required: Vec<&str> = list(schema, "required").filter_map(Value::as_str).collect();
    let properties = schema.get("properties").and_then(Value::as_object);
    html! {
        @for one in list(schema, "anyOf") { p { (kind(one)) } }
        dl {
            @for (name, property) in properties.into_iter().flatten() {
                dt {
                    code { (name) } " " span class="kind" {
                        (kind(property))
                        @if !required.contains(&name.as_str()) { ", may be left out" }
                    }
                }
                @if let Some(says) = property.get("description").and_then(Value::as_str) { dd { (text(says)) } }
            }
        }
    }
}

/// What a value may be, in a few words.
fn kind(schema: &Value) -> Markup {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|pointer| pointer.rsplit('/').next()) {
        return html! { a href={ "#object-" (name) } { (name) } };
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return html! { @for (number, word) in words.iter().enumerate() {
            @if number > 0 { " | " } code { @match word { Value::String(word) => (word), other => (other) } }
        } };
    }
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(only)) => vec![only],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    html! {
        @for (number, one) in types.iter().enumerate() {
            @if number > 0 { " or " }
            @match *one {
                "array" => { "list of " @if let Some(items) = schema.get("items") { (kind(items)) } }
                "string" => (schema.get("format").and_then(Value::as_str).unwrap_or("text")),
                other => (other),
            }
        }
        @for (number, one) in list(schema, "anyOf").enumerate() { @if number > 0 { " or " } (kind(one)) }
    }
}

fn list<'a>(schema: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    schema.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn gone(operation: &Operation) -> Option<&'static str> {
    operation.deprecated.then_some("gone")
}

fn anchor(tag: &str) -> String {
    tag.to_lowercase()
}

/// A text where what stands in backticks is code.
fn text(text: &str) -> Markup {
    html! { @for (number, part) in text.split('`').enumerate() {
        @if number % 2 == 1 { code { (part) } } @else { (part) }
    } }
}
