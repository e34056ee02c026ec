//! What an account may use at the moment.

use chrono::{DateTime, Utc};
use fieldlog_domain::account::{AccountKind, PlanCode, SubscriptionStatus};
use fieldlog_projections::AccountRow;

use super::{Plan, UNCONFIGURED, UnknownPlan};
use crate::{App, Settings};

/// What an account may use at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its plan.
    pub plan: Plan,
    /// How it stands.
    pub status: SubscriptionStatus,
    /// Since when it stands so.
    pub since: DateTime<Utc>,
    /// When it ends; none: never.
    pub until: Option<DateTime<Utc>>,
    /// Whether the plan may be used now.
    pub is_active: bool,
}

impl App {
    /// What an account may use at the moment.
    pub fn subscription_of(&self, account: &AccountRow) -> Result<Subscription, UnknownPlan> {
        let Some(set) = &account.subscription else {
            return Ok(Subscription {
                plan: self.settings().default_plan(account.kind),
                status: SubscriptionStatus::ActivePaid,
                since: account.registered_at,
                until: None,
                is_active: true,
            });
        };
        let plan = self.settings().plan(&set.plan);
        let plan = plan.ok_or_else(|| UnknownPlan { account: account.name.clone(), plan: set.plan.clone() })?;
        let is_active = set.status.is_active() && set.until.is_none_or(|until| self.now() < until);
        Ok(Subscription { plan, status: set.status, since: set.since, until: set.until, is_active })
    }
}

impl Settings {
    /// The plan with this code.
    pub fn plan(&self, code: &PlanCode) -> Option<Plan> {
        match code.as_str() {
            UNCONFIGURED => Some(self.unconfigured_plan()),
            _ => self.plans.find(code).cloned(),
        }
    }

    /// The plan of accounts of this kind that were not put on another one.
    pub fn default_plan(&self, kind: AccountKind) -> Plan {
        self.plans.default_for(kind).cloned().unwrap_or_else(|| self.unconfigured_plan())
    }

    fn unconfigured_plan(&self) -> Plan {
        Plan::unconfigured(self.storage_quota, self.keep_versions)
    }
}
