//! The real engine and the real image, started and built by the scripts when they are not there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use fieldlog_worker::containers::docker::{DockerAddress, DockerRuntime};
use fieldlog_worker::containers::*;
use futures::stream::BoxStream;

pub const IMAGE: &str = "fieldlog-qgis:latest";

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The engine, with the image.
pub fn docker() -> Arc<DockerRuntime> {
    static READY: OnceLock<()> = OnceLock::new();
    READY.get_or_init(|| {
        let answers = |arguments: &[&str]| {
            Command::new("docker").args(arguments).output().is_ok_and(|output| output.status.success())
        };
        if !answers(&["version"]) {
            run_script("docker-engine", &[]);
        }
        if !answers(&["image", "inspect", IMAGE]) {
            run_script("qgis-image", &[]);
        }
    });
    Arc::new(DockerRuntime::new(DockerAddress::Default))
}

fn run_script(name: &str, arguments: &[&Path]) {
    let status = Command::new(repository().join("scripts").join(name)).args(arguments).stdout(Stdio::null()).status();
    assert!(status.as_ref().is_ok_and(|status| status.success()), "scripts/{name}: {status:?}");
}

/// Puts the sample project into a folder.
pub fn make_sample(folder: &Path) {
    docker();
    run_script("make-sample", &[folder]);
}

/// Test data: the folder beside the checkout when it is there; says so when it is not.
pub fn testdata(path: &str) -> Option<PathBuf> {
    let path = repository().join("../shared/testdata").join(path);
    if !path.exists() {
        eprintln!("SKIPPED: there is no {}", path.display());
    }
    path.exists().then_some(path)
}

/// The real engine, whose containers run something else than they should.
pub struct Instead {
    pub engine: Arc<DockerRuntime>,
    pub command: Vec<String>,
}

impl Instead {
    pub fn python(code: &str) -> Self {
        Self { engine: docker(), command: vec!["python3".to_owned(), "-c".to_owned(), code.to_owned()] }
    }
}

#[async_trait]
impl ContainerRuntime for Instead {
    async fn engine(&self) -> Result<EngineInfo, RuntimeError> {
        self.engine.engine().await
    }

    async fn image(&self, name: &str) -> Result<Image, RuntimeError> {
        self.engine.image(name).await
    }

    async fn create(&self, spec: &ContainerSpec) -> Result<ContainerId, RuntimeError> {
        self.engine.create(&ContainerSpec { command: self.command.clone(), ..spec.clone() }).await
    }

    async fn rename(&self, id: &ContainerId, name: &str) -> Result<(), RuntimeError> {
        self.engine.rename(id, name).await
    }

    async fn start(&self, id: &ContainerId) -> Result<(), RuntimeError> {
        self.engine.start(id).await
    }

    async fn log(&self, id: &ContainerId) -> Result<BoxStream<'static, Result<LogChunk, RuntimeError>>, RuntimeError> {
        self.engine.log(id).await
    }

    async fn wait(&self, id: &ContainerId) -> Result<Exit, RuntimeError> {
        self.engine.wait(id).await
    }

    async fn inspect(&self, id: &ContainerId) -> Result<Inspected, RuntimeError> {
        self.engine.inspect(id).await
    }

    async fn kill(&self, id: &ContainerId) -> Result<(), RuntimeError> {
        self.engine.kill(id).await
    }

    async fn remove(&self, id: &ContainerId) -> Result<(), RuntimeError> {
        self.engine.remove(id).await
    }

    async fn list(&self, labels: &BTreeMap<String, String>) -> Result<Vec<FoundContainer>, RuntimeError> {
        self.engine.list(labels).await
    }
}
