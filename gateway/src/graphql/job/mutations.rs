//! Asking for jobs and stopping them.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use fieldlog_commands::job as commands;
use fieldlog_domain::JobId;
use uuid::Uuid;

use super::Job;
use crate::graphql::context::RequestContext;
use crate::graphql::enums::JobKind;
use crate::graphql::failure::Failure;
use crate::graphql::mutate::{self, Stop, command_id, outcome, settled};
use crate::graphql::reading::Reading;

/// A job to be done.
#[derive(InputObject)]
pub struct RequestJobInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// To which resource.
    resource: ID,
    /// What is to be done.
    #[graphql(default_with = "JobKind::ProcessProjectFile")]
    kind: JobKind,
    /// Whether it is done again also when another job does it, or did it with the same inputs.
    #[graphql(default)]
    force: bool,
}

/// A job to be stopped.
#[derive(InputObject)]
pub struct CancelJobInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The job.
    job: ID,
}

/// The job waits for a worker, or did already what was asked for.
#[derive(SimpleObject)]
pub struct JobRequested {
    /// The job.
    job: Job,
    /// Whether it was there already: under way, or finished with the same inputs.
    was_there: bool,
}

/// The job is stopped.
#[derive(SimpleObject)]
pub struct JobCancelled {
    /// The job.
    job: Job,
}

payload! {
    /// What comes of `requestJob`.
    RequestJobPayload { JobRequested; NoProjectFile, NotAProject, NotRegular, ResourceRetired }
}
payload! {
    /// What comes of `cancelJob`.
    CancelJobPayload { JobCancelled; JobAlreadyEnded }
}

/// Asking for jobs and stopping them.
#[derive(Default)]
pub struct JobMutations;

#[Object]
impl JobMutations {
    /// Asks for a job: let QGIS look at a project's file again, package it for the field, or apply the edits that wait.
    async fn request_job(&self, context: &Context<'_>, input: RequestJobInput) -> Result<RequestJobPayload, Failure> {
        outcome(request(context, input).await)
    }

    /// Stops a job that nobody wants any more.
    async fn cancel_job(&self, context: &Context<'_>, input: CancelJobInput) -> Result<CancelJobPayload, Failure> {
        outcome(cancel(context, input).await)
    }
}

async fn request(context: &Context<'_>, input: RequestJobInput) -> Result<JobRequested, Stop> {
    let request = RequestContext::of(context);
    let command = commands::RequestJob {
        command_id: command_id(input.command_id),
        resource: mutate::id("resource", &input.resource)?,
        kind: input.kind.into(),
        is_forced: input.force,
    };
    let done = commands::request_job(request.gateway.app(), &request.caller.viewer, command).await?;
    let (requested, reading) = settled(context, done).await?;
    Ok(JobRequested { job: job(&reading, requested.job).await?, was_there: requested.was_there })
}

async fn cancel(context: &Context<'_>, input: CancelJobInput) -> Result<JobCancelled, Stop> {
    let request = RequestContext::of(context);
    let id = mutate::id("job", &input.job)?;
    let command = commands::CancelJob { command_id: command_id(input.command_id), job: id };
    let done = commands::cancel_job(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(JobCancelled { job: job(&reading, id).await? })
}

async fn job(reading: &std::sync::Arc<Reading>, id: JobId) -> Result<Job, Failure> {
    let row = reading.job(id)?;
    row.map(|row| Job::new(row, reading)).ok_or_else(|| Failure::internal(format!("there is no job {id}")))
}
