//! Plans in `fieldlog.toml`: one `[[plans]]` for each.

use anyhow::{Context, Result, ensure};
use fieldlog_commands::plan::{Plan, Plans};
use fieldlog_domain::account::{AccountKind, PlanCode};
use serde::{Deserialize, Serialize};

/// A plan as the file has it. What is left out is not limited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanTable {
    /// Names it: a-z, 0-9, - and _
    code: String,
    /// For people; the code when left out.
    #[serde(default)]
    display_name: Option<String>,
    /// Accounts of these kinds are on it that were not put on another one: "person", "organization".
    #[serde(default)]
    default_for: Vec<AccountKind>,
    /// Whether clients show it as one that is paid for.
    #[serde(default)]
    is_premium: bool,
    /// The most bytes that the files of an owner may have, with all their versions.
    #[serde(default)]
    storage_bytes: Option<u64>,
    /// With fewer free bytes clients warn; a fifth of all when left out.
    #[serde(default)]
    storage_warning_bytes: Option<u64>,
    /// With fewer free bytes clients warn louder; a twentieth of all when left out.
    #[serde(default)]
    storage_critical_bytes: Option<u64>,
    /// How many versions of a file are kept; with a premium plan a project may say otherwise.
    #[serde(default)]
    keep_versions: Option<u32>,
    /// Whether jobs work on projects whose vector layers are on a server.
    #[serde(default = "yes")]
    is_external_db_supported: bool,
    /// The most members of an organization.
    #[serde(default)]
    max_organization_members: Option<u32>,
    /// The most persons who work as collaborators on one private project.
    #[serde(default)]
    max_collaborators_per_private_project: Option<u32>,
}

fn yes() -> bool {
    true
}

impl PlanTable {
    fn resolve(self) -> Result<Plan> {
        let code = PlanCode::try_new(&self.code)?;
        if let Some(keep) = self.keep_versions {
            ensure!(keep >= 1, "expected keep_versions to be at least 1, found {keep}");
        }
        Ok(Plan {
            display_name: self.display_name.unwrap_or_else(|| code.to_string()),
            code,
            default_for: self.default_for,
            is_premium: self.is_premium,
            storage_bytes: self.storage_bytes,
            storage_warning_bytes: self.storage_warning_bytes,
            storage_critical_bytes: self.storage_critical_bytes,
            keep_versions: self.keep_versions,
            is_external_db_supported: self.is_external_db_supported,
            max_organization_members: self.max_organization_members,
            max_collaborators_per_private_project: self.max_collaborators_per_private_project,
        })
    }
}

/// The plans in the file.
pub fn resolve(tables: Option<Vec<PlanTable>>) -> Result<Plans> {
    let plan = |table: PlanTable| {
        let code = table.code.clone();
        table.resolve().with_context(|| format!("the plan {code:?} is wrong"))
    };
    let plans = tables.unwrap_or_default().into_iter().map(plan).collect::<Result<Vec<_>>>();
    plans.and_then(|plans| Ok(Plans::try_new(plans)?)).context("the setting \"plans\" is wrong")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Overrides;

    fn plans(text: &str) -> Result<Plans> {
        let set: Overrides = toml::from_str(text)?;
        resolve(set.plans)
    }

    #[test]
    fn a_plan_says_what_it_limits() -> Result<()> {
        let plans = plans(
            "[[plans]]\ncode = 'community'\ndisplay_name = 'Community'\ndefault_for = ['person']\n\
             storage_bytes = 100_000_000\nkeep_versions = 3\nis_external_db_supported = false\n\n\
             [[plans]]\ncode = 'team'\ndefault_for = ['organization']\nis_premium = true\nmax_organization_members = 5\n",
        )?;
        let community = plans.default_for(AccountKind::Person).expect("persons are on it");
        assert_eq!((community.display_name.as_str(), community.storage_bytes), ("Community", Some(100_000_000)));
        assert_eq!((community.keep_versions, community.is_external_db_supported), (Some(3), false));
        let team = plans.find(&PlanCode::try_new("team")?).expect("it is there");
        assert_eq!((team.display_name.as_str(), team.max_organization_members), ("team", Some(5)));
        assert_eq!((team.is_premium, team.storage_bytes, team.is_external_db_supported), (true, None, true));
        Ok(())
    }

    #[test]
    fn a_wrong_plan_is_named_with_what_was_expected() {
        for (text, expected) in [
            ("[[plans]]\ncode = 'Gold!'\n", vec!["plans", "Gold!", "a-z"]),
            ("[[plans]]\ncode = 'gold'\nkeep_versions = 0\n", vec!["gold", "keep_versions", "at least 1"]),
            ("[[plans]]\ncode = 'gold'\n[[plans]]\ncode = 'gold'\n", vec!["gold", "twice"]),
            ("[[plans]]\ncode = 'fieldlog'\n", vec!["fieldlog", "expected another one"]),
            ("[[plans]]\ncode = 'gold'\nstorage = 1\n", vec!["storage", "storage_bytes"]),
            ("[[plans]]\ncode = 'gold'\ndefault_for = ['team']\n", vec!["team", "organization"]),
            ("[[plans]]\ndisplay_name = 'Gold'\n", vec!["code"]),
        ] {
            let error = format!("{:#}", plans(text).expect_err("it is wrong"));
            assert!(expected.iter().all(|word| error.contains(word)), "{error}");
        }
    }
}
