//! Docker (or Podman) through `bollard`: the only file that knows it.

use std::collections::HashMap;
use std::str::FromStr;

use bollard::errors::Error;
use bollard::models::{
    ContainerCreateBody, ContainerState as EngineState, ContainerStateStatusEnum as Status, HostConfig,
    HostConfigLogConfig, Mount as EngineMount, MountType, ResourcesUlimits,
};
use bollard::query_parameters::{
    CreateContainerOptions, InspectContainerOptions, KillContainerOptions, ListContainersOptions, LogsOptions,
    RemoveContainerOptions, RenameContainerOptions, StartContainerOptions, WaitContainerOptions,
};
use bollard::{API_DEFAULT_VERSION, Docker};
use futures::stream::{StreamExt, TryStreamExt};
use thiserror::Error as ThisError;
use tokio::sync::Mutex;

use super::*;

/// Long enough for an engine that has a lot to do, short enough to notice one that hangs.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
const DEFAULT_SOCKET: &str = "unix:///var/run/docker.sock";

/// Where the engine listens.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DockerAddress {
    /// What `DOCKER_HOST` says, else `/var/run/docker.sock`.
    #[default]
    Default,
    /// `unix:///path`, `tcp://host:port`, or `https://host:port`, for which `DOCKER_CERT_PATH` names the folder with `ca.pem`,
    /// `cert.pem` and `key.pem`.
    Host(String),
}

/// A text that is no address of an engine.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[error(
    "expected unix:///path, tcp://host:port, https://host:port or default as the container engine's address, found {0:?}"
)]
pub struct NotADockerAddress(String);

impl FromStr for DockerAddress {
    type Err = NotADockerAddress;

    fn from_str(text: &str) -> Result<Self, NotADockerAddress> {
        if text == "default" {
            return Ok(Self::Default);
        }
        let rest = ["unix:///", "tcp://", "https://"].into_iter().find_map(|scheme| text.strip_prefix(scheme));
        match rest {
            Some(rest) if !rest.is_empty() => Ok(Self::Host(text.to_owned())),
            _ => Err(NotADockerAddress(text.to_owned())),
        }
    }
}

impl fmt::Display for DockerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Host(host) => f.write_str(host),
        }
    }
}

impl DockerAddress {
    fn resolve(&self) -> String {
        match self {
            Self::Host(host) => host.clone(),
            Self::Default => {
                std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty()).unwrap_or(DEFAULT_SOCKET.to_owned())
            }
        }
    }
}

/// An engine that speaks Docker's API. It is connected to when it is first needed, and again after it was away.
pub struct DockerRuntime {
    address: DockerAddress,
    connection: Mutex<Option<Docker>>,
}

impl DockerRuntime {
    /// The engine at `address`, which need not be there yet.
    pub fn new(address: DockerAddress) -> Self {
        Self { address, connection: Mutex::new(None) }
    }

    async fn docker(&self) -> Result<Docker, RuntimeError> {
        let mut connection = self.connection.lock().await;
        if let Some(docker) = connection.as_ref() {
            return Ok(docker.clone());
        }
        let docker = self
            .connect()
            .await
            .map_err(|error| RuntimeError::Unavailable(format!("{}: {}", self.address.resolve(), words_of(&error))))?;
        Ok(connection.insert(docker).clone())
    }

    async fn connect(&self) -> Result<Docker, Error> {
        let host = self.address.resolve();
        let docker = match host.strip_prefix("unix://") {
            Some(path) => Docker::connect_with_unix(path, ANSWER_WITHIN.as_secs(), API_DEFAULT_VERSION)?,
            None => Docker::connect_with_host(&host)?.with_timeout(ANSWER_WITHIN),
        };
        // An older engine refuses the newest API, so its own version is asked for first.
        docker.negotiate_version().await
    }

