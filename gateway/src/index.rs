//! `GET /`: a page that says what this is, for whoever opens the address in a browser.

use axum::http::header;
use axum::response::{Html, IntoResponse};

/// The page.
pub async fn index() -> Html<&'static str> {
    Html(PAGE)
}

/// `GET /logo.svg`: three layers of a map; field clients show it beside the server's name.
pub async fn logo() -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "public, max-age=86400")];
    (headers, include_str!("logo.svg"))
}

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fieldlog</title>
<style>
  :root { color-scheme: light dark }
  body { font: 1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
  code { font-size: .95em }
</style>
</head>
<body>
<main>
<h1>Fieldlog</h1>
<p>This is the server of an event-sourced cloud for QGIS field projects. It is used by programs.</p>
<h2>Where things are</h2>
<ul>
<li><code>/graphql</code>: read and change everything (GraphQL over HTTP and WebSockets)</li>
<li><code>/graphql/stream</code>: follow events and jobs (server-sent events)</li>
<li><a href="/graphql/schema"><code>/graphql/schema</code></a>: the GraphQL schema</li>
<li><code>/api/v1/</code>: for QField, QFieldSync and <code>qfieldcloud-sdk</code>, which take the address of this server</li>
<li><code>/files/…</code>: upload and download files</li>
<li><a href="/healthz"><code>/healthz</code></a>: whether the server is alive</li>
<li><a href="/readyz"><code>/readyz</code></a>: whether it can do its work</li>
<li><a href="/metrics"><code>/metrics</code></a>: how it is doing, for Prometheus</li>
</ul>
</main>
</body>
</html>
"#;
