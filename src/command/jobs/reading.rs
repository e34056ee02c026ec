//! What the log says of jobs.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use fieldlog_domain::job::JobEvent;
use fieldlog_domain::{Event, JobId, ResourceId, StreamId, StreamKind};
use fieldlog_eventlog::{EventLog, RecordedEvent};
use fieldlog_projections::{JobRow, ReadModel, View};
use tempfile::TempDir;

use crate::parts;
use crate::settings::Settings;

/// How long reading the log may take.
const PATIENCE: Duration = Duration::from_secs(600);
const PAGE: usize = 1_000;

/// A read model of its own, which follows the log. It begins with what the server's has, if there is one.
pub struct Reading {
    pub log: Arc<dyn EventLog>,
    pub model: ReadModel,
    _folder: TempDir,
}

/// An attempt that came to nothing.
#[derive(Debug, PartialEq, Eq)]
pub struct Setback {
    pub attempt: u32,
    pub at: DateTime<Utc>,
    pub reason: String,
}

impl Reading {
    /// Reads everything that is in the log by now.
    pub async fn open(settings: &Settings) -> Result<Self> {
        let log = parts::existing_log(settings).await?;
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        let options = parts::read_model_options(settings, folder.path());
        let model = ReadModel::start(folder.path(), Arc::clone(&log), options).await?;
        model.wait_until(log.head().await?, PATIENCE).await?;
        Ok(Self { log, model, _folder: folder })
    }

    /// What is known by now.
    pub fn view(&self) -> View {
        self.model.view()
    }

    /// A job that must be there.
    pub fn job(&self, id: JobId) -> Result<JobRow> {
        self.view().job(id)?.with_context(|| format!("there is no job {id} in the log {}", self.log.describe()))
    }

    /// The project that is called `OWNER/NAME`, or that has this id.
    pub fn project(&self, text: &str) -> Result<ResourceId> {
        let view = self.view();
        let found = match text.split_once('/') {
            Some((owner, name)) => {
                let owner = view.account_by_name(owner)?.with_context(|| format!("there is no account {owner:?}"))?;
                view.resource_by_name(owner.id, name)?
            }
            None => {
                let id = text.parse();
                view.resource(id.ok().with_context(|| {
                    format!("expected a project as OWNER/NAME, for example ana/river, or its id, found {text:?}")
                })?)?
            }
        };
        Ok(found.with_context(|| format!("there is no project {text:?} in the log {}", self.log.describe()))?.id)
    }

    /// The name of a project with its owner's, or its id when it has none.
    pub fn name_of(&self, project: ResourceId) -> Result<String> {
        let view = self.view();
        let Some(row) = view.resource(project)? else { return Ok(project.to_string()) };
        let owner = view.account(row.owner)?.map_or_else(|| row.owner.to_string(), |owner| owner.name.to_string());
        Ok(format!("{owner}/{}", row.name))
    }

    /// The attempts at a job that came to nothing, after event `after` of its stream; and that stream's last event.
    pub async fn setbacks(&self, job: JobId, mut after: u64) -> Result<(Vec<Setback>, u64)> {
        let stream = StreamId::new(StreamKind::Job, job);
        let mut setbacks = vec![];
        loop {
            let page = self.log.read_stream(&stream, after, PAGE).await?;
            for event in &page {
                setbacks.extend(setback(event)?);
            }
            after = page.last().map_or(after, |last| last.sequence);
            if page.len() < PAGE {
                return Ok((setbacks, after));
            }
        }
    }

    /// Stops following.
    pub async fn close(self) {
        self.model.shutdown().await;
    }
}

fn setback(event: &RecordedEvent) -> Result<Option<Setback>> {
    let read = Event::read(event.stream.kind, &event.event_type, &event.event_version, &event.payload)?;
    let (attempt, reason) = match read {
        Event::Job(JobEvent::JobRetryScheduled { attempt, reason, .. }) => (attempt, reason),
        Event::Job(JobEvent::LeaseExpired { attempt }) => (attempt, "its worker was not heard of again".to_owned()),
        _ => return Ok(None),
    };
    Ok(Some(Setback { attempt, at: event.recorded_at, reason }))
}
