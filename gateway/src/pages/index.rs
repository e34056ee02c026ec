//! `GET /`: a page that says what this is, for whoever opens the address in a browser, and the picture beside its name.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::html;

use super::layout::{NAME, page};

/// The page.
pub async fn index() -> Response {
    let content = html! {
        p { "This is the server of an event-sourced cloud for QGIS field projects. It is used by programs." }
        h2 { "Where things are" }
        ul {
            li {
                code { "/api/v1/" } ": for QField, QFieldSync and " code { "qfieldcloud-sdk" }
                ", which take the address of this server; " a href="/docs/" { "its documentation" } ", also as "
                a href="/swagger.yaml" { "OpenAPI" }
            }
            li { code { "/graphql" } ": read and change everything (GraphQL over HTTP and WebSockets)" }
            li { code { "/graphql/stream" } ": follow events and jobs (server-sent events)" }
            li { a href="/graphql/schema" { code { "/graphql/schema" } } ": the GraphQL schema" }
            li { code { "/files/…" } ": upload and download files" }
            li { a href="/accounts/signup/" { code { "/accounts/signup/" } } ": get an account" }
            li { a href="/accounts/password/reset/" { code { "/accounts/password/reset/" } } ": get a new password" }
            li { a href="/healthz" { code { "/healthz" } } ": whether the server is alive" }
            li { a href="/readyz" { code { "/readyz" } } ": whether it can do its work" }
            li { a href="/metrics" { code { "/metrics" } } ": how it is doing, for Prometheus" }
        }
    };
    page(StatusCode::OK, NAME, &content)
}

/// `GET /logo.svg`: three layers of a map; field clients show it beside the server's name.
pub async fn logo() -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "public, max-age=86400")];
    (headers, include_str!("logo.svg"))
}
