//! The `fieldlog` program: a folder it keeps its things in, commands, and servers.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use super::client::Client;
use super::wait::SHORT;

/// A folder with everything a Fieldlog keeps, and the settings every command gets.
pub struct Fieldlog {
    folder: TempDir,
    data: PathBuf,
    settings: Vec<(String, String)>,
}

impl Fieldlog {
    /// Embedded defaults in a folder of its own.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        Self { folder, data, settings: Vec::new() }
    }

    /// Sets a variable for every command, for example `FIELDLOG_LOG`.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Keeps its things elsewhere.
    pub fn with_data(mut self, data: PathBuf) -> Self {
        self.data = data;
        self
    }

    /// No job is ever run: the story is not about jobs.
    pub fn without_docker(self) -> Self {
        let nowhere = format!("unix://{}", self.folder.path().join("no-engine.sock").display());
        self.with("FIELDLOG_DOCKER", nowhere)
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    /// A path beside the data.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command, with none of the variables of whoever runs the tests.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fieldlog"));
        command.env_clear().envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "HOME"));
        command.env("FIELDLOG_DATA", &self.data).env("FIELDLOG_TRACE", "info,sqlx=error");
        command.envs(self.settings.iter().cloned());
        command.args(arguments).current_dir(self.folder.path()).kill_on_drop(true);
        command
    }

    /// Runs a command to its end.
    pub async fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        self.run_with_input(arguments, "").await
    }

    /// Runs a command that has to succeed; returns what it printed.
    pub async fn say<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        let output = self.run(arguments).await;
        assert!(output.status.success(), "the command failed: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    pub async fn run_with_input<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>, input: &str) -> Output {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that does not read its input closes it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes()).await;
        tokio::time::timeout(Duration::from_secs(120), child.wait_with_output())
            .await
            .expect("the command ends")
            .unwrap()
    }

    /// `fieldlog account create`, as an operator types it.
    pub async fn create_account(&self, name: &str, password: &str) {
        let email = format!("{name}@example.org");
        let arguments = ["account", "create", name, "--email", &email, "--password-stdin", "--admin"];
        let output = self.run_with_input(arguments, &format!("{password}\n")).await;
        assert!(output.status.success(), "{}", said(&output));
    }

    /// Everything in one process.
    pub async fn serve(&self) -> Server {
        self.start(["serve", "--listen", "127.0.0.1:0"]).await
    }

    /// A process that runs until it is stopped.
    pub async fn start<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Server {
        let mut command = self.command(arguments);
        let trace = self.path(&format!("trace-{}", uuid::Uuid::new_v4()));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(std::fs::File::create(&trace).unwrap());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = tokio::time::timeout(SHORT, lines.next_line()).await;
        let Ok(Ok(Some(ready))) = first else {
            panic!(
                "expected the line that says it is ready, found {first:?}:\n{}",
                std::fs::read_to_string(&trace).unwrap()
            );
        };
        Server { child, ready, trace }
    }
}

/// What a command said, for messages.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A running `fieldlog serve`, `gateway` or `worker`; killed when dropped.
pub struct Server {
    child: Child,
    ready: String,
    trace: PathBuf,
}

impl Server {
    /// Where it listens, as its first line says.
    pub fn url(&self) -> String {
        let address = self.ready.strip_prefix("fieldlog is ready: ").and_then(|rest| rest.split(' ').next());
        address.filter(|address| address.starts_with("http://")).expect("the line names an address").to_owned()
    }

    pub fn client(&self) -> Client {
        Client::new(&self.url())
    }

    /// `kill -9`.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Everything that it has said.
    pub fn trace(&self) -> String {
        std::fs::read_to_string(&self.trace).unwrap()
    }

    /// Sends a signal by its name, `USR1` for example.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().expect("it runs").to_string();
        assert!(std::process::Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// SIGTERM, and how it ended then.
    pub async fn stop(mut self) -> ExitStatus {
        self.signal("TERM");
        tokio::time::timeout(SHORT, self.child.wait()).await.expect("it ends when it is asked to").unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let trace = std::fs::read_to_string(&self.trace).unwrap_or_default();
            let end: Vec<&str> = trace.lines().rev().take(30).collect();
            eprintln!("the end of what {} said, newest first:\n{}", self.ready, end.join("\n"));
        }
    }
}
