//! Tells the log how far a container is: now and then, as well as it can, and never in anybody's way.

use std::time::Duration;

use fieldlog_commands::CommandError;
use fieldlog_commands::job::{ReportProgress, report_progress};
use fieldlog_domain::job::JobRefusal;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::Run;
use crate::options::ProgressPace;
use crate::steps::Progress;

/// What takes longer is given up: by then it is no news any more.
const TOLD_WITHIN: Duration = Duration::from_secs(5);

/// How far a container is, on its way to the log as long as this lives.
pub(super) struct ProgressKeeper {
    now: watch::Sender<Option<Progress>>,
    task: JoinHandle<()>,
}

impl Drop for ProgressKeeper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl ProgressKeeper {
    /// Says how far the container is now. What is overtaken before it was told is never told.
    pub(super) fn is_at(&self, progress: Progress) {
        self.now.send_replace(Some(progress));
    }
}

/// What became of telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Heard,
    /// The log is away, or does not know yet that the container runs.
    NotNow,
    /// Somebody else has the say.
    NoMore,
}

impl Run {
    /// Tells the log about this attempt's container.
    pub(super) fn keep_progress(&self) -> ProgressKeeper {
        let (ctx, viewer) = (self.ctx.clone(), self.viewer.clone());
        let (job, attempt, pace) = (self.job.id, self.attempt, self.ctx.options.progress);
        let (now, told) = watch::channel(None);
        let tell = move |Progress { step, percent }| {
            let (ctx, viewer) = (ctx.clone(), viewer.clone());
            async move {
                let input = ReportProgress { command_id: None, job, attempt, step, percent };
                match timeout(TOLD_WITHIN, report_progress(&ctx.app, &viewer, input)).await {
                    Ok(Ok(_)) => Told::Heard,
                    Ok(Err(CommandError::Refused(JobRefusal::NotStarted))) | Err(_) => Told::NotNow,
                    Ok(Err(CommandError::Refused(_))) => Told::NoMore,
                    Ok(Err(error)) => {
                        tracing::debug!(%job, attempt, ?error, "the log could not be told how far a job is");
                        Told::NotNow
                    }
                }
            }
        };
        ProgressKeeper { now, task: tokio::spawn(keep_telling(told, pace, tell)) }
    }
}

/// Tells what is new at its pace, until nobody listens any more.
async fn keep_telling<F: Future<Output = Told>>(
    mut now: watch::Receiver<Option<Progress>>,
    pace: ProgressPace,
    tell: impl Fn(Progress) -> F,
) {
    sleep(pace.after).await;
    let mut last = None;
    loop {
        let current = now.borrow_and_update().clone();
        if current == last {
            match now.changed().await {
                Ok(()) => continue,
                Err(_) => return,
            }
        }
        let Some(progress) = current else { continue };
        let next = Instant::now() + pace.every;
        match tell(progress.clone()).await {
            Told::Heard => last = Some(progress),
            Told::NotNow => {}
            Told::NoMore => return,
        }
        sleep_until(next).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    const PACE: ProgressPace = ProgressPace { after: Duration::from_secs(1), every: Duration::from_secs(2) };

    /// Everything that was told, with the second it was told in.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<Reported>>>);

    /// When, which step and how far.
    type Reported = (u64, String, Option<u8>);

    impl Log {
        /// Follows `now` and answers with `answer` at each second.
        fn follow(&self, answer: impl Fn(u64) -> Told + Send + Sync + 'static) -> watch::Sender<Option<Progress>> {
            let (began, log) = (Instant::now(), self.clone());
            let (now, told) = watch::channel(None);
            tokio::spawn(keep_telling(told, PACE, move |progress: Progress| {
                let second = began.elapsed().as_secs();
                let answer = answer(second);
                log.0.lock().unwrap().push((second, progress.step, progress.percent));
                std::future::ready(answer)
            }));
            now
        }

        fn seconds(&self) -> Vec<u64> {
            self.0.lock().unwrap().iter().map(|(second, ..)| *second).collect()
        }
    }

    fn at(percent: u8) -> Option<Progress> {
        Some(Progress { step: "convert".to_owned(), percent: Some(percent) })
    }

    async fn pass(seconds: f64) {
        sleep(Duration::from_secs_f64(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_told_in_the_first_second_and_then_one_each_two_seconds() {
        let log = Log::default();
        let now = log.follow(|_| Told::Heard);
        for percent in 0..100 {
            now.send_replace(at(percent));
            pass(0.1).await;
        }
        assert_eq!(log.seconds(), [1, 3, 5, 7, 9], "{log:?}", log = log.0);
        let told: Vec<_> = log.0.lock().unwrap().iter().map(|(.., percent)| percent.unwrap()).collect();
        assert!(told.windows(2).all(|pair| pair[0] + 15 < pair[1]), "what was overtaken is left out: {told:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_did_not_change_is_told_once_and_what_changes_after_a_pause_at_once() {
        let log = Log::default();
        let now = log.follow(|_| Told::Heard);
        now.send_replace(at(1));
        pass(30.5).await;
        now.send_replace(at(1));
        pass(10.0).await;
        assert_eq!(log.seconds(), [1]);
        now.send_replace(at(2));
        pass(0.1).await;
        assert_eq!(log.seconds(), [1, 40]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_container_that_says_nothing_is_not_told_of() {
        let log = Log::default();
        let _now = log.follow(|_| Told::Heard);
        pass(60.0).await;
        assert!(log.seconds().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_heard_is_told_again_while_it_is_true() {
        let log = Log::default();
        let now = log.follow(|second| if second < 5 { Told::NotNow } else { Told::Heard });
        now.send_replace(at(1));
        pass(4.0).await;
        now.send_replace(at(2));
        pass(20.0).await;
        let told = log.0.lock().unwrap().clone();
        let told: Vec<_> = told.into_iter().map(|(second, _, percent)| (second, percent.unwrap())).collect();
        assert_eq!(told, [(1, 1), (3, 1), (5, 2)]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_lost_the_job_says_no_more() {
        let log = Log::default();
        let now = log.follow(|_| Told::NoMore);
        now.send_replace(at(1));
        pass(2.0).await;
        now.send_replace(at(2));
        pass(20.0).await;
        assert_eq!(log.seconds(), [1]);
        assert!(now.is_closed());
    }
}
