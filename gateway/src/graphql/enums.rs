//! The domain's choices as GraphQL enums.

use async_graphql::Enum;
use fieldlog_domain::{account, job, resource, secret, shared};
use fieldlog_projections as read;

/// Person or organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "account::AccountKind")]
pub enum AccountKind {
    /// Logs in.
    Person,
    /// Has members who act for it.
    Organization,
}

/// What a member may do in an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "account::MemberRole")]
pub enum MemberRole {
    /// Manages members, teams and all projects.
    Admin,
    /// May create projects in it.
    Creator,
    /// Belongs to it.
    Member,
}

/// What a collaborator may do, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "shared::Role")]
pub enum Role {
    /// Sees and downloads.
    Reader,
    /// Adds: uploads files and creates features.
    Reporter,
    /// Changes and deletes files and features.
    Editor,
    /// Manages collaborators and settings.
    Manager,
    /// May do everything, as the owner.
    Admin,
}

/// Why somebody has a role, highest rank first; the first that matches decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "read::RoleOrigin")]
pub enum RoleOrigin {
    /// The resource is theirs.
    ProjectOwner,
    /// The organization that owns it is theirs.
    OrganizationOwner,
    /// They administer the organization that owns it.
    OrganizationAdmin,
    /// They were made a collaborator.
    Collaborator,
    /// A team they are in was made a collaborator.
    TeamMember,
    /// They belong to the organization that owns it, and it gives its members a role.
    OrganizationMember,
    /// Everybody sees it.
    Public,
}

/// What a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "resource::ResourceKind")]
pub enum ResourceKind {
    /// A QGIS project.
    Project,
    /// Data of one kind.
    Dataset,
    /// A composition of datasets.
    Map,
    /// A document beside the data.
    Document,
    /// An application over the data.
    Geoapp,
}

/// Who sees a resource without a role of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "resource::Visibility")]
pub enum Visibility {
    /// Nobody.
    Private,
    /// Everybody.
    Public,
}

/// What a project is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "resource::ProjectType")]
pub enum ProjectType {
    /// Field work.
    Regular,
    /// To be filled and copied; nobody works in it.
    Template,
    /// Holds big data that the owner's other projects refer to; it follows from the name.
    SharedDatasets,
}

/// How an edit that a device pushed fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "read::DeltaStatus")]
pub enum DeltaStatus {
    /// Waits to be applied.
    Pending,
    /// A job is at it.
    Started,
    /// It is in the data.
    Applied,
    /// It was in the data until somebody brought a state of a file without it.
    TakenBack,
    /// The feature has other values than the device saw, and the project does not let the edit win.
    Conflict,
    /// It cannot be applied.
    NotApplied,
    /// Nobody knows why it was not applied, or the job that should apply it failed.
    Error,
    /// Somebody decided that it is not to be applied.
    Ignored,
    /// Somebody decided what is stored in its place: another edit stores that.
    Replaced,
    /// Who pushed it may not do that; it is kept and not applied.
    Unpermitted,
}

/// Where a revision is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "resource::RevisionState")]
pub enum RevisionState {
    /// Waits to be looked at.
    Staged,
    /// A newer one took its place while it waited.
    Superseded,
    /// QGIS could read it.
    Ready,
    /// QGIS could not read it.
    Rejected,
}

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "job::JobKind")]
pub enum JobKind {
    /// Look at a QGIS project file: is it valid, what is in it, how does it look.
    ProcessProjectFile,
    /// Make the project as field clients need it: layers in one file, other data beside it.
    Package,
    /// Write edits that devices pushed into the project's files.
    ApplyDeltas,
    /// Make a project's first files, from a seed or from another project.
    CreateProject,
}

/// Why a job was requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "job::JobCause")]
pub enum JobCause {
    /// Somebody asked for it.
    Asked,
    /// The project file has a new revision.
    RevisionStaged,
    /// Edits wait to be applied.
    DeltasReceived,
    /// A project was registered that has to be made.
    ProjectRegistered,
    /// What an earlier job made was out of date when it was done.
    OutOfDate,
}

/// Where a job is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "job::JobState")]
pub enum JobState {
    /// Waits for a worker.
    Requested,
    /// A worker has it and prepares it.
    Claimed,
    /// Its container runs.
    Started,
    /// It is done.
    Finished,
    /// It cannot be done.
    Failed,
    /// Nobody wants it any more.
    Cancelled,
}

/// Whose fault a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "job::JobErrorKind")]
pub enum JobErrorKind {
    /// The project file cannot be read by QGIS.
    InvalidProjectFile,
    /// The container's workflow reported another error.
    Workflow,
    /// It took longer than allowed.
    Timeout,
    /// It needed more memory than allowed.
    OutOfMemory,
    /// It filled more of the disk than allowed.
    OutOfDisk,
    /// The container ended without saying why.
    ContainerFailed,
    /// What the container said cannot be understood.
    BadFeedback,
    /// Container engine, image, storage or worker were not there, time and again.
    Infrastructure,
}

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "secret::SecretKind")]
pub enum SecretKind {
    /// An environment variable that bears the secret's name.
    Envvar,
    /// A section of the connection service file of PostgreSQL.
    Pgservice,
}

/// Which end of a history comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
#[graphql(remote = "read::Order")]
pub enum Order {
    /// As it happened.
    #[default]
    OldestFirst,
    /// The other way round.
    NewestFirst,
}
