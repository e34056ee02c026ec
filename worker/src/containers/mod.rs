//! What Fieldlog needs of a container engine, whatever the engine is.
//!
//! Production runs [`docker`] (Docker or Podman), tests run [`fake`]. Nothing beside `docker.rs` knows the engine's API.

pub mod docker;
pub mod fake;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::stream::BoxStream;
use thiserror::Error;

/// Why an engine did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RuntimeError {
    /// The engine does not answer, or broke off. Trying again later may help.
    #[error("the container engine is not available: {0}")]
    Unavailable(String),
    /// The engine has no such image.
    #[error("the container engine has no image {0:?}")]
    NoImage(String),
    /// The engine has no such container (any more).
    #[error("there is no container {0:?}")]
    NoContainer(String),
    /// There is a container of this name already.
    #[error("a container named {0:?} is there already")]
    NameTaken(String),
    /// The engine answered and said no.
    #[error("the container engine refused ({status}): {message}")]
    Refused {
        /// Its status code.
        status: u16,
        /// Its words.
        message: String,
    },
}

/// Names one container at its engine: the engine's id, or the name given at its creation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContainerId(pub String);

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An engine that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineInfo {
    /// The engine's version, for people.
    pub version: String,
    /// The version of the API that is spoken with it.
    pub api_version: String,
}

/// An image that is at the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The name it was asked for by.
    pub name: String,
    /// The digest of its configuration (`sha256:…`), which says all of its contents.
    pub digest: String,
    /// How its containers get at a job's files.
    pub contract: Contract,
    /// Whether its containers can be started before there is a job for them: it says so by [`Image::WAITS`].
    pub can_wait: bool,
}

/// How the containers of an image get at a job's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Contract {
    /// The files are in a folder that it shares, and results go there: it says so by [`Image::CONTRACT`].
    #[default]
    Folder,
    /// It fetches files and brings results through QFieldCloud's API, as that system's own worker image does.
    Api,
}

impl Image {
    /// The label of an image that finds its files in `/io` and leaves its results there (worker/qgis/README.md), with
    /// [`Image::FOLDER`] as its value.
    pub const CONTRACT: &str = "fieldlog.contract";
    /// See [`Image::CONTRACT`].
    pub const FOLDER: &str = "folder";
    /// The label of an image whose `python3 entrypoint.py --wait` waits for an order (worker/qgis/README.md).
    pub const WAITS: &str = "fieldlog.waits";
}

/// A folder of this machine inside a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The folder on this machine. It must be there.
    pub source: PathBuf,
    /// Where the container sees it.
    pub target: String,
    /// Whether the container may only read.
    pub read_only: bool,
}

/// What a container may use up.
#[derive(Debug, Clone, PartialEq)]
pub struct ContainerLimits {
    /// Memory in bytes; there is no swap beside it.
    pub memory_bytes: u64,
    /// Processors.
    pub cpus: f64,
    /// Processes and threads.
    pub pids: u32,
    /// Bytes of `/tmp`, which is memory too.
    pub tmp_bytes: u64,
    /// Bytes of one file, wherever it is.
    pub file_bytes: u64,
    /// Bytes on disk of all files in its job directory, beside its inputs. Looked at now and then, so it may be more for a moment.
    pub disk_bytes: u64,
    /// Bytes of output that the engine keeps.
    pub log_bytes: u64,
}

impl Default for ContainerLimits {
    fn default() -> Self {
        Self {
            memory_bytes: 1_000 << 20,
            cpus: 1.0,
            pids: 256,
            tmp_bytes: 256 << 20,
            file_bytes: 10 << 30,
            disk_bytes: 10 << 30,
            log_bytes: 20 << 20,
        }
    }
}

