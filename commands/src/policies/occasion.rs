//! An event, as a policy meets it.

use std::time::Duration;

use fieldlog_domain::{Event, ResourceId};
use fieldlog_eventlog::{Receipt, RecordedEvent};
use fieldlog_projections::View;

use crate::authz::{Action, ServerAction};
use crate::dispatch::Dispatch;
use crate::{App, CommandError, Viewer};

/// How long a policy waits for the read model before it tries again from the start.
const PATIENCE: Duration = Duration::from_secs(5);

/// An event, and what a policy needs to act upon it.
pub(super) struct Occasion<'a> {
    pub(super) app: &'a App,
    pub(super) recorded: &'a RecordedEvent,
    pub(super) event: &'a Event,
    viewer: Viewer,
    doer: Viewer,
}

/// Something was away or others were faster; the event is to be handled again later.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Later(pub(super) String);

impl<'a> Occasion<'a> {
    pub(super) fn new(app: &'a App, recorded: &'a RecordedEvent, event: &'a Event) -> Self {
        let viewer = Viewer::system(Some(recorded.event_id)).with_correlation(recorded.metadata.correlation_id);
        let doer = viewer.clone().in_the_name_of(recorded.metadata.actor);
        Self { app, recorded, event, viewer, doer }
    }

    /// The one command of this policy for this event: the same id whoever handles the event, and however often.
    pub(super) fn command(&self, policy: &str) -> Result<Dispatch<'_>, Later> {
        self.command_of(&self.viewer, policy)
    }

    /// The same in the name of whoever made the event happen: what they began is carried on.
    pub(super) fn command_of_doer(&self, policy: &str) -> Result<Dispatch<'_>, Later> {
        self.command_of(&self.doer, policy)
    }

    fn command_of<'b>(&'b self, viewer: &'b Viewer, policy: &str) -> Result<Dispatch<'b>, Later> {
        let id = self.recorded.event_id.command_of(policy);
        let granted = self.app.authorise(&self.viewer, Action::Server(ServerAction::RunJobs));
        let command = self.app.command(granted.map_err(|denied| Later(denied.to_string()))?, viewer, Some(id));
        Ok(match self.recorded.metadata.resource {
            Some(resource) => command.about(resource),
            None => command,
        })
    }

    /// The resource that the event's stream is.
    pub(super) fn resource(&self) -> Option<ResourceId> {
        self.recorded.metadata.resource
    }

    /// The read model, once it has seen the event.
    pub(super) async fn view(&self) -> Result<View, Later> {
        self.app
            .model()
            .wait_until(self.recorded.position, PATIENCE)
            .await
            .map_err(|behind| Later(behind.to_string()))?;
        Ok(self.app.view())
    }

    /// Waits until the read model has seen what a command did.
    pub(super) async fn seen(&self, receipt: Option<Receipt>) -> Result<(), Later> {
        let patience = self.app.settings().catch_up_patience;
        self.app.wait_for(receipt, patience).await.map(|_| ()).map_err(|behind| Later(behind.to_string()))
    }
}

/// What a command answered, for a policy: a refusal is an answer like any other, anything else means later.
pub(super) fn answered<T, R: std::fmt::Display>(answer: Result<T, CommandError<R>>) -> Result<Option<T>, Later> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(CommandError::Refused(refusal)) => {
            tracing::debug!(%refusal, "a policy was refused");
            Ok(None)
        }
        Err(CommandError::Unavailable(why) | CommandError::Damaged(why)) => Err(Later(why)),
        Err(error) => Err(Later(error.to_string())),
    }
}

macro_rules! later {
    ($($error:ty),*) => {
        $(impl From<$error> for Later {
            fn from(error: $error) -> Self {
                Self(error.to_string())
            }
        })*
    };
}

later!(fieldlog_eventlog::LogError, fieldlog_projections::ReadError, fieldlog_vault::VaultError);
