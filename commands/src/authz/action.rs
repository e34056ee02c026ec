//! Everything that can be asked: the left column of `docs/permissions.txt`.

use fieldlog_domain::{AccountId, ResourceId};
use strum::{EnumIter, IntoStaticStr};

/// Something somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// With a resource.
    Resource(ResourceAction, ResourceId),
    /// With an organization.
    Organization(OrganizationAction, AccountId),
    /// With the account of a person.
    Person(PersonAction, AccountId),
    /// With the server.
    Server(ServerAction),
}

/// Something to do with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "title_case")]
pub enum ResourceAction {
    /// See that it is there, its description, its thumbnail and what is ready.
    See,
    /// List and download its files.
    ReadFiles,
    /// List and read its jobs.
    SeeJobs,
    /// See its history.
    SeeHistory,
    /// Upload a file.
    UploadFile,
    /// Push edits made in the field; new features at least.
    PushEdits,
    /// See which edits were pushed, and how they fare.
    SeeEdits,
    /// Change and delete features with such edits, and undo edits.
    EditFeatures,
    /// Decide what becomes of edits that were not applied, also of those in conflict.
    DecideEdits,
    /// Let QGIS look at it again.
    RequestJob,
    /// Have it packaged for the field.
    RequestPackage,
    /// Stop a job.
    CancelJob,
    /// Read what a job printed.
    ReadJobLog,
    /// See the staged or rejected revision and why it was rejected.
    SeeUnready,
    /// Make an earlier version of a file current again.
    RestoreVersion,
    /// Delete a file or a version.
    DeleteFile,
    /// Upload or delete the QGIS project file and what belongs to it, where that is restricted.
    ChangeRestrictedFile,
    /// Rename it, rewrite its description, change who sees it, what is decided about it and whose it is.
    Change,
    /// Take it out of all lists.
    Retire,
    /// See who works on it.
    SeeCollaborators,
    /// Add, change and remove who works on it.
    ManageCollaborators,
    /// See which secrets its jobs get, set and remove them.
    ManageSecrets,
}

/// Something to do with an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "title_case")]
pub enum OrganizationAction {
    /// See its members and teams.
    SeeMembers,
    /// Create a project in it.
    CreateProject,
    /// Add, change and remove members and teams.
    ManageMembers,
    /// Change its picture.
    ChangeProfile,
    /// See which secrets the jobs of its projects get, set and remove them.
    ManageSecrets,
    /// Disable or enable it.
    SetDisabled,
}

/// Something to do with the account of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "title_case")]
pub enum PersonAction {
    /// Create a project that belongs to the person.
    CreateProject,
    /// Create an organization that belongs to the person.
    CreateOrganization,
    /// Read mail and names.
    ReadProfile,
    /// Change mail, names and picture.
    ChangeProfile,
    /// Change the password.
    ChangePassword,
    /// Disable or enable the account.
    SetDisabled,
}

/// Something to do with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "title_case")]
pub enum ServerAction {
    /// Log in, or register where registration is open.
    Enter,
    /// See the public name of an account.
    SeeAccounts,
    /// Create an account for somebody, whether registration is open or not.
    CreateAccount,
    /// Read the whole feed of events.
    ReadFeed,
    /// Put accounts on plans.
    SetSubscriptions,
    /// Do the work of a worker: claim jobs, say how they end.
    RunJobs,
}
