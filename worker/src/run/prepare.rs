//! Gets everything ready and starts the container.

use fieldlog_domain::job::{JobError, JobErrorKind, RunRecord};

use super::secrets::Secrets;
use super::{Attached, Ending, Run};
use crate::containers::{ContainerId, ContainerSpec, Image, Mount, RuntimeError};
use crate::staging::{Inputs, StageError, stage};

impl Run {
    /// Stages the files while the engine makes the container, then starts it.
    pub(super) async fn prepare(&self, image: Image) -> Result<Attached, Ending> {
        self.make_directory().await?;
        let spec = self.spec(&image, self.secrets().await?);
        // Staging may be given up half-way; making a container may not, or nobody would know of it.
        let (staged, created) = tokio::join!(self.stop.unless(self.stage()), self.create(&spec));
        let id = created.map_err(|error| Ending::Retry(self.ctx.engine_trouble(&error)))?;
        let inputs = staged.map_err(Ending::Stopped)?.map_err(on_staging)?;
        let inputs = self.keep_inputs(inputs).await?;
        if let Some(stop) = self.stop.now() {
            return Err(Ending::Stopped(stop));
        }
        self.ctx.runtime.start(&id).await.map_err(|error| Ending::Retry(self.ctx.engine_trouble(&error)))?;
        Ok(Attached { id, image, inputs })
    }

    async fn make_directory(&self) -> Result<(), Ending> {
        let (directory, user) = (self.directory.clone(), self.ctx.user);
        let made = tokio::task::spawn_blocking(move || directory.make_afresh(user)).await;
        match made {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Ending::Retry(format!("the job directory could not be made: {error}"))),
            Err(error) => Err(Ending::Retry(error.to_string())),
        }
    }

    async fn create(&self, spec: &ContainerSpec) -> Result<ContainerId, RuntimeError> {
        match self.ctx.runtime.create(spec).await {
            // Made by a request whose answer never came. It was never started, or this attempt would have been resumed.
            Err(RuntimeError::NameTaken(_)) => {
                let own = self.ctx.runtime.list(&spec.labels).await?;
                for container in own {
                    self.ctx.runtime.remove(&container.id).await?;
                }
                self.ctx.runtime.create(spec).await
            }
            answer => answer,
        }
    }

    async fn stage(&self) -> Result<Inputs, StageError> {
        let Run { ctx, job, directory, .. } = self;
        let current = ctx.app.view().all_current_versions(job.resource);
        let current = current.map_err(|error| StageError::Later(error.to_string()))?;
        let inputs = Inputs::of(ctx.app.storage(), job, current).await?;
        stage(ctx.app.storage(), directory, &inputs, ctx.user).await?;
        Ok(inputs)
    }

    /// Keeps the list of inputs as a blob, and beside the job's files for a process that resumes this attempt.
    async fn keep_inputs(&self, inputs: Inputs) -> Result<fieldlog_domain::Sha256Digest, Ending> {
        let json = inputs.to_json();
        let (path, content) = (self.directory.inputs(), json.clone());
        let kept = tokio::task::spawn_blocking(move || std::fs::write(path, content)).await;
        if let Ok(Err(error)) = kept {
            return Err(Ending::Retry(format!("the list of inputs could not be written: {error}")));
        }
        match self.ctx.app.storage().put_bytes(json).await {
            Ok(blob) => Ok(blob.digest),
            Err(error) => Err(Ending::Retry(format!("the list of inputs could not be stored: {error}"))),
        }
    }

    fn spec(&self, image: &Image, secrets: &Secrets) -> ContainerSpec {
        let mut labels = self.ctx.own_labels();
        labels.insert("fieldlog.job".to_owned(), self.job.id.to_string());
        labels.insert("fieldlog.project".to_owned(), self.job.resource.to_string());
        labels.insert("fieldlog.attempt".to_owned(), self.attempt.to_string());
        let own = [
            ("HOME", "/tmp".to_owned()),
            ("XDG_RUNTIME_DIR", "/tmp/runtime".to_owned()),
            ("QT_QPA_PLATFORM", "offscreen".to_owned()),
            ("JOB_ID", self.job.id.to_string()),
        ];
        let mut env = secrets.variables();
        // What the container needs is not for secrets to decide.
        env.extend(own.map(|(key, value)| (key.to_owned(), value)));
        ContainerSpec {
            name: self.container_name().0,
            // By digest: a name may mean another image a moment later, and what ran is recorded.
            image: image.digest.clone(),
            command: self.kind.command(&self.job),
            env,
            labels,
            mounts: vec![Mount { source: self.directory.io(), target: "/io".to_owned(), read_only: false }],
            user: self.ctx.user.spelled(),
            limits: self.ctx.options.limits.clone(),
        }
    }
}

fn on_staging(error: StageError) -> Ending {
    match error {
        StageError::Later(why) => Ending::Retry(why),
        StageError::Never(message) => Ending::Failed {
            error: JobError { kind: JobErrorKind::Infrastructure, message, step: None },
            run: RunRecord::default(),
        },
    }
}
