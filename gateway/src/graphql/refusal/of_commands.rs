//! Refusals of use cases as refusals of GraphQL.

use fieldlog_commands::Never;
use fieldlog_commands::account::{ChangePasswordRefusal, ChangeProfileRefusal, RegistrationRefusal};
use fieldlog_commands::file::FileChangeRefusal;
use fieldlog_commands::job::RequestJobRefusal;
use fieldlog_commands::project::{CollaboratorRefusal, ProjectRefusal};
use fieldlog_commands::secret::SetSecretRefusal;
use fieldlog_commands::session::LogInRefusal;

use super::{
    EmailTaken, NameTaken, NoProjectFile, NoRoleThere, NotAnOrganization, NotInTheOrganization,
    OrganizationIsNoCollaborator, PermissionDenied, Refusal, RegistrationClosed, TooManyAttempts, TooManySecrets,
    WrongCredentials, WrongPassword, refused,
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
            ProjectRefusal::Resource(refusal) => refusal.into(),
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
            RequestJobRefusal::Resource(refusal) => refusal.into(),
            RequestJobRefusal::Job(refusal) => refusal.into(),
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
