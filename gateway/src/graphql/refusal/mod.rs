//! Refusals: why a mutation was not done, as data. Each has a name, a text, and what a program may want to know.

mod of_commands;

use async_graphql::{Interface, SimpleObject};
use fieldlog_domain::account::AccountRefusal;
use fieldlog_domain::change_set::ChangeSetRefusal;
use fieldlog_domain::file::FileRefusal;
use fieldlog_domain::job::JobRefusal;
use fieldlog_domain::resource::ResourceRefusal;
use fieldlog_domain::secret::SecretRefusal;
use fieldlog_domain::session::SessionRefusal;
use uuid::Uuid;

use super::enums::{JobState, ResourceKind};

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, SimpleObject)]
            pub struct $name {
                /// For people.
                pub message: String,
                $($(#[$field_doc])* pub $field: $type,)*
            }
        )*

        /// Why a mutation was not done.
        #[derive(Debug, Interface)]
        #[graphql(field(name = "message", ty = "&String", desc = "For people."))]
        pub enum Refusal {
            $($(#[$doc])* $name($name),)*
        }

        impl Refusal {
            fn into_named(self) -> (&'static str, String) {
                match self {
                    $(Self::$name(refusal) => (stringify!($name), refusal.message),)*
                }
            }
        }
    };
}

refusals! {
    /// An argument is not what it should be.
    InvalidInput {
        /// Which one.
        field: String,
    }
    /// Somebody has to log in.
    NotAuthenticated {}
    /// The viewer may see it, but not do this.
    PermissionDenied {}
    /// There is none, or the viewer may not see it.
    NotFound {
        /// What there is none of.
        what: String,
    }
    /// Others changed it at the same time, again and again; trying again may help.
    Conflict {}
    /// A rule is against it that has no type of its own.
    Refused {
        /// Which rule.
        code: String,
    }
    /// Only administrators create accounts here.
    RegistrationClosed {}
    /// Somebody or something else has the name.
    NameTaken {
        /// The name that was asked for.
        name: String,
    }
    /// Another person has the mail address.
    EmailTaken {}
    /// The name or the password is not right.
    WrongCredentials {}
    /// Too many log-ins failed, or too many were tried from one address.
    TooManyAttempts {
        /// How long to wait.
        retry_after_seconds: u64,
    }
    /// The current password is another one.
    WrongPassword {}
    /// The operator of this server named no mail server.
    MailNotSetUp {}
    /// The link was used, has expired, was never sent, or the password or the profile changed since.
    PasswordResetNotValid {}
    /// It is gone from all lists and cannot be changed.
    ResourceRetired {}
    /// The description is too long.
    DescriptionTooLong {
        /// Characters found.
        found: usize,
        /// Characters allowed.
        limit: usize,
    }
    /// The owner may do everything anyway.
    OwnerIsNoCollaborator {}
    /// They work on it already, with another role.
    AlreadyACollaborator {}
    /// They do not work on it.
    NotACollaborator {}
    /// Only persons and teams are collaborators.
    OrganizationIsNoCollaborator {}
    /// They do not belong to the organization that owns the project.
    NotInTheOrganization {}
    /// Only projects have this.
    NotAProject {
        /// What it is.
        kind: ResourceKind,
    }
    /// There is nothing QGIS could look at.
    NoProjectFile {}
    /// The project has another QGIS project file.
    SecondProjectFile {
        /// The one it has.
        existing: String,
    }
    /// Nobody works in the field with a template, or with shared datasets.
    NotRegular {}
    /// The edit is in the data, or nobody may apply it.
    EditIsSettled {
        /// The edit.
        delta: Uuid,
    }
    /// None of the edits is in the data.
    NothingToUndo {}
    /// The edits are undone already.
    AlreadyUndone {
        /// The delta file that undoes them, or the first of them.
        delta_file: Uuid,
    }
    /// There is nothing to resolve.
    NotInConflict {
        /// The edit.
        delta: Uuid,
    }
    /// The job is over already.
    JobAlreadyEnded {
        /// How it ended.
        state: JobState,
    }
    /// The only version goes with its file.
    LastVersion {}
    /// A file exists that cannot be kept beside this one on every device.
    Collides {
        /// The file that exists.
        existing: String,
    }
    /// Persons have neither members nor teams.
    NotAnOrganization {}
    /// Organizations do not log in and have no profile.
    NotAPerson {}
    /// The owner of an organization is none of its members.
    OwnerIsNoMember {}
    /// They belong to it already, with another role.
    AlreadyAMember {}
    /// They do not belong to it.
    NotAMember {}
    /// The organization's plan allows no more members.
    TooManyMembers {
        /// How many it allows.
        limit: u32,
    }
    /// The owner has no room.
    NoRoom {
        /// The most bytes that the owner's files may have.
        quota: u64,
        /// What they have.
        used: u64,
    }
    /// The subscription of the project's owner is not active.
    InactiveSubscription {}
    /// The plan of the project's owner does not support what the project needs.
    PlanInsufficient {
        /// The plan's code.
        plan: String,
    }
    /// There are as many secrets for the same people as there may be.
    TooManySecrets {}
    /// The person a secret is to be for has no role there.
    NoRoleThere {}
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let (code, message) = refusal.into_named();
        Self { message, code: code.to_owned() }
    }
}

