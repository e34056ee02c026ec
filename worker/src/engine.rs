//! Keeps an eye on the container engine: jobs are claimed only while it and the image are there.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::containers::{ContainerRuntime, Contract, Image, RuntimeError};
use crate::status::EngineState;

/// A look that takes longer is an engine that does not answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is known of the engine.
pub(crate) struct EngineWatch {
    runtime: Arc<dyn ContainerRuntime>,
    image: String,
    has_job_api: bool,
    state: watch::Sender<EngineState>,
    /// Somebody met trouble at the engine.
    trouble: Notify,
}

impl EngineWatch {
    pub(crate) fn new(runtime: Arc<dyn ContainerRuntime>, image: String, has_job_api: bool) -> Self {
        let state = watch::Sender::new(EngineState::Unknown);
        Self { runtime, image, has_job_api, state, trouble: Notify::new() }
    }

    pub(crate) fn state(&self) -> EngineState {
        self.state.borrow().clone()
    }

    pub(crate) fn changes(&self) -> watch::Receiver<EngineState> {
        self.state.subscribe()
    }

    /// The image to start containers from, when that is possible right now.
    ///
    /// Asked before every claim: a job that is claimed while the engine is away loses an attempt for nothing.
    pub(crate) async fn ready_image(&self) -> Option<Image> {
        if !self.state.borrow().is_ready() {
            return None;
        }
        // One call shows both that the engine answers and which image its name means now.
        match tokio::time::timeout(PATIENCE, self.runtime.image(&self.image)).await {
            Ok(Ok(image)) if self.is_usable(&image) => Some(image),
            Ok(Ok(image)) => {
                self.set(EngineState::NoJobApi { name: image.name });
                None
            }
            Ok(Err(error)) => {
                self.report(&error);
                None
            }
            Err(_) => {
                self.report(&RuntimeError::Unavailable(format!("no answer within {} s", PATIENCE.as_secs())));
                None
            }
        }
    }

    /// Tells of an error that a call met; nothing is claimed until the engine was looked at again.
    pub(crate) fn report(&self, error: &RuntimeError) {
        if let Some(state) = EngineState::after(error) {
            self.set(state);
            self.trouble.notify_one();
        }
    }

    /// Looks again and again, for ever: seldom while all is well, soon and then less and less often while it is not.
    pub(crate) async fn watch(&self, interval: Duration, soon: Duration) {
        let mut pause = soon;
        loop {
            match self.look().await.is_ready() {
                true => {
                    pause = soon;
                    tokio::select! {
                        () = tokio::time::sleep(interval) => {}
                        () = self.trouble.notified() => tokio::time::sleep(soon).await,
                    }
                }
                false => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(interval);
                }
            }
        }
    }

    async fn look(&self) -> EngineState {
        let look = async {
            let engine = self.runtime.engine().await?;
            Ok((engine, self.runtime.image(&self.image).await?))
        };
        let state = match tokio::time::timeout(PATIENCE, look).await {
            Ok(Ok((engine, image))) if self.is_usable(&image) => EngineState::Ready { engine, image },
            Ok(Ok((_, image))) => EngineState::NoJobApi { name: image.name },
            Ok(Err(RuntimeError::NoImage(name))) => EngineState::NoImage { name },
            Ok(Err(error)) => EngineState::NoEngine { why: error.to_string() },
            Err(_) => EngineState::NoEngine { why: format!("no answer within {} s", PATIENCE.as_secs()) },
        };
        self.set(state.clone());
        state
    }

    fn is_usable(&self, image: &Image) -> bool {
        match image.contract {
            Contract::Folder => true,
            Contract::Api => self.has_job_api,
        }
    }

    fn set(&self, state: EngineState) {
        let changed = self.state.send_if_modified(|current| {
            let changed = *current != state;
            *current = state.clone();
            changed
        });
        if changed {
            match state.advice() {
                None => tracing::info!("container engine and image are ready"),
                Some(advice) => tracing::warn!("{advice}; no job is taken meanwhile"),
            }
        }
    }
}
