//! Puts down in the log what a container is about to commit in databases, and lets it (docs/adr/0018-commits-are-announced.md).

use std::future::pending;
use std::time::Duration;

use bytes::Bytes;
use fieldlog_commands::job::AnnounceCommit;
use fieldlog_domain::job::DatabaseCommit;
use tokio::time::sleep;

use super::record::Statement;
use super::{Ending, Run};
use crate::jobs::Announcement;
use crate::staging::{Announced, Answer, BadOutput};

/// How long an announcement may lie there unseen.
const LOOKED_FOR_EVERY: Duration = Duration::from_millis(10);
/// The most of one container: each is an event.
const MOST: u32 = 20_000;

impl Run {
    /// Answers each announcement once it is in the log, as long as this is waited for; comes to an end when it cannot.
    pub(super) async fn answer_announcements(&self) -> Ending {
        if !self.kind.announces_commits() || self.directory.is_apart() {
            return pending().await;
        }
        let mut number = 1;
        loop {
            let announced = match self.announced(number).await {
                Ok(Announced::Nothing) => {
                    sleep(LOOKED_FOR_EVERY).await;
                    continue;
                }
                Ok(Announced::Answered) => Ok(()),
                Ok(Announced::Waiting(content)) => self.answer(number, content).await,
                Err(ending) => Err(ending),
            };
            if let Err(ending) = announced {
                return ending;
            }
            number += 1;
        }
    }

    async fn announced(&self, number: u32) -> Result<Announced, Ending> {
        let (directory, limit) = (self.directory.clone(), self.kind.feedback_limit());
        match tokio::task::spawn_blocking(move || directory.announced(number, limit)).await {
            Ok(Ok(announced)) => Ok(announced),
            Ok(Err(error)) => Err(Ending::Retry(format!("what it is about to commit could not be read: {error}"))),
            Err(error) => Err(Ending::Retry(error.to_string())),
        }
    }

    async fn answer(&self, number: u32, content: Result<Bytes, BadOutput>) -> Result<(), Ending> {
        let read = content.map_err(|error| error.to_string()).and_then(|json| Announcement::read(&json));
        let answer = match read {
            Ok(announcement) if number <= MOST => self.put_down(announcement).await?,
            Ok(_) => self.refuse(&format!("expected at most {MOST} announcements, found more")),
            Err(why) => self.refuse(&why),
        };
        let (directory, user) = (self.directory.clone(), self.ctx.user);
        match tokio::task::spawn_blocking(move || directory.answer(number, answer, user)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Ending::Retry(format!("what it is about to commit could not be answered: {error}"))),
            Err(error) => Err(Ending::Retry(error.to_string())),
        }
    }

    async fn put_down(&self, announcement: Announcement) -> Result<Answer, Ending> {
        let Announcement { database, transaction, outcomes } = announcement;
        let outcomes = self.store(outcomes).await?.digest;
        let commit = DatabaseCommit { database, transaction, outcomes };
        let (job, attempt) = (self.job.id, self.attempt);
        let is_told =
            self.record(Statement::Announced(AnnounceCommit { command_id: None, job, attempt, commit })).await;
        Ok(if is_told { Answer::Go } else { Answer::Stop })
    }

    fn refuse(&self, why: &str) -> Answer {
        tracing::warn!(job = %self.job.id, attempt = self.attempt, why, "a container may not commit");
        Answer::Stop
    }
}
