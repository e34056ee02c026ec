//! From a request to its answers, the same for every transport.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextValidation};
use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::{ErrorExtensionValues, Positioned, Request, Response, ServerError, ValidationResult};
use fieldlog_eventlog::Position;
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use serde_json::{Map, Value, json};

use super::context::{RequestContext, StreamPlace};
use super::failure::Failure;
use super::limits::{self, TooLarge};
use super::transport::request::GraphqlRequest;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::metrics;

/// Which operations a transport allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Methods {
    /// Every operation.
    All,
    /// What changes nothing.
    NoMutations,
    /// Queries.
    QueriesOnly,
}

/// What a client gets.
pub struct Answer {
    response: Response,
    /// Whether the query was executed; otherwise there is no data, not even null.
    pub was_executed: bool,
}

impl Answer {
    fn refused(error: ServerError) -> Self {
        Self { response: Response::from_errors(vec![error]), was_executed: false }
    }

    /// Whether one of its errors has this code.
    pub fn has_code(&self, code: &str) -> bool {
        self.response.errors.iter().any(|error| code_of(error) == Some(code))
    }

    /// Its errors.
    pub fn errors(&self) -> Value {
        json!(self.response.errors)
    }

    /// The answer as JSON.
    pub fn to_json(&self) -> String {
        let mut answer = Map::new();
        if self.was_executed {
            answer.insert("data".into(), json!(self.response.data));
        }
        if !self.response.errors.is_empty() {
            answer.insert("errors".into(), self.errors());
        }
        if !self.response.extensions.is_empty() {
            answer.insert("extensions".into(), json!(self.response.extensions));
        }
        Value::Object(answer).to_string()
    }

    fn finished(mut self, position: Position) -> Self {
        for error in &self.response.errors {
            metrics::graphql_error(code_of(error).unwrap_or("none"));
        }
        self.response.extensions.insert("position".into(), position.to_string().into());
        self
    }
}

fn code_of(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        async_graphql::Value::String(code) => Some(code),
        _ => None,
    }
}

/// Answers a query or a mutation.
pub async fn execute(gateway: &Gateway, caller: Caller, request: GraphqlRequest, methods: Methods) -> Answer {
    let context = Arc::new(RequestContext::new(gateway.clone(), caller, None));
    let answer = match prepare(&context, request, methods).await {
        Err(error) => Answer::refused(error),
        Ok((_, OperationType::Subscription)) => {
            Answer::refused(coded("SUBSCRIPTION_NEEDS_A_STREAM", "expected a query or a mutation; subscriptions are at /graphql/stream (server-sent events) and over WebSockets".into()))
        }
        Ok((request, OperationType::Query | OperationType::Mutation)) => {
            let executed = Executed::default();
            let response = gateway.schema().execute(request.data(executed.clone())).await;
            Answer { response, was_executed: executed.take() }
        }
    };
    answer.finished(context.position())
}

/// Answers any operation as a stream; queries and mutations have one answer. The second part tells where the stream is.
pub fn subscribe(
    gateway: &Gateway,
    caller: Caller,
    request: GraphqlRequest,
    methods: Methods,
    resume: Option<u64>,
) -> (BoxStream<'static, Answer>, StreamPlace) {
    let context = Arc::new(RequestContext::new(gateway.clone(), caller, resume));
    let place = context.place.clone();
    let answers = stream::once(async move {
        match prepare(&context, request, methods).await {
            Err(error) => stream::iter([Answer::refused(error).finished(context.position())]).boxed(),
            Ok((request, _)) => {
                let executed = Executed::default();
                let responses = context.gateway.schema().execute_stream(request.data(executed.clone()));
                responses
                    .map(move |response| {
                        let was_executed = executed.take();
                        Answer { response, was_executed }.finished(context.position())
                    })
                    .boxed()
            }
        }
    });
    (answers.flatten().boxed(), place)
}

