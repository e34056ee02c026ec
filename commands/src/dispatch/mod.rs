//! The only place that writes to the log.
//!
//! Load the aggregate, let it decide, append what it decided at the sequence it was loaded at, answer with the receipt. A
//! lost race is decided again on fresh state. A command that was given an id by its sender is looked for first.

mod append;
mod fresh;
mod hot;
mod load;
mod repeat;

use cqrs_es::event_sink::EventSink;
use fieldlog_domain::{CommandId, ResourceId, StreamId};
use fieldlog_eventlog::{AppendError, Receipt};
use uuid::Uuid;

pub(crate) use self::hot::{HotAggregate, HotStates};
pub(crate) use self::load::read;
use self::load::{Kept, catch_up, load};
pub(crate) use self::repeat::First;
use crate::authz::Granted;
use crate::{App, CommandError, Viewer};

/// How often a lost race is decided again.
const ATTEMPTS: usize = 6;

/// One command on its way to one or more streams.
#[derive(Clone)]
pub(crate) struct Dispatch<'a> {
    app: &'a App,
    viewer: &'a Viewer,
    id: CommandId,
    is_given: bool,
    step: String,
    resource: Option<ResourceId>,
}

impl App {
    /// Starts a command of `viewer`, who may do it; it was named by its sender or not.
    pub(crate) fn command<'a>(&'a self, _: Granted, viewer: &'a Viewer, id: Option<CommandId>) -> Dispatch<'a> {
        let is_given = id.is_some();
        let id = id.unwrap_or_else(|| CommandId(Uuid::now_v7()));
        Dispatch { app: self, viewer, id, is_given, step: String::new(), resource: None }
    }
}

impl<'a> Dispatch<'a> {
    /// The resource it is about, whatever the streams.
    pub(crate) fn about(mut self, resource: ResourceId) -> Self {
        self.resource = Some(resource);
        self
    }

    /// The same command, in a second step to a stream that it goes to more than once.
    pub(crate) fn step(&self, step: impl Into<String>) -> Self {
        Self { step: step.into(), ..self.clone() }
    }

    pub(crate) fn step_name(&self) -> &str {
        &self.step
    }

    /// The id of something the command creates: the same when it is repeated.
    pub(crate) fn derive(&self, what: &str) -> Uuid {
        self.id.derive(self.viewer.actor.account(), what)
    }

    pub(crate) fn app(&self) -> &'a App {
        self.app
    }

    /// Lets the aggregate decide and appends what it decided. `None`: nothing happened because it was so already.
    pub(crate) async fn dispatch<A: HotAggregate>(
        &self,
        stream: &StreamId,
        command: A::Command,
    ) -> Result<Option<Receipt>, CommandError<A::Error>> {
        let slot = self.app.hot().slot::<A>(stream);
        // Commands to one stream wait for each other here, so that only other processes are raced with.
        let mut slot = slot.lock().await;
        for _ in 0..ATTEMPTS {
            if let Some(first) = self.repeated(stream).await? {
                return Ok(Some(first.receipt));
            }
            // Taken out: whatever goes wrong below, a state that may be wrong is not there afterwards.
            let mut kept: Kept<A> = match slot.take() {
                Some(kept) => kept,
                None => load(self.app.log(), stream).await?,
            };
            let events = loop {
                let sink = EventSink::default();
                let decided = kept.state.handle(command.clone(), &(), &sink).await;
                let events = sink.collect().await;
                if decided.is_ok() && !events.is_empty() {
                    break events;
                }
                // The answer changes nothing, so no append will tell whether the state was out of date.
                if catch_up(self.app.log(), stream, &mut kept).await? {
                    continue;
                }
                *slot = Some(kept);
                return match decided {
                    Ok(()) => Ok(None),
                    Err(refusal) => Err(CommandError::Refused(refusal)),
                };
            };
            let count = events.len() as u64;
            match self.append::<A>(stream, kept.sequence, events).await {
                Ok(receipt) => {
                    if receipt.sequence == kept.sequence + count {
                        kept.sequence = receipt.sequence;
                        load::keep_snapshot(self.app.log(), stream, &kept, count);
                        *slot = Some(kept);
                    }
                    return Ok(Some(receipt));
                }
                Err(AppendError::Conflict { .. }) => {}
                Err(AppendError::Log(error)) => return Err(error.into()),
            }
        }
        Err(CommandError::Conflict)
    }
}
