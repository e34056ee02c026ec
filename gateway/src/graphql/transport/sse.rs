//! Subscriptions as server-sent events (graphql-sse, distinct connections mode).
//!
//! Events carry the place they are at as their id, so a client that lost its connection goes on with `Last-Event-ID`.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};

use super::accept::wants_events;
use super::request::GraphqlRequest;
use crate::gateway::Gateway;
use crate::graphql::execute::{Methods, subscribe};
use crate::http::credentials::Caller;
use crate::http::problem::Problem;
use crate::metrics::OpenStream;

/// The header of a client that lost its connection.
const LAST_EVENT_ID: &str = "last-event-id";

/// `GET` and `POST /graphql/stream`
pub async fn stream(State(gateway): State<Gateway>, caller: Caller, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    if !wants_events(&parts.headers) {
        let message = "expected to accept text/event-stream; answers that are no streams are at /graphql";
        return Err(Problem::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", message));
    }
    let is_get = parts.method == Method::GET;
    let request = match is_get {
        true => {
            let parameters = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
            let Query(parameters) = parameters.map_err(|error| bad_request(error.body_text()))?;
            GraphqlRequest::from_parameters(parameters)
        }
        false => GraphqlRequest::from_json(&read(&gateway, &parts.headers, body).await?),
    };
    let request = request.map_err(|error| bad_request(error.to_string()))?;
    let methods = if is_get { Methods::NoMutations } else { Methods::All };
    let resume = last_event_id(&parts.headers)?;
    let place = gateway.stream_place().ok_or_else(|| {
        Problem::unavailable("the server has as many open streams as it can have; please try again later")
    })?;
    let events = events(gateway, caller, request, methods, resume).map(move |event| {
        let _place = &place;
        event
    });
    // A comment now and then shows both sides that the other one is there.
    let keep_alive = KeepAlive::new().text("");
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((headers, Sse::new(events).keep_alive(keep_alive)).into_response())
}

fn events(
    gateway: Gateway,
    caller: Caller,
    request: GraphqlRequest,
    methods: Methods,
    resume: Option<u64>,
) -> impl Stream<Item = Result<Event, Infallible>> + Send {
    let counted = OpenStream::new("sse");
    let ended = ended(gateway.clone(), caller.clone());
    let (answers, place) = subscribe(&gateway, caller, request, methods, resume);
    let answers = answers.map(move |answer| {
        let _counted = &counted;
        let event = Event::default().event("next").data(answer.to_json());
        Ok(match place.get() {
            Some(place) => event.id(place.to_string()),
            None => event,
        })
    });
    let complete = futures::stream::once(async { Ok(Event::default().event("complete").data("")) });
    answers.chain(complete).take_until(ended)
}

/// Ready when the server stops or the caller has logged out.
async fn ended(gateway: Gateway, caller: Caller) {
    let mut tick = tokio::time::interval(gateway.options().streams.keep_alive);
    loop {
        tokio::select! {
            () = gateway.closing().cancelled() => return,
            _ = tick.tick() => {}
        }
        if !caller.is_still_valid(gateway.app()).await {
            return;
        }
    }
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get(LAST_EVENT_ID).filter(|value| !value.is_empty()) else { return Ok(None) };
    let place = value.to_str().ok().and_then(|text| text.parse().ok());
    place
        .map(Some)
        .ok_or_else(|| bad_request(format!("{LAST_EVENT_ID}: expected an id of this stream, found {value:?}")))
}

async fn read(gateway: &Gateway, headers: &HeaderMap, body: axum::body::Body) -> Result<Bytes, Problem> {
    let is_json =
        headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    if !is_json {
        let message = "expected the content type application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message));
    }
    let limit = gateway.options().json_body_limit;
    axum::body::to_bytes(body, limit).await.map_err(|_| {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", format!("a body has at most {limit} bytes"))
    })
}

fn bad_request(message: String) -> Problem {
    Problem::bad_request("bad_request", message)
}
