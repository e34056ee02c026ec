//! The shape of an OpenAPI 3.1 document: what of it is used here.

use std::collections::BTreeMap;

use schemars::Schema;
use serde::Serialize;

/// The version of the format.
pub const OPENAPI: &str = "3.1.0";

/// What a server offers.
#[derive(Serialize)]
pub struct Document {
    /// The version of the format.
    pub openapi: &'static str,
    /// What this is.
    pub info: Info,
    /// Where it is.
    pub servers: Vec<ServerUrl>,
    /// Groups of operations, in the order in which they are read.
    pub tags: Vec<Tag>,
    /// By the template of the path, then by the method in lower case.
    pub paths: BTreeMap<String, BTreeMap<String, Operation>>,
    /// What several operations have in common.
    pub components: Components,
}

/// What this is.
#[derive(Serialize)]
pub struct Info {
    /// Its name.
    pub title: &'static str,
    /// More about it.
    pub description: &'static str,
    /// Which version.
    pub version: &'static str,
}

/// Where it is.
#[derive(Serialize)]
pub struct ServerUrl {
    /// A URL, or a path on the server that the document came from.
    pub url: &'static str,
}

/// A group of operations.
#[derive(Serialize)]
pub struct Tag {
    /// Its name.
    pub name: &'static str,
    /// What belongs to it.
    pub description: &'static str,
}

/// One method of one path.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// The group it belongs to.
    pub tags: Vec<&'static str>,
    /// In a few words.
    pub summary: &'static str,
    /// In more.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub description: &'static str,
    /// Its name in programs.
    pub operation_id: &'static str,
    /// Whether there is something better.
    #[serde(skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// Parts of the path, the query and the headers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// What is sent along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_body: Option<RequestBody>,
    /// By status.
    pub responses: BTreeMap<String, Answer>,
    /// Any one of these has to be sent.
    pub security: Vec<BTreeMap<&'static str, [&'static str; 0]>>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// A part of the path, the query or the headers.
#[derive(Serialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Where it stands: `path`, `query` or `header`.
    #[serde(rename = "in")]
    pub place: &'static str,
    /// What it means.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whether it has to be there.
    #[serde(skip_serializing_if = "is_false")]
    pub required: bool,
    /// What it may be.
    pub schema: Schema,
}

/// What is sent along.
#[derive(Serialize)]
pub struct RequestBody {
    /// Whether it has to be there.
    #[serde(skip_serializing_if = "is_false")]
    pub required: bool,
    /// By media type.
    pub content: BTreeMap<&'static str, Media>,
}

/// An answer, or where it is written.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Among the components.
    Elsewhere(Reference),
    /// Here.
    Here(Response),
}

/// A pointer to an answer among the components.
#[derive(Serialize)]
pub struct Reference {
    #[serde(rename = "$ref")]
    pointer: String,
    #[serde(skip)]
    name: &'static str,
}

impl Reference {
    /// To the answer of this name.
    pub fn to(name: &'static str) -> Self {
        Self { pointer: format!("#/components/responses/{name}"), name }
    }

    /// The answer itself.
    pub fn resolve<'a>(&self, document: &'a Document) -> Option<&'a Response> {
        document.components.responses.get(self.name)
    }
}

/// An answer.
#[derive(Serialize, Default)]
pub struct Response {
    /// What it means.
    pub description: String,
    /// What its head tells.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<&'static str, Header>,
    /// Its body by media type; none: it is empty.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub content: BTreeMap<&'static str, Media>,
}

/// A line of an answer's head.
#[derive(Serialize)]
pub struct Header {
    /// What it tells.
    pub description: &'static str,
    /// What it may be.
    pub schema: Schema,
}

/// A body of one media type.
#[derive(Serialize)]
pub struct Media {
    /// What it may be.
    pub schema: Schema,
}

/// What several operations have in common.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Components {
    /// The objects of the API.
    pub schemas: BTreeMap<String, Schema>,
    /// Answers that every operation can give.
    pub responses: BTreeMap<&'static str, Response>,
    /// How somebody tells who they are.
    pub security_schemes: BTreeMap<&'static str, SecurityScheme>,
}

/// How somebody tells who they are.
#[derive(Serialize)]
pub struct SecurityScheme {
    /// Of which kind.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Where it stands.
    #[serde(rename = "in")]
    pub place: &'static str,
    /// Under which name.
    pub name: &'static str,
    /// How to get it.
    pub description: &'static str,
}