/// A container to be made.
#[derive(Clone, PartialEq)]
pub struct ContainerSpec {
    /// Its name: a second one of the same name is refused, so nothing is started twice.
    pub name: String,
    /// The image, by digest or by name.
    pub image: String,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Environment; it may hold secrets, so only its names are printed.
    pub env: BTreeMap<String, String>,
    /// By these it is found again.
    pub labels: BTreeMap<String, String>,
    /// What of this machine it sees.
    pub mounts: Vec<Mount>,
    /// The engine's network that it is on; none: it can reach nothing.
    pub network: Option<String>,
    /// `UID:GID` of its processes.
    pub user: String,
    /// What it may use up.
    pub limits: ContainerLimits,
}

impl fmt::Debug for ContainerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, image, command, env, labels, mounts, network, user, limits } = self;
        f.debug_struct("ContainerSpec")
            .field("name", name)
            .field("image", image)
            .field("command", command)
            .field("env", &env.keys().collect::<Vec<_>>())
            .field("labels", labels)
            .field("mounts", mounts)
            .field("network", network)
            .field("user", user)
            .field("limits", limits)
            .finish()
    }
}

/// Where a container is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContainerState {
    /// Made, never started.
    Created,
    /// It runs.
    Running {
        /// Since then.
        started_at: DateTime<Utc>,
    },
    /// It ended.
    Exited(Exit),
}

/// How a container ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// Its exit code: [`Exit::KILLED`] is what a killed one leaves.
    pub code: i64,
    /// Whether one of its processes was killed for want of memory; the code may be 0 all the same.
    pub out_of_memory: bool,
    /// When it was started; when it ended if it never was.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
}

impl Exit {
    /// The exit code of a container that was killed: 128 and the number of the signal.
    pub const KILLED: i64 = 137;

    /// How long it ran, from `begun` if that was later than its start.
    pub fn ran_since(&self, begun: Option<DateTime<Utc>>) -> Duration {
        let from = begun.map_or(self.started_at, |begun| begun.max(self.started_at));
        (self.ended_at - from).to_std().unwrap_or_default()
    }
}

/// A container as its engine knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// The engine's id, also when it was asked for by name.
    pub id: ContainerId,
    /// Where it is in its life.
    pub state: ContainerState,
}

/// A container that was found by its labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundContainer {
    /// The engine's id.
    pub id: ContainerId,
    /// Its name now.
    pub name: String,
    /// All its labels.
    pub labels: BTreeMap<String, String>,
}

/// A piece of what a container printed; where it begins and ends means nothing.
pub type LogChunk = Bytes;

/// A container engine.
///
/// What is asked twice is done once: starting a container that was started, killing one that has ended and removing
/// one that is gone are no errors.
#[async_trait]
pub trait ContainerRuntime: Send + Sync + 'static {
    /// Whether it answers, and what it is.
    async fn engine(&self) -> Result<EngineInfo, RuntimeError>;

    /// Looks for an image that is at the engine; never fetches one.
    async fn image(&self, name: &str) -> Result<Image, RuntimeError>;

    /// Makes a container, closed off from everything that is not in `spec`.
    async fn create(&self, spec: &ContainerSpec) -> Result<ContainerId, RuntimeError>;

    /// Gives it another name, which no other container may have.
    async fn rename(&self, id: &ContainerId, name: &str) -> Result<(), RuntimeError>;

    /// Starts it.
    async fn start(&self, id: &ContainerId) -> Result<(), RuntimeError>;

    /// Everything it printed from its start on, then live; ends when the container has ended.
    async fn log(&self, id: &ContainerId) -> Result<BoxStream<'static, Result<LogChunk, RuntimeError>>, RuntimeError>;

    /// Waits until it has ended; answers at once when it has already. It must have been started.
    async fn wait(&self, id: &ContainerId) -> Result<Exit, RuntimeError>;

    /// Where it is in its life.
    async fn inspect(&self, id: &ContainerId) -> Result<Inspected, RuntimeError>;

    /// Ends it at once.
    async fn kill(&self, id: &ContainerId) -> Result<(), RuntimeError>;

    /// Removes it, running or not.
    async fn remove(&self, id: &ContainerId) -> Result<(), RuntimeError>;

    /// All containers, running or not, that bear all these labels.
    async fn list(&self, labels: &BTreeMap<String, String>) -> Result<Vec<FoundContainer>, RuntimeError>;
}
