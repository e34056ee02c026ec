//! All routes, each with its guard. The same table is what the server answers from and what the guard test walks.

use axum::Router;
use axum::body::HttpBody;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::{Method, Response, StatusCode, Uri, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, MethodRouter, on};
use fieldlog_commands::authz::ResourceAction;
use tower::Layer;
use tower::util::MapRequestLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};

use crate::api_v1::served;
use crate::gateway::Gateway;
use crate::graphql::transport::{http as graphql, sse};
use crate::http::drain::drain_refused;
use crate::http::guard::{Guard, guard};
use crate::http::observe::observe;
use crate::http::problem::Problem;
use crate::http::request_id::request_id;
use crate::http::security_headers::security_headers;
use crate::http::timeout::request_timeout;
use crate::http::{catch_panic, cors};
use crate::pages::{edits, index, password_reset, project, sign_up};
use crate::{accounts, api_v1, files, health, jobs, metrics, resources};

/// A route and who may use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The template of its path.
    pub path: &'static str,
    /// Who may use it.
    pub guard: Guard,
}

/// How long an answer may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// As long as [`request_timeout`] allows, and it may be compressed.
    Answer,
    /// As long as there is progress: files and streams.
    Stream,
}

/// Registers routes. There is no other way to add one, so every route is in the table and has a guard.
pub(crate) struct Table {
    gateway: Gateway,
    router: Router<Gateway>,
    routes: Vec<Route>,
}

impl Table {
    pub(crate) fn route<H, T>(mut self, method: Method, path: &'static str, who: Guard, pace: Pace, handler: H) -> Self
    where
        H: Handler<T, Gateway>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(method.clone()).expect("the table has methods of HTTP only");
        let mut route: MethodRouter<Gateway> = on(filter, handler);
        route = route.layer(from_fn_with_state((self.gateway.clone(), who), guard));
        if [Method::POST, Method::PUT, Method::PATCH].contains(&method) {
            route = route.layer(from_fn(drain_refused));
        }
        if pace == Pace::Answer {
            route = route.layer(from_fn_with_state(self.gateway.clone(), request_timeout));
            route = route.layer(CompressionLayer::new().compress_when(Successes));
        }
        self.router = self.router.route(path, route);
        self.routes.push(Route { method, path, guard: who });
        self
    }
}

fn table(gateway: Gateway) -> Table {
    use Guard::{Job, Open, PerField, Person, Resource};
    use Pace::{Answer, Stream};
    use ResourceAction::{DeleteFile, ReadFiles, ReadJobLog, See, SeeJobs, UploadFile};

    let table = Table { gateway, router: Router::new(), routes: Vec::new() };
    api_v1::add(table)
        .route(Method::GET, "/", Open, Answer, index::index)
        .route(Method::GET, "/logo.svg", Open, Answer, index::logo)
        .route(Method::GET, "/a/{owner}/{project}", Open, Answer, project::project)
        .route(Method::GET, "/accounts/signup", Open, Answer, sign_up::form)
        .route(Method::POST, "/accounts/signup", PerField, Answer, sign_up::sign_up)
        .route(Method::GET, "/accounts/password/reset", Open, Answer, password_reset::form)
        .route(Method::POST, "/accounts/password/reset", PerField, Answer, password_reset::ask)
        .route(Method::GET, "/accounts/password/reset/{token}", Open, Answer, password_reset::new_form)
        .route(Method::POST, "/accounts/password/reset/{token}", PerField, Answer, password_reset::set)
        .route(Method::GET, "/swagger.yaml", Open, Answer, served::yaml)
        .route(Method::GET, "/swagger.json", Open, Answer, served::json)
        .route(Method::GET, "/swagger", Open, Answer, served::page)
        .route(Method::GET, "/docs", Open, Answer, served::page)
        .route(Method::GET, "/docs/edits", Open, Answer, edits::edits)
        .route(Method::GET, "/healthz", Open, Answer, health::alive)
        .route(Method::GET, "/readyz", Open, Answer, health::ready::ready)
        .route(Method::GET, "/metrics", Open, Answer, metrics::handler)
        .route(Method::GET, "/graphql", PerField, Answer, graphql::get)
        .route(Method::POST, "/graphql", PerField, Answer, graphql::post)
        .route(Method::GET, "/graphql/schema", Open, Answer, schema_text)
        .route(Method::GET, "/graphql/stream", PerField, Stream, sse::stream)
        .route(Method::POST, "/graphql/stream", PerField, Stream, sse::stream)
        .route(Method::GET, "/files/{resource}/{*path}", Resource(ReadFiles), Stream, files::download::download)
        .route(Method::PUT, "/files/{resource}/{*path}", Resource(UploadFile), Stream, files::upload::upload)
        .route(Method::DELETE, "/files/{resource}/{*path}", Resource(DeleteFile), Answer, files::delete::delete)
        .route(Method::GET, "/resources/{resource}/thumbnail", Resource(See), Stream, resources::thumbnail)
        .route(Method::PUT, "/accounts/{account}/avatar", Person, Answer, accounts::put_avatar)
        .route(Method::GET, "/jobs/{job}/log", Job(ReadJobLog), Stream, jobs::log::log)
        .route(Method::GET, "/jobs/{job}/outputs/{name}", Job(SeeJobs), Stream, jobs::output::output)
}

/// Every route and its guard.
pub fn routes(gateway: &Gateway) -> Vec<Route> {
    table(gateway.clone()).routes
}

/// Where the routes of field clients' API and its OpenAPI document do not fit: nowhere, as a test makes sure.
pub fn mismatches(gateway: &Gateway) -> Vec<String> {
    api_v1::document(&routes(gateway)).1
}

/// The router with everything around it.
pub fn router(gateway: Gateway) -> Router {
    let options = gateway.options().clone();
    let mut router = table(gateway.clone())
        .router
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .with_state(gateway)
        .layer(DefaultBodyLimit::max(options.json_body_limit))
        .layer(CatchPanicLayer::custom(catch_panic::answer))
        .layer(from_fn(observe))
        .layer(from_fn(security_headers));
    if let Some(cors) = cors::layer(&options.allowed_origins) {
        router = router.layer(cors);
    }
    let router = router.layer(from_fn(request_id));
    // Before anything is routed.
    Router::new().fallback_service(MapRequestLayer::new(api_v1::without_last_slash).layer(router))
}

/// What is compressed: answers of some size that are no errors, since a client cuts their bodies at `Content-Length`.
#[derive(Clone)]
struct Successes;

impl Predicate for Successes {
    fn should_compress<B: HttpBody>(&self, response: &Response<B>) -> bool {
        response.status().is_success() && DefaultPredicate::new().should_compress(response)
    }
}

async fn nothing_here(uri: Uri) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_such_route", format!("there is nothing at {}", uri.path()))
}

async fn wrong_method(method: Method, uri: Uri) -> Problem {
    let message = format!("{} cannot be used with {method}", uri.path());
    let code = if uri.path().starts_with("/api/v1/") { "api_error" } else { "method_not_allowed" };
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, code, message)
}

/// `GET /graphql/schema`: the schema's text.
async fn schema_text() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/graphql; charset=utf-8")], crate::graphql::schema::sdl())
}
