//! What all pages have in common.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Forms may be sent to this server only.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// What this is called.
pub const NAME: &str = "Fieldlog";

const STYLE: &str = "
  :root { color-scheme: light dark }
  body { font: 1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
  code { font-size: .95em }
  label { display: block; margin-top: 1rem }
  input { font: inherit; width: 100%; padding: .4rem .6rem; box-sizing: border-box }
  button { font: inherit; margin-top: 1.5rem; padding: .5rem 1.2rem }
  .refusal { border-left: .3rem solid #b00020; padding-left: 1rem }
  .hint { font-size: .9rem; opacity: .8 }
";

/// A page of this title.
pub fn page(status: StatusCode, title: &str, content: &Markup) -> Response {
    page_with(status, title, "", content)
}

/// A page with styles of its own.
pub fn page_with(status: StatusCode, title: &str, style: &str, content: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { @if title == NAME { (NAME) } @else { (title) " – " (NAME) } }
                link rel="icon" href="/logo.svg";
                style { (PreEscaped(STYLE)) (PreEscaped(style)) }
            }
            body { main { h1 { (title) } (content) } }
        }
    };
    const CONTENT_TYPE: (HeaderName, &str) = (header::CONTENT_TYPE, "text/html; charset=utf-8");
    let mut response = (status, [CONTENT_TYPE], page.into_string()).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response
}
