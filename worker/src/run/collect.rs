//! Takes out what the container left and says what it means.

use std::io;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use fieldlog_commands::file::guess_media_type;
use fieldlog_commands::job::JobInputs;
use fieldlog_domain::job::{JobErrorKind, JobOutput, RemovedInput, RunRecord};
use fieldlog_storage::{Expected, PutError, PutLimits, StoredBlob};
use futures::stream::{self, StreamExt, TryStreamExt};
use serde_json::Value;
use tokio_util::io::ReaderStream;

use super::follow::Followed;
use super::{Ending, Run};
use crate::jobs::{Aside, Ended, Harvest, OutputRule, judge};
use crate::redaction::{Hidden, redact_value};
use crate::staging::{BadOutput, Found, changed_files, made_files, read_output, removed_files, whole_folder};

const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Files that are stored at once.
const AT_ONCE: usize = 4;

/// What a container left.
struct Left {
    feedback: Result<Value, String>,
    aside: Option<Aside>,
    small: Vec<(&'static OutputRule, Bytes)>,
}

/// What a job made, and what it was given that is gone.
#[derive(Default)]
struct Results {
    outputs: Vec<JobOutput>,
    removed: Vec<RemovedInput>,
}

impl Run {
    /// Judges a container that ended, and stores what is worth keeping.
    pub(super) async fn collect(&self, followed: Followed) -> Ending {
        let hidden = match self.secrets().await {
            Ok(secrets) => secrets.hidden.clone(),
            Err(ending) => return ending,
        };
        let Left { feedback, aside, small } = match self.read_results(hidden).await {
            Ok(left) => left,
            Err(error) => return Ending::Retry(format!("the job directory could not be read: {error}")),
        };
        let ended = Ended {
            exit: followed.exit,
            timed_out: followed.timed_out.then_some(self.ctx.options.timeout),
            memory_bytes: self.ctx.options.limits.memory_bytes,
            overfull: self.is_overfull.load(Ordering::Relaxed).then_some(self.ctx.options.limits.disk_bytes),
            feedback,
        };
        let verdict = judge(self.kind, &ended);
        if let Err(error) = &verdict
            && error.kind == JobErrorKind::ContainerFailed
            && followed.engine_was_away
        {
            return Ending::Retry("the container engine went away and took the container with it".to_owned());
        }
        let feedback = ended.feedback.unwrap_or_default();
        let results = async {
            match &verdict {
                Ok(()) => self.store_results(aside, small).await,
                // A failure's outputs may be half of something.
                Err(_) => Ok(Results::default()),
            }
        };
        let (log, Results { outputs, removed }) = match tokio::try_join!(self.store(followed.log), results) {
            Ok((log, results)) => (log.digest, results),
            Err(ending) => return ending,
        };
        let run = RunRecord { exit_code: Some(ended.exit.code), feedback, log: Some(log) };
        match verdict {
            Ok(()) if self.may_be_whole_later(&run) => {
                Ending::Retry("files of a layer do not fit together yet".to_owned())
            }
            Ok(()) => Ending::Finished { outputs, removed, run },
            Err(error) => Ending::Failed { error, run },
        }
    }

