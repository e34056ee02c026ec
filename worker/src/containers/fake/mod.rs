//! An engine that plays back a script, for tests.
//!
//! Like a real engine it outlives the worker: its containers go on when whoever started them is gone.

mod act;
mod container;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use futures::stream::{self, StreamExt};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::*;
use container::Container;

pub use act::{Act, Gate};

/// A call to the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "named like the methods of the port")]
pub enum Call {
    Engine,
    Image,
    Create,
    Rename,
    Start,
    Log,
    Wait,
    Inspect,
    Kill,
    Remove,
    List,
}

/// When an interceptor is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// Nothing was done yet; an error is the call's answer.
    Before,
    /// It was done, and the caller was not told yet.
    After,
}

/// Sees every call and may hold it up, or answer it with an error.
pub type Interceptor = Arc<dyn Fn(Call, Moment) -> BoxFuture<'static, Result<(), RuntimeError>> + Send + Sync>;

/// What a container of this kind does.
pub type Script = Arc<dyn Fn(&ContainerSpec) -> Vec<Act> + Send + Sync>;

/// The engine. Clones share everything but the interceptor, which belongs to one worker.
#[derive(Clone)]
pub struct FakeRuntime {
    engine: Arc<Engine>,
    interceptor: Option<Interceptor>,
}

struct Engine {
    handle: Handle,
    script: Script,
    next_id: AtomicU64,
    is_up: watch::Sender<bool>,
    shelf: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    images: BTreeMap<String, String>,
    contract: Contract,
    containers: BTreeMap<String, Arc<Container>>,
    started: Vec<Arc<Container>>,
}

impl FakeRuntime {
    /// An engine with one image, whose containers all play `script`. They live in the tokio runtime of the caller.
    pub fn new(image: &str, script: Script) -> Self {
        let shelf = Shelf { images: BTreeMap::from([(image.to_owned(), digest_of(image))]), ..Default::default() };
        let engine = Engine {
            handle: Handle::current(),
            script,
            next_id: AtomicU64::new(1),
            is_up: watch::Sender::new(true),
            shelf: Mutex::new(shelf),
        };
        Self { engine: Arc::new(engine), interceptor: None }
    }

    /// The same engine for a worker whose calls are intercepted.
    pub fn intercepted(&self, interceptor: Interceptor) -> Self {
        Self { engine: self.engine.clone(), interceptor: Some(interceptor) }
    }

    /// Takes the engine away, or brings it back. Containers go on meanwhile.
    pub fn set_up(&self, is_up: bool) {
        self.engine.is_up.send_replace(is_up);
    }

    /// Adds or removes an image.
    pub fn set_image(&self, name: &str, is_there: bool) {
        let mut shelf = self.shelf();
        match is_there {
            true => shelf.images.insert(name.to_owned(), digest_of(name)),
            false => shelf.images.remove(name),
        };
    }

    /// Says how the containers of its images get at files.
    pub fn set_contract(&self, contract: Contract) {
        self.shelf().contract = contract;
    }

    /// Every container that was ever started, in order, as it is now.
    pub fn started(&self) -> Vec<ContainerSpec> {
        self.shelf().started.iter().map(|container| container.spec().clone()).collect()
    }

    /// Names of the containers that are there.
    pub fn containers(&self) -> Vec<String> {
        self.shelf().containers.values().map(|container| container.spec().name.clone()).collect()
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.engine.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, id: &ContainerId) -> Result<Arc<Container>, RuntimeError> {
        let shelf = self.shelf();
        let by_name = || shelf.containers.values().find(|container| container.spec().name == id.0);
        let found = shelf.containers.get(&id.0).or_else(by_name);
        found.cloned().ok_or_else(|| RuntimeError::NoContainer(id.0.clone()))
    }

    async fn call<T>(&self, call: Call, work: impl FnOnce() -> Result<T, RuntimeError>) -> Result<T, RuntimeError> {
        self.enter(call).await?;
        let answer = work();
        self.leave(call).await?;
        answer
    }

    async fn enter(&self, call: Call) -> Result<(), RuntimeError> {
        if let Some(interceptor) = &self.interceptor {
            interceptor(call, Moment::Before).await?;
        }
        match *self.engine.is_up.borrow() {
            true => Ok(()),
            false => Err(RuntimeError::Unavailable("connection refused".to_owned())),
        }
    }

    async fn leave(&self, call: Call) -> Result<(), RuntimeError> {
        match &self.interceptor {
            Some(interceptor) => interceptor(call, Moment::After).await,
            None => Ok(()),
        }
    }
}

#[async_trait]
impl ContainerRuntime for FakeRuntime {
    async fn engine(&self) -> Result<EngineInfo, RuntimeError> {
        self.call(Call::Engine, || Ok(EngineInfo { version: "fake".to_owned(), api_version: "1".to_owned() })).await
    }

    async fn image(&self, name: &str) -> Result<Image, RuntimeError> {
        self.call(Call::Image, || {
            let shelf = self.shelf();
            let digest = shelf.images.get(name).cloned().ok_or_else(|| RuntimeError::NoImage(name.to_owned()))?;
            let (contract, can_wait) = (shelf.contract, shelf.contract == Contract::Folder);
            Ok(Image { name: name.to_owned(), digest, contract, can_wait })
        })
        .await
    }

