//! Takes out what the container left and says what it means.

use std::time::{Duration, Instant};

use bytes::Bytes;
use fieldlog_domain::job::{JobErrorKind, JobOutput, RunRecord};
use fieldlog_storage::StoredBlob;
use serde_json::Value;

use super::follow::Followed;
use super::{Ending, Run};
use crate::jobs::{Ended, OutputRule, judge};
use crate::redaction::{Hidden, redact_value};
use crate::staging::{BadOutput, read_output};

const FEEDBACK_LIMIT: u64 = 1 << 20;
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl Run {
    /// Judges a container that ended, and stores what is worth keeping.
    pub(super) async fn collect(&self, followed: Followed) -> Ending {
        let hidden = match self.secrets().await {
            Ok(secrets) => secrets.hidden.clone(),
            Err(ending) => return ending,
        };
        let (feedback, found) = match self.read_results(hidden).await {
            Ok(results) => results,
            Err(error) => return Ending::Retry(format!("the job directory could not be read: {error}")),
        };
        let ended = Ended {
            exit: followed.exit,
            timed_out: followed.timed_out.then_some(self.ctx.options.timeout),
            memory_bytes: self.ctx.options.limits.memory_bytes,
            feedback,
        };
        let verdict = judge(self.kind, &ended);
        if let Err(error) = &verdict
            && error.kind == JobErrorKind::ContainerFailed
            && followed.engine_was_away
        {
            return Ending::Retry("the container engine went away and took the container with it".to_owned());
        }
        // A failure's outputs may be half of something.
        let found = if verdict.is_ok() { found } else { vec![] };
        let (log, outputs) = match tokio::try_join!(self.store(followed.log), self.store_outputs(found)) {
            Ok((log, outputs)) => (log.digest, outputs),
            Err(ending) => return ending,
        };
        let feedback = ended.feedback.unwrap_or_default();
        let run = RunRecord { exit_code: Some(ended.exit.code), feedback, log: Some(log) };
        match verdict {
            Ok(()) => Ending::Finished { outputs, run },
            Err(error) => Ending::Failed { error, run },
        }
    }

    async fn store_outputs(&self, found: Vec<(&'static OutputRule, Bytes)>) -> Result<Vec<JobOutput>, Ending> {
        let mut outputs = vec![];
        for (rule, content) in found {
            let StoredBlob { digest, size, .. } = self.store(content).await?;
            outputs.push(JobOutput {
                name: rule.name.to_owned(),
                digest,
                size,
                media_type: rule.media_type.to_owned(),
            });
        }
        Ok(outputs)
    }

    #[allow(clippy::type_complexity, reason = "two results of one look, taken apart at once")]
    async fn read_results(
        &self,
        hidden: Hidden,
    ) -> Result<(Result<Value, String>, Vec<(&'static OutputRule, Bytes)>), tokio::task::JoinError> {
        let (io, rules, job) = (self.directory.io(), self.kind.outputs(), self.job.id);
        tokio::task::spawn_blocking(move || {
            let feedback = read_output(&io, "feedback.json", FEEDBACK_LIMIT);
            let mut found = vec![];
            for rule in rules {
                match read_output(&io, rule.name, rule.limit) {
                    Ok(Some(content)) if content.starts_with(rule.magic) => found.push((rule, content)),
                    Ok(Some(_)) => {
                        tracing::warn!(%job, "{} is not of type {} and is left out", rule.name, rule.media_type);
                    }
                    Ok(None) => {}
                    Err(error) => tracing::warn!(%job, "{} is left out: {error}", rule.name),
                }
            }
            (understand(feedback, &hidden), found)
        })
        .await
    }

    /// Stores something, patiently: the container's work is done, and storage may only be away for a minute.
    pub(super) async fn store(&self, content: Bytes) -> Result<StoredBlob, Ending> {
        let began = Instant::now();
        let mut pause = Duration::from_millis(100);
        loop {
            let error = match self.ctx.app.storage().put_bytes(content.clone()).await {
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

/// `feedback.json` as a value without secrets and credentials; null when there is none; why it is none.
fn understand(found: Result<Option<Bytes>, BadOutput>, hidden: &Hidden) -> Result<Value, String> {
    match found {
        Ok(None) => Ok(Value::Null),
        Ok(Some(content)) => match serde_json::from_slice(&content) {
            Ok(mut value @ Value::Object(_)) => {
                hidden.redact_value(&mut value);
                redact_value(&mut value);
                Ok(value)
            }
            Ok(_) => Err("expected a JSON object in feedback.json, found something else".to_owned()),
            Err(error) => Err(format!("feedback.json is not JSON: {error}")),
        },
        Err(error) => Err(format!("feedback.json: {error}")),
    }
}
