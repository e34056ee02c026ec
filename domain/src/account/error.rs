//! Why an account refuses a command.

use thiserror::Error;

use crate::shared::AccountName;
use crate::shared::ids::{AccountId, TeamId};

/// Why an account refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AccountRefusal {
    /// Nobody registered it.
    #[error("there is no such account")]
    NoSuchAccount,
    /// Somebody else was registered under this id.
    #[error("the account {0} is registered already")]
    AlreadyRegistered(AccountName),
    /// The registration was given up.
    #[error("the registration was given up, please start again")]
    Abandoned,
    /// The person was forgotten.
    #[error("the account was erased")]
    Erased,
    /// As many links as there may be wait to be used: nobody's mailbox is to be flooded.
    #[error("{found} links to set a new password are waiting to be used; more are sent when they have expired")]
    PasswordResetsWaiting {
        /// How many.
        found: usize,
    },
    /// The token was used, has expired, was never given out, or the password or the profile changed since.
    #[error("the link to set a new password is not valid, or no longer")]
    PasswordResetNotValid,
    /// Persons have neither an owner nor members nor teams.
    #[error("the account {0} is a person, expected an organization")]
    NotAnOrganization(AccountName),
    /// Organizations do not log in, have no profile and cannot be forgotten.
    #[error("the account {0} is an organization, expected a person")]
    NotAPerson(AccountName),
    /// Somebody has to answer for an organization.
    #[error("the organization {0} has no owner, expected a person who owns it")]
    NoOwner(AccountName),
    /// The owner of an organization is no member of it.
    #[error("the owner of an organization is not one of its members")]
    IsTheOwner,
    /// They belong to it already, with another role.
    #[error("the account {0} is a member already; change the role instead")]
    AlreadyAMember(AccountId),
    /// The organization's plan allows no more.
    #[error("the organization has as many members as its plan allows: {limit}")]
    TooManyMembers {
        /// How many it allows.
        limit: u32,
    },
    /// They do not belong to it.
    #[error("the account {0} is not a member")]
    NotAMember(AccountId),
    /// There is no such team.
    #[error("there is no team {0}")]
    NoSuchTeam(TeamId),
    /// Another team has the name, or the team has another name already.
    #[error("there is a team {0} already")]
    TeamNameTaken(AccountName),
}
