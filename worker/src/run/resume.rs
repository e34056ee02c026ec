//! Finds out where an earlier process of this worker stopped.

use fieldlog_domain::Sha256Digest;
use fieldlog_domain::job::JobState;

use super::{Attached, Ending, Run};
use crate::containers::{ContainerId, ContainerState, Image, Inspected, RuntimeError};

impl Run {
    /// The container of this attempt, found by its name; a new one when there was none yet.
    pub(super) async fn find_again(&self, image: Image) -> Result<Attached<'_>, Ending> {
        let was_started = self.job.state == JobState::Started;
        match self.ctx.runtime.inspect(&self.container_name()).await {
            // It waited, was ours already, and has no order yet.
            Ok(Inspected { id, state: ContainerState::Running { .. } | ContainerState::Exited(_) })
                if !self.has_begun() =>
            {
                self.begin_anew(&id, image).await
            }
            Ok(Inspected { id, state: ContainerState::Running { .. } | ContainerState::Exited(_) }) => {
                tracing::info!(job = %self.job.id, attempt = self.attempt, container = %id, "resuming a job");
                let inputs = self.known_inputs().await?;
                if self.directory.is_warm() && !self.directory.is_order_taken() {
                    self.give_order().await?;
                }
                Ok(Attached { id, image, inputs, hold: self.hold_again().map_err(Ending::Retry)? })
            }
            Err(RuntimeError::NoContainer(_)) if was_started => {
                Err(Ending::Retry("its container disappeared from the engine".to_owned()))
            }
            // Made and never started: its files may be incomplete, so the attempt begins anew.
            Ok(Inspected { id, state: ContainerState::Created }) => self.begin_anew(&id, image).await,
            Err(RuntimeError::NoContainer(_)) => self.prepare(image).await,
            Err(error) => Err(self.when_silent(&error)),
        }
    }

    /// Whether a container that bears this attempt's name and runs, or ran, does so for this attempt.
    fn has_begun(&self) -> bool {
        match self.directory.is_warm() {
            true => self.directory.ordered_at().is_some(),
            // The folder of a container that waited comes after its name; any other container comes after its folder.
            false => self.directory.is_there(),
        }
    }

    async fn begin_anew(&self, old: &ContainerId, image: Image) -> Result<Attached<'_>, Ending> {
        match self.ctx.runtime.remove(old).await {
            Ok(()) => self.prepare(image).await,
            Err(error) => Err(self.when_silent(&error)),
        }
    }

    fn when_silent(&self, error: &RuntimeError) -> Ending {
        let why = self.ctx.engine_trouble(error);
        if !matches!(error, RuntimeError::Unavailable(_)) {
            return Ending::Retry(why);
        }
        tracing::warn!(job = %self.job.id, attempt = self.attempt, why, "a job cannot be resumed yet");
        Ending::LeftAlone
    }

    async fn known_inputs(&self) -> Result<Sha256Digest, Ending> {
        if let Some(inputs) = self.job.inputs.filter(|_| self.job.state == JobState::Started) {
            return Ok(inputs);
        }
        let path = self.directory.inputs();
        let json = match tokio::task::spawn_blocking(move || std::fs::read(path)).await {
            Ok(Ok(json)) => json,
            Ok(Err(error)) => return Err(Ending::Retry(format!("its list of inputs is gone: {error}"))),
            Err(error) => return Err(Ending::Retry(error.to_string())),
        };
        self.store(json.into()).await.map(|blob| blob.digest)
    }
}
