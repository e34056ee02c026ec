//! What Fieldlog does by itself when something happened.
//!
//! Each policy is one file whose name is the sentence. All of them follow the log together, event by event, and act through
//! commands whose ids are derived from the event: a policy that sees an event again, or that runs in several processes at
//! once, does nothing twice. They judge by how things are now, so that replaying the whole log changes nothing either.

mod append_answer_when_edits_decided;
mod cancel_jobs_when_resource_retired;
mod cancel_processing_when_revision_superseded;
mod collect_orphan_blobs;
mod cursor;
mod follow;
mod forget_former_credential_when_changed;
mod forget_former_secret_when_changed;
mod forget_person_when_account_erased;
mod make_project_when_registered;
mod occasion;
mod purge_old_versions_when_file_changed;
mod remove_collaborator_when_member_removed;
mod remove_secrets_when_holder_gone;
mod request_apply_when_deltas_received;
mod request_processing_when_revision_staged;
mod revoke_sessions_when_credential_changed;
mod revoke_superseded_sessions_when_session_opened;
mod settle_edits_when_apply_ended;
mod settle_names_when_changed;
mod settle_project_file_when_file_changed;
mod settle_revision_when_processing_ended;
mod settle_set_when_file_changed;
mod stage_revision_when_data_changed;
mod stage_revision_when_project_file_added;
mod take_back_edits_when_processing_ended;
mod take_files_when_project_made;

use std::io;
use std::path::Path;

use fieldlog_eventlog::Position;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use self::collect_orphan_blobs::{Collected, collect_orphan_blobs};
use self::cursor::Cursor;
use self::follow::follow;
use self::occasion::{Later, Occasion};
use crate::App;

/// Shows an event to every policy, in this order. Each looks whether it is its own.
async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    make_project_when_registered::react(occasion).await?;
    take_files_when_project_made::react(occasion).await?;
    settle_project_file_when_file_changed::react(occasion).await?;
    settle_set_when_file_changed::react(occasion).await?;
    stage_revision_when_project_file_added::react(occasion).await?;
    stage_revision_when_data_changed::react(occasion).await?;
    purge_old_versions_when_file_changed::react(occasion).await?;
    request_processing_when_revision_staged::react(occasion).await?;
    cancel_processing_when_revision_superseded::react(occasion).await?;
    settle_revision_when_processing_ended::react(occasion).await?;
    take_back_edits_when_processing_ended::react(occasion).await?;
    append_answer_when_edits_decided::react(occasion).await?;
    request_apply_when_deltas_received::react(occasion).await?;
    settle_edits_when_apply_ended::react(occasion).await?;
    settle_names_when_changed::react(occasion).await?;
    remove_collaborator_when_member_removed::react(occasion).await?;
    cancel_jobs_when_resource_retired::react(occasion).await?;
    remove_secrets_when_holder_gone::react(occasion).await?;
    forget_former_secret_when_changed::react(occasion).await?;
    forget_former_credential_when_changed::react(occasion).await?;
    revoke_sessions_when_credential_changed::react(occasion).await?;
    revoke_superseded_sessions_when_session_opened::react(occasion).await?;
    forget_person_when_account_erased::react(occasion).await
}

/// The policies, running.
pub struct Policies {
    stop: watch::Sender<bool>,
    position: watch::Receiver<Position>,
    tasks: Vec<JoinHandle<()>>,
}

impl Policies {
    /// Starts all policies; `dir` is where they keep how far they came. Safe in several processes.
    ///
    /// Without a record in `dir`, or with one of another log, they begin at the start of the log.
    pub async fn start(app: &App, dir: &Path) -> io::Result<Self> {
        let cursor = Cursor::open(dir, app.log().log_id()).await?;
        let (stop, stopped) = watch::channel(false);
        let (reached, position) = watch::channel(cursor.position());
        let tasks = vec![
            tokio::spawn(follow(app.clone(), cursor, reached, stopped.clone())),
            tokio::spawn(collect_orphan_blobs::now_and_then(app.clone(), stopped)),
        ];
        Ok(Self { stop, position, tasks })
    }

    /// The last event that every policy has seen.
    pub fn position(&self) -> Position {
        *self.position.borrow()
    }

    /// Tells of every move.
    pub fn changes(&self) -> watch::Receiver<Position> {
        self.position.clone()
    }

    /// Stops after the event that is being handled.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        for task in self.tasks.drain(..) {
            if let Err(error) = task.await
                && error.is_panic()
            {
                tracing::error!(%error, "a policy panicked");
            }
        }
    }
}

impl Drop for Policies {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}
