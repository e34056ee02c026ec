//! Packages, asked for as devices do.

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::client::Client;
use super::wait::{LONG, until};

/// Asks for a package, whatever is answered.
pub async fn request(who: &Client, project: &str) -> Response {
    let request = who.request(Method::POST, "/api/v1/jobs/");
    request.json(&json!({ "project_id": project, "type": "package", "force": true })).send().await.unwrap()
}

/// The job that made a package, with its feedback.
pub async fn made(who: &Client, project: &str) -> Value {
    let asked = request(who, project).await;
    let (status, asked): (StatusCode, Value) = (asked.status(), asked.json().await.unwrap());
    assert!(status.is_success(), "{asked}");
    let path = format!("/api/v1/jobs/{}/", asked["id"].as_str().unwrap());
    until("the package is made", LONG, async || {
        let job: Value = who.get(&path).await.json().await.unwrap();
        matches!(job["status"].as_str(), Some("finished" | "failed")).then_some(job)
    })
    .await
}

/// What devices see of the last package.
pub async fn latest(who: &Client, project: &str) -> Value {
    who.get(&format!("/api/v1/packages/{project}/latest/")).await.json().await.unwrap()
}
