//! Whether the holder of a claim bears the name, as the log has it now.

use fieldlog_domain::account::{Account, AccountEvent};
use fieldlog_domain::name_claim::ClaimedName;
use fieldlog_domain::resource::{Resource, ResourceEvent};
use fieldlog_domain::{AccountId, Event, StreamId, StreamKind};
use fieldlog_eventlog::LogError;

use crate::App;
use crate::dispatch::read;

/// How the holder of a claim stands to the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bearing {
    /// It bears it.
    Bears,
    /// It is not registered yet.
    Unregistered,
    /// It bears another one; perhaps it is about to change that.
    BearsAnother,
    /// It bears none and never will.
    Never,
}

pub(super) async fn bearing(app: &App, holder: &StreamId, name: &ClaimedName) -> Result<Bearing, LogError> {
    match (holder.kind, name) {
        (StreamKind::Resource, ClaimedName::Resource { owner, name }) => {
            app.fresh::<Resource, _>(holder, |resource, sequence| match sequence {
                0 => Bearing::Unregistered,
                _ if !resource.is_active() => Bearing::Never,
                _ if (resource.owner(), resource.name()) == (Some(*owner), Some(name)) => Bearing::Bears,
                _ => Bearing::BearsAnother,
            })
            .await
        }
        (StreamKind::Account, ClaimedName::Account(name)) => {
            app.fresh::<Account, _>(holder, |account, sequence| match (sequence, account.name()) {
                (0, _) => Bearing::Unregistered,
                // The name of an erased account stays taken: nobody is to be mistaken for them.
                (_, Some(current)) if current.key() == name.key() => Bearing::Bears,
                (_, Some(_) | None) => Bearing::Never,
            })
            .await
        }
        (StreamKind::Account, ClaimedName::EmailIndex(_)) => {
            let borne = Borne::by(app, holder).await?;
            Ok(match borne.current {
                Some(current) if current == *name => Bearing::Bears,
                Some(_) => Bearing::BearsAnother,
                None if borne.is_new => Bearing::Unregistered,
                None => Bearing::Never,
            })
        }
        _ => Ok(Bearing::Never),
    }
}

/// The name that changes in the life of a thing (of a resource its name, of a person the mail address), and those before.
pub(super) struct Borne {
    pub(super) current: Option<ClaimedName>,
    /// Oldest first, each once, without the current one.
    pub(super) former: Vec<ClaimedName>,
    is_new: bool,
}

impl Borne {
    /// As the log has it now.
    pub(super) async fn by(app: &App, holder: &StreamId) -> Result<Self, LogError> {
        let mut borne = Self { current: None, former: Vec::new(), is_new: true };
        let mut owner = AccountId::default();
        for recorded in app.log().read_stream(holder, 0, usize::MAX).await? {
            borne.is_new = false;
            match read(&recorded)? {
                Event::Resource(ResourceEvent::ResourceRegistered { owner: of, name, .. }) => {
                    owner = of;
                    borne.becomes(Some(ClaimedName::Resource { owner, name }));
                }
                Event::Resource(ResourceEvent::ResourceRenamed { name }) => {
                    borne.becomes(Some(ClaimedName::Resource { owner, name }));
                }
                Event::Resource(ResourceEvent::OwnershipTransferred { owner: to }) => {
                    owner = to;
                    if let Some(ClaimedName::Resource { name, .. }) = borne.current.clone() {
                        borne.becomes(Some(ClaimedName::Resource { owner, name }));
                    }
                }
                Event::Account(AccountEvent::ProfileSealed { email_index, .. }) => {
                    borne.becomes(Some(ClaimedName::EmailIndex(email_index)));
                }
                Event::Resource(ResourceEvent::ResourceRetired {}) | Event::Account(AccountEvent::AccountErased {}) => {
                    borne.becomes(None);
                }
                _ => {}
            }
        }
        Ok(borne)
    }

    fn becomes(&mut self, next: Option<ClaimedName>) {
        let before = std::mem::replace(&mut self.current, next);
        self.former.retain(|name| Some(name) != before.as_ref() && Some(name) != self.current.as_ref());
        self.former.extend(before.filter(|name| Some(name) != self.current.as_ref()));
    }
}
