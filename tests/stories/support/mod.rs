//! What stories are told with: programs to start, a client to talk to them, and patience.

pub mod by_hand;
pub mod client;
pub mod docker;
pub mod edits;
pub mod farm;
pub mod fieldlog;
pub mod grid_server;
pub mod map_server;
pub mod network;
pub mod packages;
pub mod postgis;
pub mod postgres;
pub mod s3;
pub mod sample;
pub mod socket;
pub mod tls;
pub mod wait;
pub mod when_gone;

use std::path::{Path, PathBuf};
use std::process::Command;

/// A file of this repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs a script of this repository; returns what it printed.
pub fn script(name: &str, arguments: &[&str]) -> String {
    let output = Command::new(repository("scripts").join(name)).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "scripts/{name} {arguments:?} failed:\n{said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
