//! Packages: who gets which.

use fieldlog_commands::job::JobInputs;
use serde_json::{Value, json};

use crate::edits::{start, work};
use crate::secrets::set;
use crate::server::{Person, Server, text};

async fn get(server: &Server, who: &Person, path: &str) -> (u16, String) {
    let request = server.get(path).header("authorization", format!("Token {}", who.token));
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn a_package_that_was_made_with_secrets_of_ones_own_is_for_nobody_else() {
    let (server, ana, project) = start().await;
    let bob = server.person("bob").await;
    server.add_collaborator(&ana, &project, "bob", "EDITOR").await;
    let (holder, value) = (json!({ "project": project }), "hunter2");
    let own = json!({ "holder": holder, "name": "DB_PASSWORD", "kind": "ENVVAR", "to": bob.account, "value": value });
    assert_eq!(set(&server, &ana, own).await["__typename"], "SecretSet");

    let request =
        server.client.post(server.url("/api/v1/jobs/")).json(&json!({ "project_id": project, "type": "package" }));
    let answer = request.header("authorization", format!("Token {}", bob.token)).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let job = text(&answer.json::<Value>().await.unwrap()["id"]);
    work(&server, job.parse().unwrap(), JobInputs::default(), "data.gpkg", "what bob may see".to_owned()).await;

    let latest = format!("/api/v1/packages/{project}/latest");
    for path in [format!("/jobs/{job}/outputs/data.gpkg"), format!("{latest}/files/data.gpkg/")] {
        assert_eq!(get(&server, &bob, &path).await, (200, "what bob may see".to_owned()), "{path}");
        let (status, body) = get(&server, &ana, &path).await;
        assert!([400, 404].contains(&status) && !body.contains("bob"), "{path}: {status} {body}");
    }
    let (status, body) = get(&server, &bob, &format!("{latest}/")).await;
    assert_eq!((status, serde_json::from_str::<Value>(&body).unwrap()["package_id"].clone()), (200, json!(job)));
    let (status, body) = get(&server, &ana, &format!("{latest}/")).await;
    assert!(status == 400 && body.contains("invalid_job"), "{status} {body}");
}
