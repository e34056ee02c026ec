//! Looks up how somebody stands to a thing, and asks the table.

use fieldlog_domain::account::MemberRole;
use fieldlog_domain::provenance::Actor;
use fieldlog_domain::shared::Role;
use fieldlog_domain::{AccountId, ResourceId};
use fieldlog_projections::{Membership, ReadError, RoleOrigin, View};

use super::{
    Action, OrganizationStanding, PersonStanding, ResourceAction, ResourceStanding, ServerStanding, Verdict, rules,
};
use crate::{App, Viewer};

/// They may: without one of these no command can be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted(());

/// They may not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// There is none, or they may not know of it.
    #[error("there is no such {0}")]
    Hidden(&'static str),
    /// They can see it, but not do this to it.
    #[error("you may not do this")]
    Forbidden,
    /// Somebody has to log in.
    #[error("please log in")]
    Unauthenticated,
    /// The read model is away. The text is for the operator.
    #[error("the service is not available at the moment; please try again")]
    Unavailable(String),
}

impl From<ReadError> for Denied {
    fn from(error: ReadError) -> Self {
        Self::Unavailable(format!("the read model: {error}"))
    }
}

impl App {
    /// Whether somebody may do something, as things are now.
    pub fn authorise(&self, viewer: &Viewer, action: Action) -> Result<Granted, Denied> {
        // What Fieldlog does by itself follows from an event that may be newer than the read model; the aggregates judge it.
        if viewer.actor == Actor::System {
            return Ok(Granted(()));
        }
        let view = self.view();
        match action {
            Action::Resource(action, id) => resource(&view, viewer, action, id),
            Action::Organization(action, id) => {
                let standing = organization_standing(&view, viewer, id)?;
                also_as_admin(viewer, "organization", |as_admin| {
                    rules::organization(action, if as_admin { OrganizationStanding::ServerAdmin } else { standing })
                })
            }
            Action::Person(action, id) => {
                let standing = person_standing(&view, viewer, id)?;
                also_as_admin(viewer, "account", |as_admin| {
                    rules::person(action, if as_admin { PersonStanding::ServerAdmin } else { standing })
                })
            }
            Action::Server(action) => {
                let standing = server_standing(viewer);
                also_as_admin(viewer, "page", |as_admin| {
                    rules::server(action, if as_admin { ServerStanding::ServerAdmin } else { standing })
                })
            }
        }
    }
}

fn resource(view: &View, viewer: &Viewer, action: ResourceAction, id: ResourceId) -> Result<Granted, Denied> {
    let access = view.access(id, viewer.account)?.ok_or(Denied::Hidden("resource"))?;
    let standing = match (is_operator(viewer), access.role) {
        (true, _) => ResourceStanding::Operator,
        // What is retired is no longer for everybody.
        (false, Some(found)) if found.origin == RoleOrigin::Public && access.is_retired => unknown_to(viewer),
        (false, Some(found)) if found.origin == RoleOrigin::Public => match viewer.account {
            Some(_) if found.role > Role::Reader => ResourceStanding::Role(found.role),
            Some(_) => ResourceStanding::Public,
            None => ResourceStanding::AnonymousPublic,
        },
        (false, Some(found)) => ResourceStanding::Role(found.role),
        (false, None) => unknown_to(viewer),
    };
    also_as_admin(viewer, "resource", |as_admin| {
        rules::resource(action, if as_admin { ResourceStanding::ServerAdmin } else { standing })
    })
}

fn unknown_to(viewer: &Viewer) -> ResourceStanding {
    match viewer.account {
        Some(_) => ResourceStanding::Stranger,
        None => ResourceStanding::Anonymous,
    }
}

fn organization_standing(view: &View, viewer: &Viewer, id: AccountId) -> Result<OrganizationStanding, Denied> {
    view.account(id)?.ok_or(Denied::Hidden("organization"))?;
    if is_operator(viewer) {
        return Ok(OrganizationStanding::Operator);
    }
    let Some(person) = viewer.account else { return Ok(OrganizationStanding::Anonymous) };
    Ok(match view.membership(id, person)? {
        Some(Membership::Owner) => OrganizationStanding::Owner,
        Some(Membership::Member(MemberRole::Admin)) => OrganizationStanding::Admin,
        Some(Membership::Member(MemberRole::Creator)) => OrganizationStanding::Creator,
        Some(Membership::Member(MemberRole::Member)) => OrganizationStanding::Member,
        None => OrganizationStanding::Stranger,
    })
}

fn person_standing(view: &View, viewer: &Viewer, id: AccountId) -> Result<PersonStanding, Denied> {
    view.account(id)?.ok_or(Denied::Hidden("account"))?;
    Ok(match viewer.account {
        _ if is_operator(viewer) => PersonStanding::Operator,
        Some(account) if account == id => PersonStanding::Oneself,
        Some(_) => PersonStanding::Stranger,
        None => PersonStanding::Anonymous,
    })
}

fn server_standing(viewer: &Viewer) -> ServerStanding {
    match viewer.account {
        _ if is_operator(viewer) => ServerStanding::Operator,
        Some(_) => ServerStanding::Person,
        None => ServerStanding::Anonymous,
    }
}

fn is_operator(viewer: &Viewer) -> bool {
    matches!(viewer.actor, Actor::Operator | Actor::System)
}

/// The verdict, and where that is no and the viewer administers the server, the verdict for administrators.
fn also_as_admin(viewer: &Viewer, what: &'static str, verdict: impl Fn(bool) -> Verdict) -> Result<Granted, Denied> {
    let found = match verdict(false) {
        Verdict::Allowed => Verdict::Allowed,
        _ if viewer.is_admin => verdict(true),
        refused => refused,
    };
    match found {
        Verdict::Allowed => Ok(Granted(())),
        Verdict::Forbidden => Err(Denied::Forbidden),
        Verdict::LogInFirst => Err(Denied::Unauthenticated),
        Verdict::Hidden => Err(Denied::Hidden(what)),
    }
}
