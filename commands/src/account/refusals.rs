//! Why use cases about accounts are refused, beyond the account's own rules.

use std::time::Duration;

use fieldlog_domain::account::AccountRefusal;
use fieldlog_domain::shared::AccountName;
use thiserror::Error;

use crate::PictureRefusal;
use crate::plan::UnknownPlan;

/// Why nobody was registered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RegistrationRefusal {
    /// Only administrators create accounts here.
    #[error("registration is closed on this server; please ask its administrator for an account")]
    Closed,
    /// Another account has the name, perhaps written in another case.
    #[error("the account name {name} is taken")]
    NameTaken {
        /// The name that was asked for.
        name: AccountName,
    },
    /// Another person has the mail address.
    #[error("the mail address is taken")]
    EmailTaken,
    /// A rule of the account.
    #[error(transparent)]
    Account(#[from] AccountRefusal),
}

/// Why nobody became a member.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddMemberRefusal {
    /// How many members there may be is not known.
    #[error(transparent)]
    UnknownPlan(#[from] UnknownPlan),
    /// A rule of the account.
    #[error(transparent)]
    Account(#[from] AccountRefusal),
}

/// Why a password was not changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChangePasswordRefusal {
    /// The password so far is another one.
    #[error("the current password is not right")]
    WrongPassword,
    /// Too many wrong passwords; even the right one is refused now.
    #[error("too many wrong passwords; please try again in {} minutes", retry_after.as_secs().div_ceil(60))]
    LockedOut {
        /// How long it lasts.
        retry_after: Duration,
    },
    /// A rule of the account.
    #[error(transparent)]
    Account(#[from] AccountRefusal),
}

/// The link to set a new password was used, has expired, was never sent, or the password or the profile changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this link to set a new password is not valid, or no longer; please ask for another one")]
pub struct PasswordResetNotValid;

/// Why mail and names were not changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChangeProfileRefusal {
    /// Another person has the mail address.
    #[error("the mail address is taken")]
    EmailTaken,
    /// A rule of the account.
    #[error(transparent)]
    Account(#[from] AccountRefusal),
}

/// Why a picture was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AvatarRefusal {
    /// It cannot be shown, or is too large.
    #[error(transparent)]
    Picture(#[from] PictureRefusal),
    /// A rule of the account.
    #[error(transparent)]
    Account(#[from] AccountRefusal),
}
