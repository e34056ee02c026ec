//! The audits of npm `graphql-http` against a running server.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::server::Server;

#[tokio::test]
async fn the_graphql_over_http_audits_pass() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/graphql-audit");
    let node = Command::new("node").arg("--version").stdout(Stdio::null()).status().await;
    assert!(
        node.is_ok_and(|status| status.success()),
        "node is needed for the audits: install the package nodejs and npm"
    );
    let server = Server::start().await;
    let output = Command::new(script).arg(server.url("/graphql")).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    println!("{said}");
    assert!(output.status.success(), "{said}");
    assert!(said.contains("61 audits") && said.contains("0 errors"), "{said}");
}