    /// Says what an error means; after the engine was away it is connected to anew, for it may be another version then.
    async fn explain(&self, error: Error, subject: Subject<'_>) -> RuntimeError {
        let explained = explain(error, subject);
        if matches!(explained, RuntimeError::Unavailable(_)) {
            *self.connection.lock().await = None;
        }
        explained
    }
}

/// What a request was about, since "not found" does not say.
#[derive(Clone, Copy)]
enum Subject<'a> {
    Engine,
    Image(&'a str),
    Creation(&'a ContainerSpec),
    Container(&'a ContainerId),
}

fn explain(error: Error, subject: Subject<'_>) -> RuntimeError {
    match (error, subject) {
        (Error::DockerResponseServerError { status_code: 404, .. }, Subject::Image(name)) => {
            RuntimeError::NoImage(name.to_owned())
        }
        (Error::DockerResponseServerError { status_code: 404, message }, Subject::Creation(spec)) => {
            // A missing mount is "not found" too in some engines; only the words tell.
            match message.to_lowercase().contains("image") {
                true => RuntimeError::NoImage(spec.image.clone()),
                false => RuntimeError::Refused { status: 404, message },
            }
        }
        (Error::DockerResponseServerError { status_code: 404, .. }, Subject::Container(id)) => {
            RuntimeError::NoContainer(id.0.clone())
        }
        (Error::DockerResponseServerError { status_code: 409, .. }, Subject::Creation(spec)) => {
            RuntimeError::NameTaken(spec.name.clone())
        }
        (Error::DockerResponseServerError { status_code, message }, _) => {
            RuntimeError::Refused { status: status_code, message: message.trim().to_owned() }
        }
        (error, _) => RuntimeError::Unavailable(words_of(&error)),
    }
}

/// An error with its causes: hyper's own words alone say nothing.
fn words_of(error: &Error) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_words = inner.to_string();
        if !words.contains(&inner_words) {
            words = format!("{words}: {inner_words}");
        }
        cause = inner.source();
    }
    words
}

#[async_trait]
impl ContainerRuntime for DockerRuntime {
    async fn engine(&self) -> Result<EngineInfo, RuntimeError> {
        let docker = self.docker().await?;
        match docker.version().await {
            Ok(version) => Ok(EngineInfo {
                version: version.version.unwrap_or_default(),
                api_version: docker.client_version().to_string(),
            }),
            Err(error) => Err(self.explain(error, Subject::Engine).await),
        }
    }

    async fn image(&self, name: &str) -> Result<Image, RuntimeError> {
        match self.docker().await?.inspect_image(name).await {
            Ok(found) => {
                let labels = found.config.and_then(|config| config.labels).unwrap_or_default();
                let contract = match labels.get(Image::CONTRACT).is_some_and(|contract| contract == Image::FOLDER) {
                    true => Contract::Folder,
                    false => Contract::Api,
                };
                let can_wait = contract == Contract::Folder && labels.contains_key(Image::WAITS);
                Ok(Image { name: name.to_owned(), digest: found.id.unwrap_or_default(), contract, can_wait })
            }
            Err(error) => Err(self.explain(error, Subject::Image(name)).await),
        }
    }

    async fn create(&self, spec: &ContainerSpec) -> Result<ContainerId, RuntimeError> {
        let options = CreateContainerOptions { name: Some(spec.name.clone()), ..Default::default() };
        match self.docker().await?.create_container(Some(options), body(spec)).await {
            Ok(created) => Ok(ContainerId(created.id)),
            Err(error) => Err(self.explain(error, Subject::Creation(spec)).await),
        }
    }

    async fn rename(&self, id: &ContainerId, name: &str) -> Result<(), RuntimeError> {
        let options = RenameContainerOptions { name: name.to_owned() };
        match self.docker().await?.rename_container(&id.0, options).await {
            Ok(()) => Ok(()),
            Err(Error::DockerResponseServerError { status_code: 409, .. }) => {
                Err(RuntimeError::NameTaken(name.to_owned()))
            }
            Err(error) => Err(self.explain(error, Subject::Container(id)).await),
        }
    }

