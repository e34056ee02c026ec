//! The plans there are.

use fieldlog_domain::account::{AccountKind, PlanCode};
use thiserror::Error;

/// The code of the plan that is there without configuration.
pub const UNCONFIGURED: &str = "fieldlog";

/// What an account may use of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Names it.
    pub code: PlanCode,
    /// For people.
    pub display_name: String,
    /// Accounts of these kinds are on it that were not put on another one.
    pub default_for: Vec<AccountKind>,
    /// Whether clients show it as one that is paid for; its projects decide themselves how many versions are kept.
    pub is_premium: bool,
    /// The most bytes that all versions of all files in the owner's projects may have; none: no limit.
    pub storage_bytes: Option<u64>,
    /// With fewer free bytes clients warn; none: a fifth of all.
    pub storage_warning_bytes: Option<u64>,
    /// With fewer free bytes clients warn louder; none: a twentieth of all.
    pub storage_critical_bytes: Option<u64>,
    /// How many versions of a file are kept; none: all of them.
    pub keep_versions: Option<u32>,
    /// Whether jobs work on projects whose vector layers are on a server.
    pub is_external_db_supported: bool,
    /// The most members of an organization; none: any number.
    pub max_organization_members: Option<u32>,
    /// The most persons who work as collaborators on one private project; none: any number.
    pub max_collaborators_per_private_project: Option<u32>,
}

impl Plan {
    /// The plan that is there without configuration.
    pub fn unconfigured(storage_bytes: Option<u64>, keep_versions: Option<u32>) -> Self {
        Self {
            code: PlanCode::try_new(UNCONFIGURED).expect("it is a plain word"),
            display_name: "Fieldlog".to_owned(),
            default_for: vec![AccountKind::Person, AccountKind::Organization],
            is_premium: true,
            storage_bytes,
            storage_warning_bytes: None,
            storage_critical_bytes: None,
            keep_versions,
            is_external_db_supported: true,
            max_organization_members: None,
            max_collaborators_per_private_project: None,
        }
    }
}

/// The plans in the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plans(Vec<Plan>);

/// Plans that do not go together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadPlans {
    /// A code names one plan.
    #[error("expected each plan to have a code of its own, found {0} twice")]
    SameCode(PlanCode),
    /// This code has its meaning already.
    #[error("the code {UNCONFIGURED} means the plan that is there without configuration; expected another one")]
    CodeOfUnconfigured,
    /// Accounts are on one plan.
    #[error("expected one plan as the default of each kind of account, found {first} and {second} for {kind}", kind = .kind.as_ref())]
    SameDefault {
        /// For these accounts.
        kind: AccountKind,
        /// One.
        first: PlanCode,
        /// The other one.
        second: PlanCode,
    },
}

impl Plans {
    /// These plans, if they go together.
    pub fn try_new(plans: Vec<Plan>) -> Result<Self, BadPlans> {
        for (index, plan) in plans.iter().enumerate() {
            if plan.code.as_str() == UNCONFIGURED {
                return Err(BadPlans::CodeOfUnconfigured);
            }
            for earlier in &plans[..index] {
                if earlier.code == plan.code {
                    return Err(BadPlans::SameCode(plan.code.clone()));
                }
                if let Some(kind) = plan.default_for.iter().find(|kind| earlier.default_for.contains(kind)) {
                    let (first, second) = (earlier.code.clone(), plan.code.clone());
                    return Err(BadPlans::SameDefault { kind: *kind, first, second });
                }
            }
        }
        Ok(Self(plans))
    }

    /// The plan with this code.
    pub fn find(&self, code: &PlanCode) -> Option<&Plan> {
        self.0.iter().find(|plan| plan.code == *code)
    }

    /// The plan of accounts of this kind that were not put on another one.
    pub fn default_for(&self, kind: AccountKind) -> Option<&Plan> {
        self.0.iter().find(|plan| plan.default_for.contains(&kind))
    }

    /// Their codes.
    pub fn codes(&self) -> impl Iterator<Item = &PlanCode> {
        self.0.iter().map(|plan| &plan.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(code: &str, default_for: &[AccountKind]) -> Plan {
        let code = PlanCode::try_new(code).unwrap();
        Plan { code, default_for: default_for.to_vec(), ..Plan::unconfigured(None, None) }
    }

    #[test]
    fn plans_that_do_not_go_together_are_refused() {
        use AccountKind::{Organization, Person};
        let [a, b] = ["a", "b"].map(|code| PlanCode::try_new(code).unwrap());
        for (plans, why) in [
            (vec![plan("a", &[]), plan("a", &[])], BadPlans::SameCode(a.clone())),
            (vec![plan("fieldlog", &[])], BadPlans::CodeOfUnconfigured),
            (
                vec![plan("a", &[Organization]), plan("b", &[Person, Organization])],
                BadPlans::SameDefault { kind: Organization, first: a.clone(), second: b.clone() },
            ),
        ] {
            assert_eq!(Plans::try_new(plans), Err(why));
        }
        let plans = Plans::try_new(vec![plan("a", &[Person]), plan("b", &[Organization])]).unwrap();
        assert_eq!(plans.default_for(Organization).map(|plan| &plan.code), Some(&b));
        assert_eq!(plans.find(&a).map(|plan| &plan.code), Some(&a));
        assert_eq!(Plans::default().default_for(Person), None);
    }
}
