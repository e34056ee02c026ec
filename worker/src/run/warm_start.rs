//! Has an attempt worked on by a container that waits already.

use fieldlog_commands::job::JobInputs;
use serde_json::json;

use super::secrets::Secrets;
use super::{Ending, Run};
use crate::containers::{ContainerState, Image, RuntimeError};
use crate::warm::Taken;

impl Run {
    /// A container that waited, as this attempt's: it has its name, and its folder is the job directory. None when there is none.
    pub(super) async fn take_warm(&self, image: &Image) -> Option<Taken<'_>> {
        while let Some(taken) = self.ctx.warm.take(&image.digest) {
            match self.make_ours(&taken).await {
                Ok(()) => return Some(taken),
                Err(why) => {
                    tracing::warn!(job = %self.job.id, container = %taken.container.id, why, "a container that waited is of no use");
                    self.ctx.debris.notify_one();
                }
            }
        }
        None
    }

    async fn make_ours(&self, taken: &Taken<'_>) -> Result<(), String> {
        let container = &taken.container;
        let trouble = |error: RuntimeError| self.ctx.engine_trouble(&error);
        let found = self.ctx.runtime.inspect(&container.id).await.map_err(trouble)?;
        if !matches!(found.state, ContainerState::Running { .. }) {
            return Err("it has ended".to_owned());
        }
        // The name first: a process that resumes the attempt finds the container by it.
        self.ctx.runtime.rename(&container.id, &self.container_name().0).await.map_err(trouble)?;
        let (waiting, ours) = (container.directory.clone(), self.directory.clone());
        let moved = tokio::task::spawn_blocking(move || waiting.become_that(&ours)).await;
        match moved {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("its folder could not be moved: {error}")),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Tells the container what to do.
    pub(super) async fn order(&self, inputs: &JobInputs, secrets: &Secrets) -> Result<(), Ending> {
        let mut environment = secrets.variables();
        environment.insert("JOB_ID".to_owned(), self.job.id.to_string());
        // Without the program, which runs already.
        let arguments: Vec<_> = self.kind.command(&self.job, inputs).into_iter().skip(2).collect();
        let order = json!({ "arguments": arguments, "environment": environment }).to_string();
        let directory = self.directory.clone();
        self.with_order(move || directory.write_order(order.as_bytes())).await?;
        self.give_order().await
    }

    /// Gives it the order that was written down; again when nobody knows whether it was given.
    pub(super) async fn give_order(&self) -> Result<(), Ending> {
        let (directory, user) = (self.directory.clone(), self.ctx.user);
        self.with_order(move || directory.give_order(user)).await
    }

    async fn with_order(&self, work: impl FnOnce() -> std::io::Result<()> + Send + 'static) -> Result<(), Ending> {
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Ending::Retry(format!("the container could not be given its order: {error}"))),
            Err(error) => Err(Ending::Retry(error.to_string())),
        }
    }
}