    async fn start(&self, id: &ContainerId) -> Result<(), RuntimeError> {
        match self.docker().await?.start_container(&id.0, None::<StartContainerOptions>).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.explain(error, Subject::Container(id)).await),
        }
    }

    async fn log(&self, id: &ContainerId) -> Result<BoxStream<'static, Result<LogChunk, RuntimeError>>, RuntimeError> {
        let options = LogsOptions { follow: true, stdout: true, stderr: true, ..Default::default() };
        let id = id.clone();
        let chunks = self.docker().await?.logs(&id.0, Some(options));
        let chunks = chunks.map_ok(|output| output.into_bytes());
        Ok(chunks.map_err(move |error| explain(error, Subject::Container(&id))).boxed())
    }

    async fn wait(&self, id: &ContainerId) -> Result<Exit, RuntimeError> {
        loop {
            // "not-running" is answered at once for a container that has ended; "next-exit" would hang for ever.
            let options = WaitContainerOptions { condition: "not-running".to_owned() };
            let answer = self.docker().await?.wait_container(&id.0, Some(options)).next().await;
            match answer {
                // bollard calls every exit code but 0 an error.
                Some(Ok(_) | Err(Error::DockerContainerWaitError { .. })) => {}
                // Some engines send no header before the end: the wait is only begun anew.
                Some(Err(Error::RequestTimeoutError)) => continue,
                Some(Err(error)) => return Err(self.explain(error, Subject::Container(id)).await),
                None => return Err(RuntimeError::Unavailable("the wait for a container broke off".to_owned())),
            }
            return match self.inspect(id).await?.state {
                ContainerState::Exited(exit) => Ok(exit),
                ContainerState::Running { .. } => continue,
                ContainerState::Created => {
                    Err(RuntimeError::Refused { status: 409, message: "the container was never started".to_owned() })
                }
            };
        }
    }

    async fn inspect(&self, id: &ContainerId) -> Result<Inspected, RuntimeError> {
        match self.docker().await?.inspect_container(&id.0, None::<InspectContainerOptions>).await {
            Ok(found) => Ok(Inspected {
                id: found.id.map(ContainerId).unwrap_or_else(|| id.clone()),
                state: state(found.state.unwrap_or_default()),
            }),
            Err(error) => Err(self.explain(error, Subject::Container(id)).await),
        }
    }

    async fn kill(&self, id: &ContainerId) -> Result<(), RuntimeError> {
        let options = KillContainerOptions { signal: "SIGKILL".to_owned() };
        match self.docker().await?.kill_container(&id.0, Some(options)).await {
            // 409: it does not run.
            Ok(()) | Err(Error::DockerResponseServerError { status_code: 409, .. }) => Ok(()),
            Err(error) => Err(self.explain(error, Subject::Container(id)).await),
        }
    }

    async fn remove(&self, id: &ContainerId) -> Result<(), RuntimeError> {
        let options = RemoveContainerOptions { force: true, v: true, link: false };
        match self.docker().await?.remove_container(&id.0, Some(options)).await {
            // 404: it is gone; 409: somebody else is removing it just now.
            Ok(()) | Err(Error::DockerResponseServerError { status_code: 404 | 409, .. }) => Ok(()),
            Err(error) => Err(self.explain(error, Subject::Container(id)).await),
        }
    }

    async fn list(&self, labels: &BTreeMap<String, String>) -> Result<Vec<FoundContainer>, RuntimeError> {
        let wanted = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let filters = Some(HashMap::from([("label".to_owned(), wanted)]));
        let options = ListContainersOptions { all: true, filters, ..Default::default() };
        match self.docker().await?.list_containers(Some(options)).await {
            Ok(found) => Ok(found
                .into_iter()
                .filter_map(|container| {
                    let labels = container.labels.unwrap_or_default().into_iter().collect();
                    let name = container.names.unwrap_or_default().into_iter().next().unwrap_or_default();
                    let name = name.trim_start_matches('/').to_owned();
                    Some(FoundContainer { id: ContainerId(container.id?), name, labels })
                })
                .collect()),
            Err(error) => Err(self.explain(error, Subject::Engine).await),
        }
    }
}

