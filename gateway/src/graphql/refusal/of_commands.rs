//! Refusals of use cases as refusals of GraphQL.

use fieldlog_commands::Never;
use fieldlog_commands::account::{self, ChangePasswordRefusal, ChangeProfileRefusal, RegistrationRefusal};
use fieldlog_commands::file::FileChangeRefusal;
use fieldlog_commands::job::RequestJobRefusal;
use fieldlog_commands::project::{CollaboratorRefusal, ProjectRefusal};
use fieldlog_commands::session::LogInRefusal;

use super::{
    EmailTaken, NameTaken, NoProjectFile, NotInTheOrganization, NotRegular, OrganizationIsNoCollaborator,
    PasswordResetNotValid, PermissionDenied, Refusal, RegistrationClosed, TooManyAttempts, WrongCredentials,
    WrongPassword, refused,
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
            ProjectRefusal::OverQuota { .. } => refused("OverQuota", message),
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
            RequestJobRefusal::MadeAlready => refused("MadeAlready", message),
            RequestJobRefusal::NotRegular(_) => Self::NotRegular(NotRegular { message }),
            RequestJobRefusal::Resource(refusal) => refusal.into(),
            RequestJobRefusal::Job(refusal) => refusal.into(),
        }
    }
}