fn refused(code: &str, message: String) -> Refusal {
    Refusal::Refused(Refused { message, code: code.to_owned() })
}

fn not_found(what: &str, message: String) -> Refusal {
    Refusal::NotFound(NotFound { message, what: what.to_owned() })
}

impl From<AccountRefusal> for Refusal {
    fn from(refusal: AccountRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            AccountRefusal::NoSuchAccount => not_found("account", message),
            AccountRefusal::AlreadyRegistered(_) => refused("AlreadyRegistered", message),
            AccountRefusal::Abandoned => refused("RegistrationGivenUp", message),
            AccountRefusal::Erased => refused("AccountErased", message),
            AccountRefusal::PasswordResetsWaiting { .. } => refused("PasswordResetsWaiting", message),
            AccountRefusal::PasswordResetNotValid => Self::PasswordResetNotValid(PasswordResetNotValid { message }),
            AccountRefusal::NotAnOrganization(_) => Self::NotAnOrganization(NotAnOrganization { message }),
            AccountRefusal::NotAPerson(_) => Self::NotAPerson(NotAPerson { message }),
            AccountRefusal::NoOwner(_) => refused("NoOwner", message),
            AccountRefusal::IsTheOwner => Self::OwnerIsNoMember(OwnerIsNoMember { message }),
            AccountRefusal::AlreadyAMember(_) => Self::AlreadyAMember(AlreadyAMember { message }),
            AccountRefusal::TooManyMembers { limit } => Self::TooManyMembers(TooManyMembers { message, limit }),
            AccountRefusal::NotAMember(_) => Self::NotAMember(NotAMember { message }),
            AccountRefusal::NoSuchTeam(_) => not_found("team", message),
            AccountRefusal::TeamNameTaken(name) => Self::NameTaken(NameTaken { message, name: name.to_string() }),
        }
    }
}

impl From<ResourceRefusal> for Refusal {
    fn from(refusal: ResourceRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            ResourceRefusal::NoSuchResource => not_found("resource", message),
            ResourceRefusal::AlreadyRegistered => refused("AlreadyRegistered", message),
            ResourceRefusal::Abandoned => refused("RegistrationGivenUp", message),
            ResourceRefusal::Retired => Self::ResourceRetired(ResourceRetired { message }),
            ResourceRefusal::DescriptionTooLong { found, limit } => {
                Self::DescriptionTooLong(DescriptionTooLong { message, found, limit })
            }
            ResourceRefusal::OwnerIsNoCollaborator => Self::OwnerIsNoCollaborator(OwnerIsNoCollaborator { message }),
            ResourceRefusal::AlreadyACollaborator(_) => Self::AlreadyACollaborator(AlreadyACollaborator { message }),
            ResourceRefusal::NotACollaborator(_) => Self::NotACollaborator(NotACollaborator { message }),
            ResourceRefusal::NotAProject(kind) => Self::NotAProject(NotAProject { message, kind: kind.into() }),
            ResourceRefusal::NotAProjectFile(_) => refused("NotAProjectFile", message),
            ResourceRefusal::SecondProjectFile { existing } => {
                Self::SecondProjectFile(SecondProjectFile { message, existing: existing.to_string() })
            }
            ResourceRefusal::ProjectFileInSharedDatasets => refused("ProjectFileInSharedDatasets", message),
            ResourceRefusal::SharedDatasetsKeepsItsName => refused("SharedDatasetsKeepsItsName", message),
            ResourceRefusal::PublicRoleTooStrong(_) => refused("PublicRoleTooStrong", message),
            ResourceRefusal::KeepVersions { .. } => refused("KeepVersions", message),
            ResourceRefusal::NoProjectFile => Self::NoProjectFile(NoProjectFile { message }),
            ResourceRefusal::NoSuchRevision(_) => not_found("revision", message),
        }
    }
}

