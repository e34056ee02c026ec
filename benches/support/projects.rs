//! Projects of the surveyor's own, made over the API: those of the seeds have files whose bytes nobody ever had.

use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};

use super::http::Connection;
use crate::seed;

/// A project without files; its id.
pub fn create(address: SocketAddr, name: &str) -> String {
    let mutation = format!(
        "mutation {{ createProject(input: {{name: \"{name}\"}}) {{ ... on ProjectCreated {{ project {{ uuid }} }} }} }}"
    );
    let answer = graphql(address, &mutation);
    let project = answer["data"]["createProject"]["project"]["uuid"].as_str();
    project.unwrap_or_else(|| panic!("expected a project, found {answer}")).to_owned()
}

/// What GraphQL answers to the surveyor.
pub fn graphql(address: SocketAddr, query: &str) -> Value {
    let (body, mut answer) = (json!({ "query": query }).to_string(), Vec::new());
    let mut connection = Connection::open(address, seed::TOKEN).unwrap();
    let status = connection.post("/graphql", &body, &mut answer).unwrap();
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    serde_json::from_slice(&answer).unwrap()
}

/// Uploads a folder, its project file last: that requests the first job.
pub fn upload(address: SocketAddr, project: &str, folder: &Path) {
    let mut files = Vec::new();
    find(folder, folder, &mut files);
    let is_project = |path: &String| path.ends_with(".qgz") || path.ends_with(".qgs");
    let project_file = files.iter().find(|path| is_project(path)).expect("a project has a project file").clone();
    for path in files.iter().filter(|path| !is_project(path)).chain([&project_file]) {
        let mut connection = Connection::open(address, seed::TOKEN).unwrap();
        let (status, body) = connection.put(&format!("/files/{project}/{path}"), &folder.join(path)).unwrap();
        assert!(matches!(status, 200 | 201), "{path}: {status} {body}");
    }
}

fn find(folder: &Path, root: &Path, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            find(&entry.path(), root, into);
        } else if !entry.file_name().to_string_lossy().ends_with('~') {
            into.push(entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned());
        }
    }
}
