//! Why a plan is against something.

use chrono::{DateTime, Utc};
use fieldlog_domain::account::{PlanCode, SubscriptionStatus};
use fieldlog_domain::shared::AccountName;
use thiserror::Error;

/// An account is on a plan that is not in the configuration (any more).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the account {account} is on the plan {plan}, which this server does not have; its operator can put it on another one"
)]
pub struct UnknownPlan {
    /// The account.
    pub account: AccountName,
    /// The plan's code.
    pub plan: PlanCode,
}

/// An owner has no room for something.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the files of {owner} may have {quota} bytes and have {used}; there is no room for {needed} more")]
pub struct NoRoom {
    /// The owner.
    pub owner: AccountName,
    /// The most bytes that all versions of all files of the owner may have.
    pub quota: u64,
    /// What they have.
    pub used: u64,
    /// What there is no room for.
    pub needed: u64,
}

/// Why the plan of a project's owner is against something.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OwnerRefusal {
    /// The plan is not there.
    #[error(transparent)]
    UnknownPlan(#[from] UnknownPlan),
    /// It is not paid, or past its time.
    #[error(
        "the subscription of {owner} is not active: its status is {status}{ended}",
        status = .status.as_ref(),
        ended = .until.map(|until| format!(" and it ended or ends at {until}")).unwrap_or_default()
    )]
    Inactive {
        /// The owner.
        owner: AccountName,
        /// How it stands.
        status: SubscriptionStatus,
        /// When it ends.
        until: Option<DateTime<Utc>>,
    },
    /// There is no room.
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    /// The project has layers on a server, and the plan has none of that.
    #[error("the project has vector layers on a server, which the plan {plan} of {owner} does not support")]
    NoExternalDatabases {
        /// The owner.
        owner: AccountName,
        /// The plan.
        plan: PlanCode,
    },
}
