//! What an account may use of the server: the code of its plan, and how its subscription stands.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumIter, EnumString};
use thiserror::Error;

/// The code of a plan. What the plan allows is up to the server's configuration.
///
/// Reading one from the log asks no questions: what was recorded stays readable when the rules become stricter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanCode(String);

/// Why a text is no code of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadPlanCode {
    /// Empty or too long.
    #[error("the code of a plan has 1 to 50 characters, found {0}")]
    Length(usize),
    /// A character that is not allowed.
    #[error("the code of a plan consists of a-z, 0-9, - and _, found {0:?}")]
    Character(char),
}

impl PlanCode {
    /// Reads a code, or says why it is none.
    pub fn try_new(text: &str) -> Result<Self, BadPlanCode> {
        let length = text.chars().count();
        if !(1..=50).contains(&length) {
            return Err(BadPlanCode::Length(length));
        }
        let is_allowed = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        match text.chars().find(|c| !is_allowed(c)) {
            Some(bad) => Err(BadPlanCode::Character(bad)),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PlanCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AsRefStr, EnumString, EnumIter)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SubscriptionStatus {
    /// It is being drawn up.
    InactiveDraft,
    /// It was never finished.
    InactiveDraftExpired,
    /// It was asked for.
    InactiveRequestedCreate,
    /// It waits for its first payment.
    InactiveAwaitsPayment,
    /// It is paid.
    ActivePaid,
    /// A payment is late.
    ActivePastDue,
    /// It was cancelled.
    InactiveCancelled,
}

/// A way of standing that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "expected one of active_paid, active_past_due, inactive_draft, inactive_draft_expired, inactive_requested_create, \
     inactive_awaits_payment, inactive_cancelled, found {0:?}"
)]
pub struct NotAStatus(pub String);

impl SubscriptionStatus {
    /// Reads a status as it is written in the log.
    pub fn parse(text: &str) -> Result<Self, NotAStatus> {
        text.parse().map_err(|_| NotAStatus(text.chars().take(100).collect()))
    }

    /// Whether the plan may be used.
    pub fn is_active(self) -> bool {
        match self {
            Self::ActivePaid | Self::ActivePastDue => true,
            Self::InactiveDraft
            | Self::InactiveDraftExpired
            | Self::InactiveRequestedCreate
            | Self::InactiveAwaitsPayment
            | Self::InactiveCancelled => false,
        }
    }
}
