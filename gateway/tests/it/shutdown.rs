//! Stopping: requests end, streams are closed, and nothing holds the server up for ever.

use std::time::{Duration, Instant};

use crate::event_streams::Events;
use crate::server::Server;
use crate::websocket::Socket;

#[tokio::test]
async fn open_streams_are_closed_and_the_server_ends() {
    let mut server = Server::start().await;
    let root = server.admin("root").await;
    let mut events = Events::open(&server, &root, "subscription { events { type } }", None).await;
    let mut socket = Socket::open(&server, &root).await;
    let started = Instant::now();
    server.stop().await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(socket.closed().await.0, 1001);
    assert!(events.next().await.is_none_or(|event| event.name == "complete"));
}

#[tokio::test]
async fn a_client_that_stands_still_does_not_keep_the_server_up() {
    let mut server = Server::with(|options, _| options.drain_timeout = Duration::from_millis(300)).await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    let never = futures::stream::pending::<Result<bytes::Bytes, std::io::Error>>();
    let upload = server.put(&ana, &id, "a.txt", reqwest::Body::wrap_stream(never));
    let upload = tokio::spawn(upload.send());
    crate::server::eventually("the upload has begun", || async {
        server
            .get("/metrics")
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
            .contains("fieldlog_http_requests_in_flight 2")
    })
    .await;
    let started = Instant::now();
    server.stop().await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    upload.abort();
}

#[tokio::test]
async fn an_upload_that_stands_still_is_ended() {
    let server = Server::with(|options, _| options.idle_timeout = Duration::from_millis(300)).await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    let never = futures::stream::pending::<Result<bytes::Bytes, std::io::Error>>();
    let response = server.put(&ana, &id, "a.txt", reqwest::Body::wrap_stream(never)).send().await.unwrap();
    assert_eq!(crate::server::problem(response).await.1, "upload_broke_off");
}
