//! What can happen to a resource.

use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumIter, EnumString, IntoStaticStr};

use super::{Extent, ProjectDetails, ProjectSeed, ProjectSettings};
use crate::Sha256Digest;
use crate::aggregate::domain_event;
use crate::shared::ids::{AccountId, ResourceId, RevisionId, TeamId, VersionId};
use crate::shared::{FilePath, ResourceName, Role};

/// What a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, AsRefStr, EnumString, EnumIter)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ResourceKind {
    /// A QGIS project.
    #[default]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, AsRefStr, EnumString, EnumIter)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Visibility {
    /// Nobody.
    #[default]
    Private,
    /// Everybody.
    Public,
}

/// How a resource came to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ResourceSource {
    /// Somebody made it here.
    Created,
    /// It is a copy of another one.
    Copied {
        /// The other one.
        from: ResourceId,
        /// What its map shows first, when it is not what the other one shows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        extent: Option<Extent>,
    },
    /// A project that a job makes.
    Seeded {
        /// From this.
        seed: ProjectSeed,
    },
}

/// Somebody who works on a resource that is not theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Collaborator {
    /// A person.
    Person(AccountId),
    /// All members of a team.
    Team(TeamId),
}

/// Why a revision was rejected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectionReason {
    /// For programs, for example `INVALID_PROJECT_FILE`.
    pub code: String,
    /// For people.
    pub message: String,
}

/// A picture of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thumbnail {
    /// The picture's blob.
    pub digest: Sha256Digest,
    /// `image/png` …
    pub media_type: String,
    /// Bytes.
    pub size: u64,
}

/// The life of a resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, IntoStaticStr)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ResourceEvent {
    /// A resource came to be.
    ResourceRegistered {
        /// What it is.
        kind: ResourceKind,
        /// Whose it is.
        owner: AccountId,
        /// Unique under its owner.
        name: ResourceName,
        /// For people.
        description: String,
        /// Who sees it.
        visibility: Visibility,
        /// How it came to be.
        source: ResourceSource,
    },
    /// A registration broke off after its name was claimed; it can never be completed, so the name is free again.
    ResourceAbandoned {},
    /// It has another name; the old one is free.
    ResourceRenamed {
        /// The new name.
        name: ResourceName,
    },
    /// Its description for people was rewritten.
    MetadataRevised {
        /// The new description.
        description: String,
    },
    /// The people who manage it decided something; these are all settings, also those that stayed as they were.
    ProjectSettingsChanged {
        /// The settings from now on.
        settings: ProjectSettings,
    },
    /// It belongs to somebody else from now on, under the same name.
    OwnershipTransferred {
        /// The new owner.
        owner: AccountId,
    },
    /// Other people see it from now on.
    VisibilityChanged {
        /// Who sees it.
        visibility: Visibility,
    },
    /// Somebody works on it from now on.
    CollaboratorAdded {
        /// Who.
        collaborator: Collaborator,
        /// What they may do.
        role: Role,
    },
    /// A collaborator may do something else from now on; `role` is the new one.
    CollaboratorRoleChanged {
        /// Who.
        collaborator: Collaborator,
        /// What they may do.
        role: Role,
    },
    /// Somebody no longer works on it.
    CollaboratorRemoved {
        /// Who.
        collaborator: Collaborator,
    },
    /// This path is the project's QGIS project file; there is one at a time.
    ProjectFileDesignated {
        /// The path.
        path: FilePath,
    },
    /// The project has no QGIS project file any more.
    ProjectFileCleared {
        /// The path that was it.
        path: FilePath,
    },
    /// A state of the project file waits to be looked at. It takes the place of one that was still waiting.
    RevisionStaged {
        /// The revision.
        revision: RevisionId,
        /// The QGIS project file.
        project_file: FilePath,
        /// Its version.
        version: VersionId,
        /// Its bytes.
        digest: Sha256Digest,
    },
    /// QGIS could read the staged revision: it is what readers see from now on.
    RevisionReady {
        /// The revision.
        revision: RevisionId,
    },
    /// QGIS could not read the staged revision; readers go on seeing the one before.
    RevisionRejected {
        /// The revision.
        revision: RevisionId,
        /// Why.
        reason: RejectionReason,
    },
    /// What QGIS found in a revision.
    ProjectDetailsRecorded {
        /// The revision.
        revision: RevisionId,
        /// What was found.
        details: Box<ProjectDetails>,
    },
    /// Where on earth it is.
    ExtentDetermined {
        /// The box.
        extent: Extent,
    },
    /// It has a new picture.
    ThumbnailSet {
        /// The picture.
        thumbnail: Thumbnail,
    },
    /// It is gone from all lists; its history stays and its name is free.
    ResourceRetired {},
}

impl ResourceEvent {
    /// The version of the shape in which this event is written.
    pub fn version(&self) -> &'static str {
        match self {
            Self::ResourceRegistered { .. }
            | Self::ResourceAbandoned {}
            | Self::ResourceRenamed { .. }
            | Self::MetadataRevised { .. }
            | Self::ProjectSettingsChanged { .. }
            | Self::OwnershipTransferred { .. }
            | Self::VisibilityChanged { .. }
            | Self::CollaboratorAdded { .. }
            | Self::CollaboratorRoleChanged { .. }
            | Self::CollaboratorRemoved { .. }
            | Self::ProjectFileDesignated { .. }
            | Self::ProjectFileCleared { .. }
            | Self::RevisionStaged { .. }
            | Self::RevisionReady { .. }
            | Self::RevisionRejected { .. }
            | Self::ProjectDetailsRecorded { .. }
            | Self::ExtentDetermined { .. }
            | Self::ThumbnailSet { .. }
            | Self::ResourceRetired {} => "1.0.0",
        }
    }
}

domain_event!(ResourceEvent);