async fn prepare(
    context: &Arc<RequestContext>,
    request: GraphqlRequest,
    methods: Methods,
) -> Result<(Request, OperationType), ServerError> {
    let limits = &context.gateway.options().graphql;
    limits::check_text(&request.query, limits).map_err(too_large)?;
    let document = parse_query(&request.query).map_err(|error| with_code(error.into(), "GRAPHQL_PARSE_FAILED"))?;
    let lists = context.gateway.graphql_lists();
    limits::check_document(&document, &request.variables, lists, limits).map_err(too_large)?;
    let operation = operation(&document, request.operation_name.as_deref())?;
    let kind = operation.node.ty;
    allow(kind, methods)?;
    if kind == OperationType::Subscription && operation.node.selection_set.node.items.len() != 1 {
        let message = "expected a subscription to have one field; start several subscriptions for several fields";
        return Err(coded("GRAPHQL_VALIDATION_FAILED", message.into()));
    }
    reach_min_position(context, &request.extensions).await?;
    let mut prepared = Request::new(request.query).variables(request.variables).data(context.clone());
    prepared.operation_name = request.operation_name;
    prepared.set_parsed_query(document);
    Ok((prepared, kind))
}

fn allow(kind: OperationType, methods: Methods) -> Result<(), ServerError> {
    let refuse = |message: &str| Err(coded("METHOD_NOT_ALLOWED", message.into()));
    match (kind, methods) {
        (OperationType::Mutation, Methods::QueriesOnly | Methods::NoMutations) => {
            refuse("mutations need POST, found GET")
        }
        (OperationType::Query, _) | (_, Methods::All | Methods::NoMutations) => Ok(()),
        (OperationType::Subscription, Methods::QueriesOnly) => {
            refuse("expected a query; subscriptions are at /graphql/stream")
        }
    }
}

fn operation<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a Positioned<OperationDefinition>, ServerError> {
    let mut operations = document.operations.iter();
    let found = match name {
        Some(name) => operations.find(|(other, _)| other.is_some_and(|other| other.as_str() == name)),
        None => match (operations.next(), operations.next()) {
            (Some(only), None) => Some(only),
            _ => {
                return Err(coded(
                    "OPERATION_NAME_NEEDED",
                    "expected operationName, because the query has several operations".into(),
                ));
            }
        },
    };
    let (_, operation) = found.ok_or_else(|| {
        let found = name.unwrap_or_default();
        coded(
            "NO_SUCH_OPERATION",
            format!("expected operationName to be one of the query's operations, found {found:?}"),
        )
    })?;
    Ok(operation)
}

/// `extensions: {minPosition: "123"}`: answer no older than this.
async fn reach_min_position(context: &RequestContext, extensions: &Map<String, Value>) -> Result<(), ServerError> {
    let Some(value) = extensions.get("minPosition") else { return Ok(()) };
    let wanted = value.as_str().and_then(|text| text.parse().ok()).or_else(|| value.as_u64().map(Position));
    let wanted = wanted.ok_or_else(|| {
        coded("BAD_USER_INPUT", format!("extensions.minPosition: expected a position, found {value}"))
    })?;
    let patience = context.gateway.options().catch_up_timeout;
    let reached = context.gateway.app().model().wait_until(wanted, patience).await;
    reached.map_err(|behind| {
        let error: async_graphql::Error = Failure::from(behind).into();
        error.into_server_error(async_graphql::Pos::default())
    })
}

fn too_large(error: TooLarge) -> ServerError {
    coded(error.code(), error.to_string())
}

fn coded(code: &str, message: String) -> ServerError {
    with_code(ServerError::new(message, None), code)
}

fn with_code(mut error: ServerError, code: &str) -> ServerError {
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", code);
    error
}

/// Set when a query is executed, to tell its errors from those of a query that never was.
#[derive(Clone, Default)]
struct Executed(Arc<AtomicBool>);

impl Executed {
    fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

/// Notices execution, and gives errors of validation their codes.
pub struct Phases;

impl ExtensionFactory for Phases {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for Phases {
    async fn validation(
        &self,
        context: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        next.run(context).await.map_err(|errors| errors.into_iter().map(of_validation).collect())
    }

    async fn execute(
        &self,
        context: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        if let Some(executed) = context.data_opt::<Executed>() {
            executed.0.store(true, Ordering::Relaxed);
        }
        next.run(context, operation_name).await
    }
}

/// async-graphql tells its limits by their text only.
fn of_validation(error: ServerError) -> ServerError {
    let code = match error.message.as_str() {
        "Query is nested too deep." => "QUERY_TOO_DEEP",
        _ => "GRAPHQL_VALIDATION_FAILED",
    };
    with_code(error, code)
}
