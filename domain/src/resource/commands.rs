//! What can be asked of a resource.

use crate::Sha256Digest;
use crate::shared::ids::{AccountId, RevisionId, VersionId};
use crate::shared::{FilePath, ResourceName, Role};

use super::{
    ChangeSettings, Collaborator, Extent, ProjectDetails, ProjectSettings, RejectionReason, ResourceKind,
    ResourceSource, Thumbnail, Visibility,
};

/// Register a resource; its name is claimed already.
#[derive(Debug, Clone)]
pub struct RegisterResource {
    /// What it is.
    pub kind: ResourceKind,
    /// Whose it is.
    pub owner: AccountId,
    /// Unique under its owner.
    pub name: ResourceName,
    /// For people; at most [`MAX_DESCRIPTION`] characters.
    pub description: String,
    /// Who sees it.
    pub visibility: Visibility,
    /// How it comes to be.
    pub source: ResourceSource,
    /// What a project's managers decide; the default for anything else.
    pub settings: ProjectSettings,
}

/// Change several things at once, or nothing; what is none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct ChangeResource {
    /// Another name, claimed already.
    pub name: Option<ResourceName>,
    /// Another owner; the name is claimed there already.
    pub owner: Option<AccountId>,
    /// Another description.
    pub description: Option<String>,
    /// Other people who see it.
    pub visibility: Option<Visibility>,
    /// Other settings of a project.
    pub settings: ChangeSettings,
}

/// The most characters a description may have.
pub const MAX_DESCRIPTION: usize = 10_000;

/// Put a state of the project file forward.
#[derive(Debug, Clone)]
pub struct StageRevision {
    /// The revision.
    pub revision: RevisionId,
    /// The QGIS project file.
    pub project_file: FilePath,
    /// Its version.
    pub version: VersionId,
    /// Its bytes.
    pub digest: Sha256Digest,
}

/// Say that QGIS could read a staged revision.
#[derive(Debug, Clone)]
pub struct AcceptRevision {
    /// The revision.
    pub revision: RevisionId,
    /// What was found.
    pub details: ProjectDetails,
    /// Where on earth it is.
    pub extent: Option<Extent>,
    /// Its picture.
    pub thumbnail: Option<Thumbnail>,
}

/// Any command to a resource.
#[derive(Debug, Clone)]
pub enum ResourceCommand {
    /// See [`RegisterResource`].
    Register(RegisterResource),
    /// Give up a registration that broke off.
    Abandon,
    /// Give it another name, claimed already.
    Rename(ResourceName),
    /// Rewrite its description.
    ReviseMetadata {
        /// The new description.
        description: String,
    },
    /// See [`ChangeResource`].
    Change(Box<ChangeResource>),
    /// Let other people see it.
    ChangeVisibility(Visibility),
    /// Let somebody work on it.
    AddCollaborator {
        /// Who.
        collaborator: Collaborator,
        /// What they may do.
        role: Role,
    },
    /// Give a collaborator another role.
    ChangeCollaboratorRole {
        /// Who.
        collaborator: Collaborator,
        /// What they may do.
        role: Role,
    },
    /// Let somebody no longer work on it.
    RemoveCollaborator(Collaborator),
    /// Make this path the project's one QGIS project file.
    DesignateProjectFile(FilePath),
    /// The QGIS project file was deleted.
    ClearProjectFile(FilePath),
    /// See [`StageRevision`].
    StageRevision(StageRevision),
    /// See [`AcceptRevision`].
    AcceptRevision(Box<AcceptRevision>),
    /// Say that QGIS could not read a staged revision.
    RejectRevision {
        /// The revision.
        revision: RevisionId,
        /// Why.
        reason: RejectionReason,
    },
    /// Give it another picture.
    SetThumbnail(Thumbnail),
    /// Take it out of all lists.
    Retire,
}
