//! What the fields of one request share.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_graphql::Context;
use fieldlog_eventlog::Position;
use fieldlog_projections::Moment;
use parking_lot::Mutex;

use super::as_of::AsOf;
use super::failure::Failure;
use super::reading::Reading;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;

/// What the fields of one request share.
pub struct RequestContext {
    /// The gateway.
    pub gateway: Gateway,
    /// Who asks.
    pub caller: Caller,
    /// Where an event stream is; it is the id of the event that is sent next.
    pub place: StreamPlace,
    /// Where the client's stream was when it lost its connection.
    pub resume: Option<u64>,
    now: Mutex<Option<Arc<Reading>>>,
    past: Mutex<HashMap<Moment, Arc<Reading>>>,
    position: AtomicU64,
}

/// Where an event stream is.
#[derive(Clone, Default)]
pub struct StreamPlace(Arc<Mutex<Option<u64>>>);

impl StreamPlace {
    /// What is sent next is at this place.
    pub fn set(&self, place: u64) {
        *self.0.lock() = Some(place);
    }

    /// Where the last answer is.
    pub fn get(&self) -> Option<u64> {
        *self.0.lock()
    }
}

impl RequestContext {
    /// Of a new request.
    pub fn new(gateway: Gateway, caller: Caller, resume: Option<u64>) -> Self {
        Self {
            gateway,
            caller,
            place: StreamPlace::default(),
            resume,
            now: Mutex::default(),
            past: Mutex::default(),
            position: AtomicU64::new(0),
        }
    }

    /// Of the request this field belongs to.
    pub fn of<'a>(context: &Context<'a>) -> &'a Self {
        context.data_unchecked::<Arc<Self>>()
    }

    /// The state of things as of a moment, or as they are now: one for all fields of a query.
    pub async fn reading(&self, as_of: Option<AsOf>) -> Result<Arc<Reading>, Failure> {
        let Some(moment) = as_of.map(Moment::from) else { return self.now() };
        if let Some(reading) = self.past.lock().get(&moment) {
            return Ok(reading.clone());
        }
        let view = self.gateway.app().model().as_of(moment).await?;
        let reading = Arc::new(Reading::new(&self.gateway, &self.caller, view, true)?);
        self.note(reading.position);
        Ok(self.past.lock().entry(moment).or_insert(reading).clone())
    }

    /// The state of things now, as it was when the first field of the query asked.
    pub fn now(&self) -> Result<Arc<Reading>, Failure> {
        let mut now = self.now.lock();
        match now.as_ref() {
            Some(reading) => Ok(reading.clone()),
            None => Ok(now.insert(self.look()?).clone()),
        }
    }

    /// The state of things right now: after a mutation, and for each item of a subscription.
    pub fn fresh(&self) -> Result<Arc<Reading>, Failure> {
        let reading = self.look()?;
        *self.now.lock() = Some(reading.clone());
        Ok(reading)
    }

    fn look(&self) -> Result<Arc<Reading>, Failure> {
        let view = self.gateway.app().view().pinned()?;
        let reading = Arc::new(Reading::new(&self.gateway, &self.caller, view, false)?);
        self.note(reading.position);
        Ok(reading)
    }

    /// What the answer was read at; the model's position when nothing was read.
    pub fn position(&self) -> Position {
        match self.position.load(Ordering::Relaxed) {
            0 => self.gateway.app().model().position(),
            position => Position(position),
        }
    }

    fn note(&self, position: Position) {
        self.position.store(position.0, Ordering::Relaxed);
    }
}