/// Everything that closes a container off is here.
fn body(spec: &ContainerSpec) -> ContainerCreateBody {
    let limits = &spec.limits;
    let memory = Some(clamped(limits.memory_bytes));
    let ulimit = |name: &str, most: u64| ResourcesUlimits {
        name: Some(name.to_owned()),
        soft: Some(clamped(most)),
        hard: Some(clamped(most)),
    };
    let half_of_log = (limits.log_bytes / 2).max(64 << 10);
    let host_config = HostConfig {
        network_mode: Some(spec.network.clone().unwrap_or_else(|| "none".to_owned())),
        ipc_mode: Some("none".to_owned()),
        readonly_rootfs: Some(true),
        tmpfs: Some(HashMap::from([(
            "/tmp".to_owned(),
            format!("rw,nosuid,nodev,noexec,mode=1777,size={}", limits.tmp_bytes),
        )])),
        cap_drop: Some(vec!["ALL".to_owned()]),
        security_opt: Some(vec!["no-new-privileges".to_owned()]),
        privileged: Some(false),
        memory,
        memory_swap: memory,
        nano_cpus: Some((limits.cpus * 1e9) as i64),
        pids_limit: Some(i64::from(limits.pids)),
        ulimits: Some(vec![ulimit("core", 0), ulimit("nofile", 4_096), ulimit("fsize", limits.file_bytes)]),
        // Reaps what the program leaves behind and passes signals on.
        init: Some(true),
        log_config: Some(HostConfigLogConfig {
            typ: Some("json-file".to_owned()),
            config: Some(HashMap::from([
                ("max-size".to_owned(), half_of_log.to_string()),
                ("max-file".to_owned(), "2".to_owned()),
            ])),
        }),
        mounts: Some(spec.mounts.iter().map(bind).collect()),
        ..Default::default()
    };
    ContainerCreateBody {
        image: Some(spec.image.clone()),
        cmd: Some(spec.command.clone()),
        user: Some(spec.user.clone()),
        env: Some(spec.env.iter().map(|(key, value)| format!("{key}={value}")).collect()),
        labels: Some(spec.labels.clone().into_iter().collect()),
        host_config: Some(host_config),
        ..Default::default()
    }
}

/// A mount, not a "bind": the engine makes a missing folder for a bind, as root, and for a mount it refuses.
fn bind(mount: &Mount) -> EngineMount {
    EngineMount {
        source: Some(mount.source.display().to_string()),
        target: Some(mount.target.clone()),
        typ: Some(MountType::BIND),
        read_only: Some(mount.read_only),
        ..Default::default()
    }
}

fn clamped(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn state(found: EngineState) -> ContainerState {
    let started_at = time(found.started_at).unwrap_or_else(Utc::now);
    match found.status {
        Some(Status::EXITED | Status::DEAD | Status::REMOVING) => ContainerState::Exited(Exit {
            code: found.exit_code.unwrap_or_default(),
            out_of_memory: found.oom_killed.unwrap_or_default(),
            started_at,
            ended_at: time(found.finished_at).unwrap_or_else(Utc::now),
        }),
        Some(Status::RUNNING | Status::PAUSED | Status::RESTARTING | Status::STOPPING) => {
            ContainerState::Running { started_at }
        }
        Some(Status::CREATED | Status::EMPTY) | None => ContainerState::Created,
    }
}

fn time(text: Option<String>) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text?.as_str()).ok().map(|time| time.with_timezone(&Utc))
}