    async fn store_results(
        &self,
        aside: Option<Aside>,
        small: Vec<(&'static OutputRule, Bytes)>,
    ) -> Result<Results, Ending> {
        let (mut outputs, mut removed) = (vec![], vec![]);
        for (rule, content) in small {
            let blob = self.store(content).await?;
            outputs.push(output(rule.name, rule.media_type, blob));
        }
        let is_unchanged = aside.as_ref().is_some_and(|aside| aside.says_nothing_changed);
        if let Some(aside) = aside {
            let blob = self.store(aside.content).await?;
            outputs.push(output(aside.name, "application/json", blob));
        }
        if !is_unchanged {
            let (found, gone) = self.harvest().await?;
            removed = gone;
            let stored = stream::iter(found).map(|found| self.store_file(found)).buffered(AT_ONCE);
            outputs.extend(stored.try_collect::<Vec<_>>().await?);
        }
        Ok(Results { outputs, removed })
    }

    /// Whether edits were refused only because an upload seems to be in the middle, and another attempt may find it done.
    fn may_be_whole_later(&self, run: &RunRecord) -> bool {
        let torn = run.feedback.pointer("/outputs/apply_deltas/torn_files").and_then(Value::as_array);
        torn.is_some_and(|torn| !torn.is_empty()) && self.attempt < self.job.max_attempts
    }

    /// The files to be taken, whatever their names, and the inputs that are gone.
    async fn harvest(&self) -> Result<(Vec<Found>, Vec<RemovedInput>), Ending> {
        let (harvest, directory, project_file) =
            (self.kind.harvest(), self.directory.clone(), self.job.project_file.clone());
        let found = tokio::task::spawn_blocking(move || -> io::Result<_> {
            match harvest {
                Harvest::Nothing => Ok((vec![], vec![])),
                Harvest::Folder(name) => Ok((whole_folder(&directory.results().join(name))?, vec![])),
                Harvest::Changed => {
                    let inputs = JobInputs::from_json(&std::fs::read(directory.inputs())?).map_err(io::Error::other)?;
                    let changed = changed_files(&directory.files(), &inputs, project_file.as_ref())?;
                    let removed = removed_files(&directory.files(), &inputs, &changed);
                    Ok((changed, removed))
                }
                Harvest::Made => {
                    let inputs = JobInputs::from_json(&std::fs::read(directory.inputs())?).map_err(io::Error::other)?;
                    Ok((made_files(&directory.files(), &inputs, project_file.as_ref())?, vec![]))
                }
            }
        });
        let found = found.await.map_err(|error| Ending::Retry(error.to_string()))?;
        found.map_err(|error| Ending::Retry(format!("the job's results could not be read: {error}")))
    }

    async fn store_file(&self, found: Found) -> Result<JobOutput, Ending> {
        let blob = self.patiently(|| self.put_file(&found)).await?;
        let output = output(found.path.as_str(), guess_media_type(&found.path), blob);
        Ok(JobOutput { replaces: found.replaces, ..output })
    }

    async fn put_file(&self, found: &Found) -> Result<StoredBlob, PutError> {
        let body = stream::once(async { found.open() })
            .map_ok(|file| ReaderStream::with_capacity(tokio::fs::File::from_std(file), 256 * 1024))
            .try_flatten();
        self.ctx.app.storage().put(body, PutLimits { max_bytes: u64::MAX }, Expected::default()).await
    }

    async fn read_results(&self, hidden: Hidden) -> Result<Left, tokio::task::JoinError> {
        let (directory, kind, job) = (self.directory.clone(), self.kind, self.job.id);
        tokio::task::spawn_blocking(move || {
            let feedback = read_output(&directory.io(), "feedback.json", kind.feedback_limit());
            let mut small = vec![];
            for rule in kind.outputs() {
                match read_output(&directory.results(), rule.name, rule.limit) {
                    Ok(Some(content)) if content.starts_with(rule.magic) => small.push((rule, content)),
                    Ok(Some(_)) => {
                        tracing::warn!(%job, "{} is not of type {} and is left out", rule.name, rule.media_type);
                    }
                    Ok(None) => {}
                    Err(error) => tracing::warn!(%job, "{} is left out: {error}", rule.name),
                }
            }
            let mut aside = None;
            let feedback = understand(feedback).map(|mut feedback| {
                aside = kind.aside(&mut feedback);
                hidden.redact_value(&mut feedback);
                redact_value(&mut feedback);
                feedback
            });
            Left { feedback, aside, small }
        })
        .await
    }

    /// Stores something that is in memory.
    pub(super) async fn store(&self, content: Bytes) -> Result<StoredBlob, Ending> {
        self.patiently(|| self.ctx.app.storage().put_bytes(content.clone())).await
    }

    /// Stores something, patiently: the container's work is done, and storage may only be away for a minute.
    async fn patiently<F: Future<Output = Result<StoredBlob, PutError>>>(
        &self,
        put: impl Fn() -> F,
    ) -> Result<StoredBlob, Ending> {
        let began = Instant::now();
        let mut pause = Duration::from_millis(100);
        loop {
            let error = match put().await {
                Ok(blob) => return Ok(blob),
                Err(error) => error,
            };
            if began.elapsed() + pause > self.ctx.options.result_patience {
                return Err(Ending::Retry(format!("results could not be stored: {error}")));
            }
            tracing::warn!(job = %self.job.id, %error, "results could not be stored; trying again");
            self.stop.unless(tokio::time::sleep(pause)).await.map_err(Ending::Stopped)?;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

fn output(name: &str, media_type: &str, blob: StoredBlob) -> JobOutput {
    JobOutput {
        name: name.to_owned(),
        digest: blob.digest,
        size: blob.size,
        media_type: media_type.to_owned(),
        etag: Some(blob.etag),
        replaces: None,
    }
}

/// `feedback.json` as a value; null when there is none; why it is none.
fn understand(found: Result<Option<Bytes>, BadOutput>) -> Result<Value, String> {
    match found {
        Ok(None) => Ok(Value::Null),
        Ok(Some(content)) => match serde_json::from_slice(&content) {
            Ok(value @ Value::Object(_)) => Ok(value),
            Ok(_) => Err("expected a JSON object in feedback.json, found something else".to_owned()),
            Err(error) => Err(format!("feedback.json is not JSON: {error}")),
        },
        Err(error) => Err(format!("feedback.json: {error}")),
    }
}
