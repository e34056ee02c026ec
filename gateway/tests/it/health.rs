//! Whether the server is alive, ready, and measured.

use serde_json::{Value, json};

use crate::server::{Server, eventually};

#[tokio::test]
async fn it_says_whether_it_is_ready_and_which_part_is_not() {
    let server = Server::start().await;
    let alive: Value = server.get("/healthz").send().await.unwrap().json().await.unwrap();
    assert_eq!(alive, json!({ "status": "ok" }));
    let ready = server.get("/readyz").send().await.unwrap();
    assert_eq!(ready.status(), 200);
    let report: Value = ready.json().await.unwrap();
    assert_eq!(
        (&report["log"]["status"], &report["readModel"]["status"], &report["storage"]["status"]),
        (&json!("ok"), &json!("ok"), &json!("ok"))
    );
    server.log.go_away();
    eventually("the outage shows", || async { server.get("/readyz").send().await.unwrap().status() == 503 }).await;
    let report: Value = server.get("/readyz").send().await.unwrap().json().await.unwrap();
    assert_eq!(report["log"]["status"], "unavailable");
    assert_eq!(server.get("/healthz").send().await.unwrap().status(), 200);
    server.log.come_back();
    eventually("it is ready again", || async { server.get("/readyz").send().await.unwrap().status() == 200 }).await;
}

#[tokio::test]
async fn metrics_have_names_helps_and_types_as_prometheus_wants() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    server.upload(&ana, &id, "a.txt", "x").await;
    server.get("/nothing/at/all").send().await.unwrap();
    let response = server.get("/metrics").send().await.unwrap();
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    let text = response.text().await.unwrap();
    for name in [
        "fieldlog_http_requests_total",
        "fieldlog_log_position",
        "fieldlog_read_model_lag_positions",
        "fieldlog_jobs_active",
        "fieldlog_uploaded_bytes_total",
        "process_resident_memory_bytes",
    ] {
        assert!(text.contains(&format!("\n{name}")) || text.starts_with(name), "{name} is missing:\n{text}");
    }
    assert!(text.contains("route=\"/files/{resource}/{*path}\"") && !text.contains("/nothing/at/all"), "{text}");
    let samples = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in samples {
        let name = line.split(['{', ' ']).next().unwrap();
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        let family = if text.contains(&format!("# TYPE {family} histogram")) { family } else { name };
        assert!(text.contains(&format!("# HELP {family} ")), "{family} has no help");
        let kind = text.lines().find_map(|line| line.strip_prefix(&format!("# TYPE {family} "))).unwrap();
        assert_eq!(kind == "counter", family.ends_with("_total"), "{family} is a {kind}");
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
    }
}

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let server = Server::start().await;
    for path in ["/", "/nothing", "/graphql", "/healthz"] {
        let response = server.get(path).header("x-request-id", "not a uuid").send().await.unwrap();
        let id = response.headers()["x-request-id"].to_str().unwrap().parse::<uuid::Uuid>();
        assert!(id.is_ok(), "{path}");
    }
}

#[tokio::test]
async fn the_page_for_browsers_says_what_this_is() {
    let server = Server::start().await;
    let response = server.get("/").send().await.unwrap();
    assert!(response.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    let page = response.text().await.unwrap();
    assert!(page.contains("<html lang=\"en\">") && page.contains("<main>") && page.contains("<title>Fieldlog</title>"));
}
