//! How an operation is described. Who may use it, and what they are told who may not, is added from the table of routes.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use schemars::generate::SchemaGenerator;
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::json;

use super::body::Body;
use super::document::{Answer, Header, Media, Operation, Parameter, Reference, Response};
use super::schema;
use crate::http::guard::Guard;

type MakeSchema = fn(&mut SchemaGenerator) -> Schema;

/// An operation as it is described.
pub struct Described {
    /// Its method.
    pub method: Method,
    /// The template of its path in the table of routes.
    pub path: &'static str,
    id: &'static str,
    summary: &'static str,
    says: &'static str,
    is_deprecated: bool,
    parameters: Vec<Parameter>,
    body: Option<Body>,
    successes: Vec<Success>,
    refusals: BTreeMap<u16, BTreeSet<&'static str>>,
}

struct Success {
    status: u16,
    says: &'static str,
    content: Content,
    headers: BTreeMap<&'static str, Header>,
}

enum Content {
    Nothing,
    Json(MakeSchema),
    Bytes,
}

/// A method of a path, with its name in programs and what it does in a few words.
pub fn describe(method: Method, path: &'static str, id: &'static str, summary: &'static str) -> Described {
    Described {
        method,
        path,
        id,
        summary,
        says: "",
        is_deprecated: false,
        parameters: Vec::new(),
        body: None,
        successes: Vec::new(),
        refusals: BTreeMap::new(),
    }
}

/// A line of a head that is a text.
pub fn text_header(description: &'static str) -> Header {
    Header { description, schema: json_schema!({ "type": "string" }) }
}

impl Described {
    /// What there is to know besides.
    pub fn says(mut self, text: &'static str) -> Self {
        self.says = text;
        self
    }

    /// There is something better.
    pub fn deprecated(mut self) -> Self {
        self.is_deprecated = true;
        self
    }

    /// Reads the query as a `T`.
    pub fn query<T: JsonSchema>(mut self) -> Self {
        for (name, mut schema, required) in schema::query::<T>() {
            let description = schema.remove("description");
            let description = description.and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default();
            self.parameters.push(Parameter { name, place: "query", description, required, schema });
        }
        self.refuses(400, ["api_error"])
    }

    /// Reads a line of the head.
    pub fn header(mut self, name: &str, schema: Schema, says: &str) -> Self {
        let (name, description) = (name.to_owned(), says.to_owned());
        self.parameters.push(Parameter { name, place: "header", description, required: false, schema });
        self
    }

    /// Takes these fields.
    pub fn body(mut self, body: Body) -> Self {
        self.body = Some(body);
        self.refuses(400, ["api_error"]).refuses(413, ["api_error"]).refuses(415, ["api_error"])
    }

    /// Takes a file in a part named `file`, of any size that a file may have.
    pub fn file(mut self, body: Body) -> Self {
        self.body = Some(body);
        self.refuses(400, ["empty_content", "upload_broke_off"])
    }

    /// Answers with a `T` in JSON.
    pub fn answers<T: JsonSchema>(self, status: u16, says: &'static str) -> Self {
        self.succeeds(status, says, Content::Json(SchemaGenerator::subschema_for::<T>))
    }

    /// Answers with a list of `T`, whole or page by page.
    pub fn lists<T: JsonSchema>(mut self, says: &'static str) -> Self {
        let number = || json_schema!({ "type": "integer", "minimum": 0 });
        for (name, description) in [
            ("limit", "So many of the list at most; without it, or with 0, the whole list."),
            ("offset", "So many of the list are passed over; only together with `limit`."),
        ] {
            let (name, description) = (name.to_owned(), description.to_owned());
            self.parameters.push(Parameter { name, place: "query", description, required: false, schema: number() });
        }
        let with_limit = |description| Header { description, schema: json_schema!({ "type": "string" }) };
        let total = Header { description: "With `limit`: how many there are altogether.", schema: number() };
        self.answers::<Vec<T>>(200, says)
            .with_header("X-Total-Count", total)
            .with_header("X-Next-Page", with_limit("With `limit`: the URL of the next page; the last page has none."))
            .with_header("X-Previous-Page", with_limit("With `limit`: the URL of the page before; the first has none."))
    }

    /// Answers with an empty body.
    pub fn answers_nothing(self, status: u16, says: &'static str) -> Self {
        self.succeeds(status, says, Content::Nothing)
    }

    /// Answers with bytes.
    pub fn answers_bytes(self, status: u16, says: &'static str) -> Self {
        self.succeeds(status, says, Content::Bytes)
    }

    fn succeeds(mut self, status: u16, says: &'static str, content: Content) -> Self {
        self.successes.push(Success { status, says, content, headers: BTreeMap::new() });
        self
    }

    /// The last answer has this line in its head.
    pub fn with_header(mut self, name: &'static str, header: Header) -> Self {
        if let Some(success) = self.successes.last_mut() {
            success.headers.insert(name, header);
        }
        self
    }

