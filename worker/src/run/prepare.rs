//! Gets everything ready and starts the container.

use std::convert::Infallible;
use std::mem::take;

use fieldlog_commands::job::JobInputs;
use fieldlog_commands::session::Token;
use fieldlog_domain::job::{JobError, JobErrorKind, RunRecord};
use fieldlog_projections::ReadError;

use super::{Attached, Ending, Hold, Run};
use crate::containers::{ContainerId, ContainerSpec, Contract, Image, RuntimeError};
use crate::jobs::Brief;
use crate::staging::{StageError, stage};
use crate::warm::Taken;

impl Run {
    /// Stages the files, and has a container work on them: one that waits, or a new one.
    pub(super) async fn prepare(&self, image: Image) -> Result<Attached<'_>, Ending> {
        let (inputs, brief) = self.inputs().await?;
        if brief.is_idle {
            return Err(Ending::Finished { outputs: vec![], removed: vec![], run: RunRecord::default() });
        }
        let network = self.network(image.contract);
        // Variables of the project's own have to be there when a program starts, and a network when a container does.
        let taken = match network {
            None if image.can_wait && !self.secrets().await?.has_variables() => self.take_warm(&image).await,
            _ => None,
        };
        match taken {
            Some(taken) => self.begin_warm(image, inputs, brief, taken).await,
            None => self.begin_cold(image, inputs, brief, network).await,
        }
    }

    async fn begin_warm<'a>(
        &'a self,
        image: Image,
        inputs: JobInputs,
        brief: Brief,
        taken: Taken<'a>,
    ) -> Result<Attached<'a>, Ending> {
        self.stop.unless(self.stage(&inputs, brief)).await.map_err(Ending::Stopped)?.map_err(on_staging)?;
        let digest = self.keep_inputs(&inputs).await?;
        if let Some(stop) = self.stop.now() {
            return Err(Ending::Stopped(stop));
        }
        self.order(&inputs, self.secrets().await?).await?;
        let id = taken.container.id.clone();
        Ok(Attached { id, image, inputs: digest, hold: Hold::Taken { _taken: taken } })
    }

    /// Stages the files while the engine makes the container, then starts it.
    async fn begin_cold(
        &self,
        image: Image,
        inputs: JobInputs,
        brief: Brief,
        network: Option<String>,
    ) -> Result<Attached<'_>, Ending> {
        let token = self.make_directory(image.contract).await?;
        let mut spec = ContainerSpec { network, ..self.spec(&image, &inputs, self.secrets().await?) };
        if let Some(token) = &token {
            spec.env.extend(self.job_api().map_err(Ending::Retry)?.variables(token));
        }
        // Staging may be given up half-way; making a container may not, or nobody would know of it.
        let (staged, created) = tokio::join!(self.stop.unless(self.stage(&inputs, brief)), self.create(&spec));
        let id = created.map_err(|error| Ending::Retry(self.ctx.engine_trouble(&error)))?;
        staged.map_err(Ending::Stopped)?.map_err(on_staging)?;
        let inputs = self.keep_inputs(&inputs).await?;
        if let Some(stop) = self.stop.now() {
            return Err(Ending::Stopped(stop));
        }
        let hold = match token {
            Some(token) => Hold::Pass { pass: self.admit(&token).map_err(Ending::Retry)?, was_alone: false },
            None => Hold::Nothing,
        };
        self.ctx.runtime.start(&id).await.map_err(|error| Ending::Retry(self.ctx.engine_trouble(&error)))?;
        Ok(Attached { id, image, inputs, hold })
    }

    /// Makes the job directory, and the token of a container that gets at files through this process.
    async fn make_directory(&self, contract: Contract) -> Result<Option<Token>, Ending> {
        let (directory, user) = (self.directory.clone(), self.ctx.user);
        let made = tokio::task::spawn_blocking(move || match contract {
            Contract::Folder => directory.make_afresh(user).map(|()| None),
            Contract::Api => {
                let token = Token::random();
                directory.make_apart(user, token.as_str()).map(|()| Some(token))
            }
        });
        match made.await {
            Ok(Ok(token)) => Ok(token),
            Ok(Err(error)) => Err(Ending::Retry(format!("the job directory could not be made: {error}"))),
            Err(error) => Err(Ending::Retry(error.to_string())),
        }
    }

    async fn create(&self, spec: &ContainerSpec) -> Result<ContainerId, RuntimeError> {
        match self.ctx.runtime.create(spec).await {
            // Made by a request whose answer never came, or one that waited and whose folder could not be had. It was given nothing to
            // do, or this attempt would have been resumed.
            Err(RuntimeError::NameTaken(_)) => {
                self.ctx.runtime.remove(&self.container_name()).await?;
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
        let user = ctx.user;
        if let Some(folder) = brief.folder.map(|name| directory.given(name)) {
            let made =
                tokio::task::spawn_blocking(move || std::fs::create_dir(&folder).and_then(|()| user.own(&folder)));
            let made = made.await.map_err(|error| StageError::Later(error.to_string()))?;
            made.map_err(|error| StageError::Later(format!("the job directory could not be filled: {error}")))?;
        }
        for (name, digest) in &brief.blobs {
            let target = directory.given(name);
            ctx.app.storage().materialize(digest, &target).await?;
            user.own(&target).map_err(|error| StageError::Later(format!("{name} could not be staged: {error}")))?;
        }
        let directory = directory.clone();
        let written = tokio::task::spawn_blocking(move || {
            brief.files.iter().try_for_each(|(name, content)| {
                let target = directory.given(name);
                std::fs::write(&target, content)?;
                user.own(&target)
            })
        });
        let written = written.await.map_err(|error| StageError::Later(error.to_string()))?;
        written.map_err(|error| StageError::Later(format!("the job directory could not be filled: {error}")))
    }

    /// Keeps the list of inputs as a blob, and beside the job's files for a process that resumes this attempt.
    async fn keep_inputs(&self, inputs: &JobInputs) -> Result<fieldlog_domain::Sha256Digest, Ending> {
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
