//! Stays with a container until it ends.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use tokio::time::{Instant, sleep_until, timeout};

use super::transcript::Transcript;
use super::{Attached, Ending, Run};
use crate::containers::{ContainerState, Exit, RuntimeError};

/// How long the last lines may take to arrive after a container has ended.
const LAST_LINES_WITHIN: Duration = Duration::from_secs(3);
/// How long after its time was up a container may stay out of reach before the job is given to somebody else.
const OUT_OF_REACH: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A container that ended.
pub(super) struct Followed {
    pub(super) exit: Exit,
    pub(super) timed_out: bool,
    /// Whether the engine was away in between: it may have taken the container with it.
    pub(super) engine_was_away: bool,
    pub(super) log: Bytes,
}

impl Run {
    /// Passes the log on, ends the container when its time is up, and waits for its end.
    ///
    /// `begun`: when the container began, if that is known; otherwise clocks are asked.
    pub(super) async fn follow(
        &self,
        attached: &Attached<'_>,
        begun: Option<std::time::Instant>,
    ) -> Result<Followed, Ending> {
        let hidden = self.secrets().await?.hidden.clone();
        let mut transcript = Transcript::of(self, hidden);
        let latest = Instant::now() + self.ctx.options.timeout;
        let mut deadline = begun.map(|begun| Instant::from_std(begun) + self.ctx.options.timeout);
        let mut engine_was_away = false;
        let mut pause = Duration::from_millis(100);
        loop {
            match self.stay(attached, &mut transcript, &mut deadline).await? {
                Ok((exit, was_due)) => {
                    // It may have been killed for its time by a process that was killed itself before it could say so.
                    let was_due = was_due || exit.ran_since(self.directory.ordered_at()) >= self.ctx.options.timeout;
                    let timed_out = was_due && exit.code == Exit::KILLED;
                    if self.directory.is_warm() && !self.directory.is_order_taken() {
                        return Err(Ending::Retry("its container ended before it had read its order".to_owned()));
                    }
                    if timed_out {
                        transcript.note(format!(
                            "It took longer than allowed ({:?}) and was ended.",
                            self.ctx.options.timeout
                        ));
                    }
                    return Ok(Followed { exit, timed_out, engine_was_away, log: transcript.into_bytes() });
                }
                Err(error @ RuntimeError::NoContainer(_)) => {
                    return Err(Ending::Retry(format!("it disappeared: {error}")));
                }
                Err(error) => {
                    let why = self.ctx.engine_trouble(&error);
                    if Instant::now() > deadline.unwrap_or(latest) + OUT_OF_REACH {
                        return Err(Ending::Retry(why));
                    }
                    engine_was_away = true;
                    self.stop.unless(tokio::time::sleep(pause)).await.map_err(Ending::Stopped)?;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    transcript.rewind();
                }
            }
        }
    }

    /// Follows until the container has ended (`Ok`, and whether it was killed for its time) or the engine broke off.
    async fn stay(
        &self,
        attached: &Attached<'_>,
        transcript: &mut Transcript<'_>,
        deadline: &mut Option<Instant>,
    ) -> Result<Result<(Exit, bool), RuntimeError>, Ending> {
        let runtime = &self.ctx.runtime;
        // Found out once: from here on a clock may be set, and the time goes on as it did.
        let deadline = match *deadline {
            Some(deadline) => deadline,
            None => match runtime.inspect(&attached.id).await {
                Ok(found) => *deadline.insert(Instant::now() + self.time_left(&found.state)),
                Err(error) => return Ok(Err(error)),
            },
        };
        let mut log = match runtime.log(&attached.id).await {
            Ok(log) => log,
            Err(error) => return Ok(Err(error)),
        };
        let mut end = pin!(runtime.wait(&attached.id));
        let (mut is_due, mut log_is_over) = (false, false);
        let exit = loop {
            tokio::select! {
                biased;
                stop = self.stop.requested() => return Err(Ending::Stopped(stop)),
                chunk = log.next(), if !log_is_over => match chunk {
                    Some(Ok(chunk)) => transcript.push(&chunk),
                    Some(Err(error)) => {
                        tracing::debug!(job = %self.job.id, %error, "the log of a container broke off");
                        log_is_over = true;
                    }
                    None => log_is_over = true,
                },
                exit = &mut end => break exit,
                () = sleep_until(deadline), if !is_due => {
                    is_due = true;
                    if let Err(error) = runtime.kill(&attached.id).await {
                        return Ok(Err(error));
                    }
                }
            }
        };
        if exit.is_ok() && !log_is_over {
            // What it printed last may still be on its way.
            let rest = async {
                while let Some(Ok(chunk)) = log.next().await {
                    transcript.push(&chunk);
                }
            };
            if timeout(LAST_LINES_WITHIN, rest).await.is_err() {
                tracing::warn!(job = %self.job.id, "the last lines of a container's log did not arrive");
            }
        }
        Ok(exit.map(|exit| (exit, is_due)))
    }

    /// Of a container that another process has begun with: the clock runs from its start, or its order.
    fn time_left(&self, state: &ContainerState) -> Duration {
        let ran_for = match state {
            ContainerState::Running { started_at } => {
                let begun = self.directory.ordered_at().unwrap_or(*started_at);
                (self.ctx.app.now() - begun).to_std().unwrap_or_default()
            }
            ContainerState::Exited(_) | ContainerState::Created => Duration::ZERO,
        };
        self.ctx.options.timeout.saturating_sub(ran_for)
    }
}