    /// Refuses with this status for these reasons.
    pub fn refuses<const N: usize>(mut self, status: u16, codes: [&'static str; N]) -> Self {
        self.refusals.entry(status).or_default().extend(codes);
        self
    }

    /// With what its route and guard tell. None: nobody described a part of its path.
    pub fn build(self, tag: &'static str, guard: Guard, schemas: &mut SchemaGenerator) -> Result<Operation, String> {
        let mut operation = self.guarded(guard);
        let mut parameters = Vec::new();
        for name in parameters_of(operation.path) {
            parameters.push(path_parameter(name).ok_or_else(|| format!("{}: say what {{{name}}} is", operation.path))?);
        }
        parameters.append(&mut operation.parameters);
        let mut responses = BTreeMap::new();
        for (status, codes) in &operation.refusals {
            responses.insert(status.to_string(), Answer::Here(refusal(*status, codes, schemas)));
        }
        responses.insert("500".to_owned(), Answer::Elsewhere(Reference::to("Broken")));
        responses.insert("503".to_owned(), Answer::Elsewhere(Reference::to("Unavailable")));
        for success in operation.successes {
            responses.insert(success.status.to_string(), Answer::Here(success.build(schemas)));
        }
        Ok(Operation {
            tags: vec![tag],
            summary: operation.summary,
            description: operation.says,
            operation_id: operation.id,
            deprecated: operation.is_deprecated,
            parameters,
            request_body: operation.body.map(|body| body.build(schemas)),
            responses,
            security: security(guard),
        })
    }

    /// What everybody is told whom the guard does not let through, and what any command may meet.
    fn guarded(mut self, guard: Guard) -> Self {
        let (is_change, is_of_projects) = (self.method != Method::GET, self.path.starts_with("/api/v1/projects/"));
        if self.path.contains('{') {
            self = self.refuses(400, ["bad_path"]);
        }
        if guard != Guard::Open {
            self = self.refuses(401, ["authentication_failed", "token_authentication_failed"]);
        }
        if !matches!(guard, Guard::Open | Guard::PerField) {
            self = self.refuses(401, ["not_authenticated"]);
        }
        if is_change {
            self = self.refuses(409, ["conflict"]);
        }
        match guard {
            Guard::Open | Guard::PerField | Guard::Person => self,
            Guard::JobOfProject(_) | Guard::Job(_) => self.refuses(403, ["permission_denied"]),
            Guard::Project(_) | Guard::Resource(_) => {
                let mut guarded = self.refuses(403, ["permission_denied"]).refuses(404, ["object_not_found"]);
                if is_of_projects {
                    guarded = guarded.refuses(400, ["validation_error"]);
                }
                if is_change {
                    guarded = guarded.refuses(409, ["resource_retired"]);
                }
                guarded
            }
        }
    }
}

impl Success {
    fn build(self, schemas: &mut SchemaGenerator) -> Response {
        let content = match self.content {
            Content::Nothing => BTreeMap::new(),
            Content::Json(make) => BTreeMap::from([("application/json", Media { schema: make(schemas) })]),
            Content::Bytes => {
                let schema = json_schema!({ "type": "string", "format": "binary" });
                BTreeMap::from([("*/*", Media { schema })])
            }
        };
        Response { description: self.says.to_owned(), headers: self.headers, content }
    }
}

/// A refusal for one of these reasons.
pub fn refusal(status: u16, codes: &BTreeSet<&'static str>, schemas: &mut SchemaGenerator) -> Response {
    let mut schema = schemas.subschema_for::<crate::http::problem::Body>();
    schema.insert("properties".to_owned(), json!({ "code": { "enum": codes } }));
    let content = BTreeMap::from([("application/json", Media { schema })]);
    Response { description: meaning(status).to_owned(), headers: BTreeMap::new(), content }
}

fn meaning(status: u16) -> &'static str {
    match status {
        400 => "What was asked makes no sense, or breaks a rule.",
        401 => "Nobody is logged in, or the credentials are not good.",
        402 => "The owner's storage is used up.",
        403 => "Whoever asks may not do this.",
        404 => "It is not there.",
        409 => "Others changed it at the same time, or it was retired.",
        412 => "A condition of the request does not hold.",
        413 => "The body is too large.",
        415 => "The body is of a type that is not read here.",
        416 => "The range is not within the file.",
        500 => {
            "Something is wrong in the server. The request id in `X-Request-Id` helps its operator to find out what."
        }
        503 => "A part of the service is away or behind. Trying again after `Retry-After` seconds may help.",
        507 => "The server has no space left.",
        _ => "It was refused.",
    }
}

/// `/api/v1/files/{project}/{*filename}` as the document has it, with the slash that every path of the contract ends in.
pub fn template(path: &str) -> String {
    format!("{}/", path.replace("{*", "{"))
}

fn parameters_of(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| name.trim_start_matches('*'))
}

fn path_parameter(name: &'static str) -> Option<Parameter> {
    let id = || json_schema!({ "type": "string", "format": "uuid" });
    let text = || json_schema!({ "type": "string", "minLength": 1 });
    let (schema, description) = match name {
        "project" => (id(), "The id of a project."),
        "job" => (id(), "The id of a job."),
        "deltafile" => (id(), "The id of a delta file, as its device chose it."),
        "username" => (text(), "The name of a person, an organization, or a team written `@organization/team`."),
        "organization" => (text(), "The name of an organization."),
        "team" => (text(), "The name of a team, with or without `@organization/` in front."),
        "filename" => {
            (text(), "The path of a file in its project, such as `DCIM/tree.jpg`. Its slashes may stand as they are.")
        }
        "avatar" => (text(), "The signed id of somebody's picture, perhaps with the name of a file after it."),
        _ => return None,
    };
    let (name, description) = (name.to_owned(), description.to_owned());
    Some(Parameter { name, place: "path", description, required: true, schema })
}

fn security(guard: Guard) -> Vec<BTreeMap<&'static str, [&'static str; 0]>> {
    let token = BTreeMap::from([(super::TOKEN, [])]);
    match guard {
        Guard::Open => Vec::new(),
        Guard::PerField => vec![BTreeMap::new(), token],
        Guard::Resource(_) | Guard::Job(_) | Guard::Person | Guard::Project(_) | Guard::JobOfProject(_) => vec![token],
    }
}