    async fn create(&self, spec: &ContainerSpec) -> Result<ContainerId, RuntimeError> {
        self.call(Call::Create, || {
            let mut shelf = self.shelf();
            if !shelf.images.iter().any(|(name, digest)| [name, digest].contains(&&spec.image)) {
                return Err(RuntimeError::NoImage(spec.image.clone()));
            }
            if shelf.containers.values().any(|container| container.spec().name == spec.name) {
                return Err(RuntimeError::NameTaken(spec.name.clone()));
            }
            if let Some(mount) = spec.mounts.iter().find(|mount| !mount.source.is_dir()) {
                let message = format!("bind source path does not exist: {}", mount.source.display());
                return Err(RuntimeError::Refused { status: 400, message });
            }
            let id = format!("fake-{}", self.engine.next_id.fetch_add(1, Ordering::Relaxed));
            shelf.containers.insert(id.clone(), Arc::new(Container::new(id.clone(), spec.clone())));
            Ok(ContainerId(id))
        })
        .await
    }

    async fn rename(&self, id: &ContainerId, name: &str) -> Result<(), RuntimeError> {
        self.call(Call::Rename, || {
            let container = self.find(id)?;
            if self.shelf().containers.values().any(|other| other.spec().name == name) {
                return Err(RuntimeError::NameTaken(name.to_owned()));
            }
            name.clone_into(&mut container.spec().name);
            Ok(())
        })
        .await
    }

    async fn start(&self, id: &ContainerId) -> Result<(), RuntimeError> {
        self.call(Call::Start, || {
            let container = self.find(id)?;
            let is_new = container.life.send_if_modified(|life| {
                let is_new = life.state == ContainerState::Created;
                if is_new {
                    life.state = ContainerState::Running { started_at: Utc::now() };
                }
                is_new
            });
            if is_new {
                self.shelf().started.push(container.clone());
                self.engine.handle.spawn(container.play(self.engine.script.clone()));
            }
            Ok(())
        })
        .await
    }

    async fn log(&self, id: &ContainerId) -> Result<BoxStream<'static, Result<LogChunk, RuntimeError>>, RuntimeError> {
        self.call(Call::Log, || {
            let mut life = self.find(id)?.life.subscribe();
            life.mark_changed();
            let up = self.engine.is_up.subscribe();
            Ok(stream::unfold((life, up, 0), |(mut life, mut up, read)| async move {
                loop {
                    tokio::select! {
                        changed = life.changed() => changed.ok()?,
                        _ = up.wait_for(|is_up| !is_up) => return None,
                    }
                    let (new, all, has_ended) = {
                        let now = life.borrow_and_update();
                        let has_ended = matches!(now.state, ContainerState::Exited(_));
                        (now.printed[read..].concat(), now.printed.len(), has_ended)
                    };
                    if !new.is_empty() {
                        // The end may have come together with the last line.
                        life.mark_changed();
                        return Some((Ok(Bytes::from(new)), (life, up, all)));
                    }
                    if has_ended {
                        return None;
                    }
                }
            })
            .boxed())
        })
        .await
    }

    async fn wait(&self, id: &ContainerId) -> Result<Exit, RuntimeError> {
        self.enter(Call::Wait).await?;
        let mut life = self.find(id)?.life.subscribe();
        let mut up = self.engine.is_up.subscribe();
        let exit = tokio::select! {
            ended = life.wait_for(|life| matches!(life.state, ContainerState::Exited(_))) => match ended {
                Ok(life) => match &life.state {
                    ContainerState::Exited(exit) => *exit,
                    ContainerState::Created | ContainerState::Running { .. } => unreachable!("waited for the end"),
                },
                Err(_) => return Err(RuntimeError::NoContainer(id.0.clone())),
            },
            _ = up.wait_for(|is_up| !is_up) => return Err(RuntimeError::Unavailable("broken pipe".to_owned())),
        };
        self.leave(Call::Wait).await?;
        Ok(exit)
    }

    async fn inspect(&self, id: &ContainerId) -> Result<Inspected, RuntimeError> {
        self.call(Call::Inspect, || {
            let container = self.find(id)?;
            let state = container.life.borrow().state.clone();
            Ok(Inspected { id: ContainerId(container.id.clone()), state })
        })
        .await
    }

    async fn kill(&self, id: &ContainerId) -> Result<(), RuntimeError> {
        self.call(Call::Kill, || {
            self.find(id)?.end(Exit::KILLED, false);
            Ok(())
        })
        .await
    }

    async fn remove(&self, id: &ContainerId) -> Result<(), RuntimeError> {
        self.call(Call::Remove, || {
            if let Ok(container) = self.find(id) {
                container.end(Exit::KILLED, false);
                self.shelf().containers.retain(|_, other| !Arc::ptr_eq(other, &container));
            }
            Ok(())
        })
        .await
    }

    async fn list(&self, labels: &BTreeMap<String, String>) -> Result<Vec<FoundContainer>, RuntimeError> {
        self.call(Call::List, || {
            let bears = |spec: &ContainerSpec| labels.iter().all(|(key, value)| spec.labels.get(key) == Some(value));
            let shelf = self.shelf();
            let found = shelf.containers.iter().map(|(id, container)| (id, container.spec()));
            Ok(found
                .filter(|(_, spec)| bears(spec))
                .map(|(id, spec)| FoundContainer {
                    id: ContainerId(id.clone()),
                    name: spec.name.clone(),
                    labels: spec.labels.clone(),
                })
                .collect())
        })
        .await
    }
}

fn digest_of(image: &str) -> String {
    format!("sha256:{}", fieldlog_domain::Sha256Digest::of(image.as_bytes()))
}