impl From<ChangeSetRefusal> for Refusal {
    fn from(refusal: ChangeSetRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            ChangeSetRefusal::OfAnotherResource => refused("OfAnotherProject", message),
            ChangeSetRefusal::NoSuchDelta(_) => not_found("edit", message),
            ChangeSetRefusal::NotOpen { delta, .. } => {
                Self::EditIsSettled(EditIsSettled { message, delta: delta.uuid() })
            }
            ChangeSetRefusal::NothingToUndo => Self::NothingToUndo(NothingToUndo { message }),
            ChangeSetRefusal::AlreadyUndone { by } => Self::AlreadyUndone(AlreadyUndone { message, delta_file: by }),
            ChangeSetRefusal::CannotBeUndone { .. } => refused("CannotBeUndone", message),
            ChangeSetRefusal::NotInConflict { delta, .. } => {
                Self::NotInConflict(NotInConflict { message, delta: delta.uuid() })
            }
            ChangeSetRefusal::BadColumnMapping(_) => {
                Self::InvalidInput(InvalidInput { message, field: "columns".to_owned() })
            }
            ChangeSetRefusal::NothingToStore(_) | ChangeSetRefusal::UnknownField { .. } => {
                Self::InvalidInput(InvalidInput { message, field: "conflicts".to_owned() })
            }
        }
    }
}

impl From<FileRefusal> for Refusal {
    fn from(refusal: FileRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            FileRefusal::NoSuchFile => not_found("file", message),
            FileRefusal::NoSuchVersion(_) => not_found("version", message),
            FileRefusal::Collides { existing, .. } => {
                Self::Collides(Collides { message, existing: existing.to_string() })
            }
            FileRefusal::LastVersion => Self::LastVersion(LastVersion { message }),
            FileRefusal::VersionIsCurrent(_) => refused("VersionIsCurrent", message),
            FileRefusal::NotAlone { .. } => refused("NotAlone", message),
            FileRefusal::PartNotKept { .. } => refused("PartNotKept", message),
            FileRefusal::ChangedMeanwhile(_) => refused("ChangedMeanwhile", message),
        }
    }
}

impl From<JobRefusal> for Refusal {
    fn from(refusal: JobRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            JobRefusal::NoSuchJob => not_found("job", message),
            JobRefusal::AlreadyRequested => refused("AlreadyRequested", message),
            JobRefusal::NotFree => refused("NotFree", message),
            JobRefusal::NotYet(_) => refused("NotYet", message),
            JobRefusal::LeaseLost { .. } => refused("LeaseLost", message),
            JobRefusal::LeaseRuns(_) => refused("LeaseRuns", message),
            JobRefusal::NotStarted => refused("NotStarted", message),
            JobRefusal::NotEnded(_) => refused("NotEnded", message),
            JobRefusal::AlreadyEnded(state) => Self::JobAlreadyEnded(JobAlreadyEnded { message, state: state.into() }),
        }
    }
}

impl From<SecretRefusal> for Refusal {
    fn from(refusal: SecretRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            SecretRefusal::NoSuchSecret => not_found("secret", message),
        }
    }
}

impl From<SessionRefusal> for Refusal {
    fn from(refusal: SessionRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            SessionRefusal::NoSuchSession => not_found("session", message),
            SessionRefusal::AlreadyOpen => refused("AlreadyOpen", message),
        }
    }
}
