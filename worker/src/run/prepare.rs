//! Gets everything ready and starts the container.

use std::convert::Infallible;
use std::mem::take;

use fieldlog_commands::job::JobInputs;
use fieldlog_domain::job::{JobError, JobErrorKind, RunRecord};
use fieldlog_projections::ReadError;

use super::secrets::Secrets;
use super::{Attached, Ending, Run};
use crate::containers::{ContainerId, ContainerSpec, Image, Mount, RuntimeError};
use crate::jobs::Brief;
use crate::staging::{StageError, stage};

impl Run {
    /// Stages the files while the engine makes the container, then starts it.
    pub(super) async fn prepare(&self, image: Image) -> Result<Attached, Ending> {
        let (inputs, brief) = self.inputs().await?;
        if brief.is_idle {
            return Err(Ending::Finished { outputs: vec![], run: RunRecord::default() });
        }
        self.make_directory().await?;
        let spec = self.spec(&image, &inputs, self.secrets().await?);
        // Staging may be given up half-way; making a container may not, or nobody would know of it.
        let (staged, created) = tokio::join!(self.stop.unless(self.stage(&inputs, brief)), self.create(&spec));
        let id = created.map_err(|error| Ending::Retry(self.ctx.engine_trouble(&error)))?;
        staged.map_err(Ending::Stopped)?.map_err(on_staging)?;
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

    /// Everything that goes into the job, as the read model shows it: all of one moment, after the claim.
    async fn inputs(&self) -> Result<(JobInputs, Brief), Ending> {
        let Run { ctx, job, kind, .. } = self;
        let later = |error: ReadError| Ending::Retry(error.to_string());
        let view = ctx.app.view().pinned().map_err(later)?;
        let mut brief = kind.brief(&view, job).map_err(later)?;
        let project_file = job.project_file.as_ref().zip(job.project_file_digest);
        let storage = ctx.app.storage();
        let files = JobInputs::files_of::<Infallible>((&view, storage), job.kind, job.resource, project_file).await;
        let mut inputs = files.map_err(|error| Ending::Retry(error.to_string()))?;
        (inputs.parameters, inputs.deltas) = (take(&mut brief.parameters), take(&mut brief.deltas));
        Ok((inputs, brief))
    }

    async fn stage(&self, inputs: &JobInputs, brief: Brief) -> Result<(), StageError> {
        let Run { ctx, directory, .. } = self;
        stage(ctx.app.storage(), directory, inputs, ctx.user).await?;
        let (io, user) = (directory.io(), ctx.user);
        for (name, digest) in &brief.blobs {
            let target = io.join(name);
            ctx.app.storage().materialize(digest, &target).await?;
            user.own(&target).map_err(|error| StageError::Later(format!("{name} could not be staged: {error}")))?;
        }
        let written = tokio::task::spawn_blocking(move || {
            brief.files.iter().try_for_each(|(name, content)| {
                std::fs::write(io.join(name), content)?;
                user.own(&io.join(name))
            })
        });
        let written = written.await.map_err(|error| StageError::Later(error.to_string()))?;
        written.map_err(|error| StageError::Later(format!("the job directory could not be filled: {error}")))
    }

    /// Keeps the list of inputs as a blob, and beside the job's files for a process that resumes this attempt.
    async fn keep_inputs(&self, inputs: JobInputs) -> Result<fieldlog_domain::Sha256Digest, Ending> {
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

    fn spec(&self, image: &Image, inputs: &JobInputs, secrets: &Secrets) -> ContainerSpec {
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
            command: self.kind.command(&self.job, inputs),
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
