//! Refusals of use cases as refusals of GraphQL.

use fieldlog_commands::Never;
use fieldlog_commands::account::{
    self, AddMemberRefusal, ChangePasswordRefusal, ChangeProfileRefusal, RegistrationRefusal,
};
use fieldlog_commands::change_set::{DecisionRefusal, NotEditable};
use fieldlog_commands::file::FileChangeRefusal;
use fieldlog_commands::job::RequestJobRefusal;
use fieldlog_commands::plan::{OwnerRefusal, UnknownPlan};
use fieldlog_commands::project::{CollaboratorRefusal, ProjectRefusal};
use fieldlog_commands::secret::SetSecretRefusal;
use fieldlog_commands::session::LogInRefusal;

use super::{
    EmailTaken, InactiveSubscription, NameTaken, NoProjectFile, NoRoleThere, NoRoom, NotAnOrganization,
    NotInTheOrganization, NotRegular, OrganizationIsNoCollaborator, PasswordResetNotValid, PermissionDenied,
    PlanInsufficient, Refusal, RegistrationClosed, TooManyAttempts, TooManySecrets, WrongCredentials, WrongPassword,
    refused,
};

impl From<Never> for Refusal {
    fn from(never: Never) -> Self {
        match never {}
    }
}

impl From<RegistrationRefusal> for Refusal {
    fn from(refusal: RegistrationRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            RegistrationRefusal::Closed => Self::RegistrationClosed(RegistrationClosed { message }),
            RegistrationRefusal::NameTaken { name } => Self::NameTaken(NameTaken { message, name: name.to_string() }),
            RegistrationRefusal::EmailTaken => Self::EmailTaken(EmailTaken { message }),
            RegistrationRefusal::Account(refusal) => refusal.into(),
        }
    }
}

impl From<ChangePasswordRefusal> for Refusal {
    fn from(refusal: ChangePasswordRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            ChangePasswordRefusal::WrongPassword => Self::WrongPassword(WrongPassword { message }),
            ChangePasswordRefusal::LockedOut { retry_after } => {
                Self::TooManyAttempts(TooManyAttempts { message, retry_after_seconds: retry_after.as_secs().max(1) })
            }
            ChangePasswordRefusal::Account(refusal) => refusal.into(),
        }
    }
}

impl From<account::PasswordResetNotValid> for Refusal {
    fn from(refusal: account::PasswordResetNotValid) -> Self {
        Self::PasswordResetNotValid(PasswordResetNotValid { message: refusal.to_string() })
    }
}

impl From<ChangeProfileRefusal> for Refusal {
    fn from(refusal: ChangeProfileRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            ChangeProfileRefusal::EmailTaken => Self::EmailTaken(EmailTaken { message }),
            ChangeProfileRefusal::Account(refusal) => refusal.into(),
        }
    }
}

impl From<LogInRefusal> for Refusal {
    fn from(refusal: LogInRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            LogInRefusal::WrongCredentials => Self::WrongCredentials(WrongCredentials { message }),
            LogInRefusal::LockedOut { retry_after } => {
                Self::TooManyAttempts(TooManyAttempts { message, retry_after_seconds: retry_after.as_secs().max(1) })
            }
        }
    }
}

impl From<ProjectRefusal> for Refusal {
    fn from(refusal: ProjectRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            ProjectRefusal::NameTaken { name } => Self::NameTaken(NameTaken { message, name: name.to_string() }),
            ProjectRefusal::NotCopyable => refused("NotCopyable", message),
            ProjectRefusal::Owner(refusal) => refusal.into(),
            ProjectRefusal::Resource(refusal) => refusal.into(),
        }
    }
}

impl From<UnknownPlan> for Refusal {
    fn from(unknown: UnknownPlan) -> Self {
        refused("UnknownPlan", unknown.to_string())
    }
}

impl From<OwnerRefusal> for Refusal {
    fn from(refusal: OwnerRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            OwnerRefusal::UnknownPlan(unknown) => unknown.into(),
            OwnerRefusal::Inactive { .. } => Self::InactiveSubscription(InactiveSubscription { message }),
            OwnerRefusal::NoRoom(room) => Self::NoRoom(NoRoom { message, quota: room.quota, used: room.used }),
            OwnerRefusal::NoExternalDatabases { plan, .. } => {
                Self::PlanInsufficient(PlanInsufficient { message, plan: plan.to_string() })
            }
        }
    }
}

impl From<AddMemberRefusal> for Refusal {
    fn from(refusal: AddMemberRefusal) -> Self {
        match refusal {
            AddMemberRefusal::UnknownPlan(unknown) => unknown.into(),
            AddMemberRefusal::Account(refusal) => refusal.into(),
        }
    }
}

impl From<CollaboratorRefusal> for Refusal {
    fn from(refusal: CollaboratorRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            CollaboratorRefusal::IsAnOrganization => {
                Self::OrganizationIsNoCollaborator(OrganizationIsNoCollaborator { message })
            }
            CollaboratorRefusal::NotInTheOrganization => Self::NotInTheOrganization(NotInTheOrganization { message }),
            CollaboratorRefusal::TeamOfAnother => refused("TeamOfAnotherOrganization", message),
            CollaboratorRefusal::Resource(refusal) => refusal.into(),
        }
    }
}

impl From<FileChangeRefusal> for Refusal {
    fn from(refusal: FileChangeRefusal) -> Self {
        match refusal {
            FileChangeRefusal::Restricted => Self::PermissionDenied(PermissionDenied { message: refusal.to_string() }),
            FileChangeRefusal::Resource(refusal) => refusal.into(),
            FileChangeRefusal::File(refusal) => refusal.into(),
        }
    }
}

impl From<RequestJobRefusal> for Refusal {
    fn from(refusal: RequestJobRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            RequestJobRefusal::NoProjectFile => Self::NoProjectFile(NoProjectFile { message }),
            RequestJobRefusal::MadeAlready => refused("MadeAlready", message),
            RequestJobRefusal::Owner(refusal) => refusal.into(),
            RequestJobRefusal::NotRegular(_) => Self::NotRegular(NotRegular { message }),
            RequestJobRefusal::Resource(refusal) => refusal.into(),
            RequestJobRefusal::Job(refusal) => refusal.into(),
        }
    }
}

impl From<DecisionRefusal> for Refusal {
    fn from(refusal: DecisionRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            DecisionRefusal::NotEditable(NotEditable::NoProjectFile) => Self::NoProjectFile(NoProjectFile { message }),
            DecisionRefusal::NotEditable(NotEditable::NotRegular(_)) => Self::NotRegular(NotRegular { message }),
            DecisionRefusal::ChangeSet(refusal) => refusal.into(),
        }
    }
}

impl From<SetSecretRefusal> for Refusal {
    fn from(refusal: SetSecretRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            SetSecretRefusal::TooMany => Self::TooManySecrets(TooManySecrets { message }),
            SetSecretRefusal::NotAnOrganization => Self::NotAnOrganization(NotAnOrganization { message }),
            SetSecretRefusal::NoRoleThere => Self::NoRoleThere(NoRoleThere { message }),
            SetSecretRefusal::Resource(refusal) => refusal.into(),
            SetSecretRefusal::Secret(refusal) => refusal.into(),
        }
    }
}
