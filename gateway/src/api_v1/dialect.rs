//! Errors as the contract has them (section 1.2).

use axum::http::StatusCode;
use fieldlog_commands::account::AddMemberRefusal;
use fieldlog_commands::authz::Denied;
use fieldlog_commands::plan::OwnerRefusal;
use fieldlog_commands::project::{CollaboratorRefusal, ProjectRefusal};
use fieldlog_commands::{CommandError, Never};
use fieldlog_domain::account::AccountRefusal;
use fieldlog_domain::file::FileRefusal;
use fieldlog_domain::resource::ResourceRefusal;

use crate::files::upload::{of_file, of_resource};
use crate::http::guard::denied;
use crate::http::problem::{Problem, of_command};

/// They may not. Unknown accounts, organizations and jobs are answered so, too: the clients expect it.
pub fn forbidden() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "permission_denied", "Permission denied")
}

/// The body makes no sense.
pub fn api_error(message: impl Into<String>) -> Problem {
    Problem::bad_request("api_error", message)
}

/// A rule of what is stored is broken.
pub fn validation_error(message: impl Into<String>) -> Problem {
    Problem::bad_request("validation_error", message)
}

/// What is to be deleted is not there.
pub fn nothing_to_delete() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "api_error", "API Error")
}

/// There is nothing QGIS could open.
pub fn no_qgis_project() -> Problem {
    Problem::bad_request("no_qgis_project", "The project does not contain a valid QGIS project file")
}

/// There was never a package.
pub fn never_packaged() -> Problem {
    Problem::bad_request("invalid_job", "the project was never packaged; request a package job first")
}

/// A refusal about something that is known to be there: clients are told that they may not, rather than that it is not there.
pub fn hide_less(refusal: Denied) -> Problem {
    match refusal {
        Denied::Hidden(_) => forbidden(),
        other => denied(other),
    }
}

/// Of a use case that has no refusals of its own.
pub fn never(error: CommandError<Never>) -> Problem {
    of_command(error, |never| match never {})
}

/// Of projects.
pub fn of_project(error: CommandError<ProjectRefusal>) -> Problem {
    if let CommandError::Invalid { field: "name", message } = &error {
        return api_error(format!("name: {message}"));
    }
    of_command(error, |refusal| match refusal {
        ProjectRefusal::NameTaken { .. } => {
            Problem::bad_request("project_already_exists", "This user already owns a project with the same name.")
        }
        ProjectRefusal::Owner(refusal) => of_owner(&refusal),
        ProjectRefusal::Resource(ResourceRefusal::ProjectFileInSharedDatasets) => {
            Problem::bad_request("qgis_project_file_not_allowed", "QGIS project files are not allowed in this project.")
        }
        ProjectRefusal::NotCopyable => Problem::bad_request("not_cloneable_project", "This project cannot be cloned."),
        ProjectRefusal::Resource(refusal) => of_resource(&refusal),
    })
}

/// Of what the plan of a project's owner is against (section 7.3). QField knows two of the codes.
pub fn of_owner(refusal: &OwnerRefusal) -> Problem {
    let (status, code) = match refusal {
        OwnerRefusal::Inactive { .. } => (StatusCode::FORBIDDEN, "inactive_subscription"),
        OwnerRefusal::NoRoom(_) => (StatusCode::PAYMENT_REQUIRED, "over_quota"),
        OwnerRefusal::NoExternalDatabases { .. } | OwnerRefusal::UnknownPlan(_) => {
            (StatusCode::FORBIDDEN, "permission_denied_plan_insufficient")
        }
    };
    Problem::new(status, code, refusal.to_string())
}

/// Of who is to become a member.
pub fn of_new_member(error: CommandError<AddMemberRefusal>) -> Problem {
    of_command(error, |refusal| match refusal {
        AddMemberRefusal::Account(AccountRefusal::TooManyMembers { .. }) => Problem::new(
            StatusCode::FORBIDDEN,
            "organization_has_max_number_of_members",
            "Cannot add new organization members, account limit has been reached.",
        ),
        AddMemberRefusal::Account(refusal) => validation_error(refusal.to_string()),
        AddMemberRefusal::UnknownPlan(unknown) => of_owner(&unknown.into()),
    })
}

/// Of collaborators.
pub fn of_collaborator(error: CommandError<CollaboratorRefusal>) -> Problem {
    of_command(error, |refusal| match refusal {
        CollaboratorRefusal::IsAnOrganization => api_error(refusal.to_string()),
        CollaboratorRefusal::NotInTheOrganization | CollaboratorRefusal::TeamOfAnother => {
            validation_error(refusal.to_string())
        }
        CollaboratorRefusal::Resource(refusal) => of_resource(&refusal),
    })
}

/// Of what has no refusals but the resource's own rules.
pub fn of_rules(error: CommandError<ResourceRefusal>) -> Problem {
    of_command(error, |refusal| of_resource(&refusal))
}

/// Of accounts, their members and teams.
pub fn of_account(error: CommandError<AccountRefusal>) -> Problem {
    of_command(error, |refusal| validation_error(refusal.to_string()))
}

/// Of files that are deleted.
pub fn of_deletion(refusal: &FileRefusal) -> Problem {
    match refusal {
        FileRefusal::NoSuchFile | FileRefusal::NoSuchVersion(_) => nothing_to_delete(),
        other => of_file(other),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use fieldlog_commands::plan::{NoRoom, UnknownPlan};
    use fieldlog_domain::account::{PlanCode, SubscriptionStatus};
    use fieldlog_domain::shared::AccountName;

    use super::*;

    #[test]
    fn what_a_plan_is_against_has_the_codes_that_clients_know() {
        let owner = AccountName::try_new("ana").unwrap();
        let plan = PlanCode::try_new("small").unwrap();
        let status = SubscriptionStatus::InactiveCancelled;
        let unknown = UnknownPlan { account: owner.clone(), plan: plan.clone() };
        for (refusal, status, code) in [
            (OwnerRefusal::Inactive { owner: owner.clone(), status, until: None }, 403, "inactive_subscription"),
            (NoRoom { owner: owner.clone(), quota: 1, used: 1, needed: 1 }.into(), 402, "over_quota"),
            (OwnerRefusal::NoExternalDatabases { owner, plan }, 403, "permission_denied_plan_insufficient"),
            (unknown.into(), 403, "permission_denied_plan_insufficient"),
        ] {
            let found = of_owner(&refusal);
            assert_eq!((found.status.as_u16(), found.code, found.message), (status, code, refusal.to_string()));
        }
    }
}
