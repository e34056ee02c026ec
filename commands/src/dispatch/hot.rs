//! Aggregates that were in use a moment ago, so that they need not be read again.

use std::sync::Arc;

use cqrs_es::Aggregate;
use fieldlog_domain::account::Account;
use fieldlog_domain::change_set::ChangeSet;
use fieldlog_domain::file::File;
use fieldlog_domain::job::Job;
use fieldlog_domain::name_claim::NameClaim;
use fieldlog_domain::resource::Resource;
use fieldlog_domain::secret::Secret;
use fieldlog_domain::session::Session;
use fieldlog_domain::{Event, StreamId};
use moka::sync::Cache;
use tokio::sync::Mutex;

use super::load::Kept;

/// Where the state of one stream is kept; empty when it is unknown or may be wrong.
pub(crate) type Slot<A> = Arc<Mutex<Option<Kept<A>>>>;
type Slots<A> = Cache<String, Slot<A>>;

/// Aggregates that were in use a moment ago. They may be out of date: the expected sequence of an append tells.
pub(crate) struct HotStates {
    account: Slots<Account>,
    session: Slots<Session>,
    name_claim: Slots<NameClaim>,
    resource: Slots<Resource>,
    file: Slots<File>,
    job: Slots<Job>,
    change_set: Slots<ChangeSet>,
    secret: Slots<Secret>,
}

impl HotStates {
    pub(crate) fn new(capacity: u64) -> Self {
        Self {
            account: Cache::new(capacity),
            session: Cache::new(capacity),
            name_claim: Cache::new(capacity),
            resource: Cache::new(capacity),
            file: Cache::new(capacity),
            job: Cache::new(capacity),
            change_set: Cache::new(capacity),
            secret: Cache::new(capacity),
        }
    }

    pub(crate) fn slot<A: HotAggregate>(&self, stream: &StreamId) -> Slot<A> {
        A::slots(self).get_with_by_ref(stream.id.as_str(), Slot::default)
    }
}

/// An aggregate with a place in [`HotStates`].
pub(crate) trait HotAggregate:
    Aggregate<Command: Clone + Send + Sync, Services = (), Error: Send> + 'static
{
    /// Where its states are kept.
    fn slots(hot: &HotStates) -> &Slots<Self>;
    /// The event, if it is one of this aggregate.
    fn own(event: Event) -> Option<Self::Event>;
}

macro_rules! hot {
    ($aggregate:ident, $field:ident) => {
        impl HotAggregate for $aggregate {
            fn slots(hot: &HotStates) -> &Slots<Self> {
                &hot.$field
            }

            fn own(event: Event) -> Option<Self::Event> {
                match event {
                    Event::$aggregate(event) => Some(event),
                    _ => None,
                }
            }
        }
    };
}

hot!(Account, account);
hot!(Session, session);
hot!(NameClaim, name_claim);
hot!(Resource, resource);
hot!(File, file);
hot!(Job, job);
hot!(ChangeSet, change_set);
hot!(Secret, secret);
