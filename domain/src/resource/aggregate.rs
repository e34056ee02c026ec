//! The rules of a resource.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    AcceptRevision, ChangeResource, ChangeSettings, Collaborator, Extent, MAX_DESCRIPTION, MAX_KEEP_VERSIONS,
    ProjectSettings, RegisterResource, RejectionReason, ResourceCommand, ResourceEvent, ResourceKind, ResourceRefusal,
    StageRevision, Visibility,
};
use crate::aggregate::aggregate;
use crate::shared::ids::{AccountId, RevisionId};
use crate::shared::{FilePath, ResourceName, Role};

/// What decisions about a resource need to know.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Resource {
    phase: Phase,
    kind: ResourceKind,
    owner: Option<AccountId>,
    name: Option<ResourceName>,
    description: String,
    visibility: Visibility,
    #[serde(default)]
    settings: ProjectSettings,
    #[serde(with = "as_pairs")]
    collaborators: BTreeMap<Collaborator, Role>,
    project_file: Option<FilePath>,
    /// Every revision there was; a resource has tens of them, not millions.
    revisions: BTreeMap<RevisionId, RevisionState>,
    staged: Option<RevisionId>,
}

/// JSON objects have texts as keys; collaborators are no texts.
mod as_pairs {
    use super::{BTreeMap, Collaborator, Deserialize, Role, Serialize};

    pub fn serialize<S: serde::Serializer>(map: &BTreeMap<Collaborator, Role>, s: S) -> Result<S::Ok, S::Error> {
        map.iter().collect::<Vec<_>>().serialize(s)
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(d: D) -> Result<BTreeMap<Collaborator, Role>, D::Error> {
        Vec::<(Collaborator, Role)>::deserialize(d).map(|pairs| pairs.into_iter().collect())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
enum Phase {
    #[default]
    Unknown,
    Active,
    Abandoned,
    Retired,
}

/// Where a revision is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

type Decision = Result<Vec<ResourceEvent>, ResourceRefusal>;

impl Resource {
    /// Whether it is registered and not retired.
    pub fn is_active(&self) -> bool {
        self.phase == Phase::Active
    }

    /// Whose it is, once registered.
    pub fn owner(&self) -> Option<AccountId> {
        self.owner
    }

    /// Its name, once registered.
    pub fn name(&self) -> Option<&ResourceName> {
        self.name.as_ref()
    }

    /// What its managers decided.
    pub fn settings(&self) -> &ProjectSettings {
        &self.settings
    }

    /// Its QGIS project file.
    pub fn project_file(&self) -> Option<&FilePath> {
        self.project_file.as_ref()
    }

    /// Where a revision is on its way.
    pub fn revision(&self, revision: RevisionId) -> Option<RevisionState> {
        self.revisions.get(&revision).copied()
    }

    /// The revision that waits to be looked at.
    pub fn staged(&self) -> Option<RevisionId> {
        self.staged
    }

    pub(super) fn decide(&self, command: ResourceCommand) -> Decision {
        match command {
            ResourceCommand::Register(c) => self.register(c),
            ResourceCommand::Abandon => self.abandon(),
            ResourceCommand::Rename(name) => self.rename(name),
            ResourceCommand::ReviseMetadata { description } => self.revise_metadata(description),
            ResourceCommand::Change(c) => self.change(*c),
            ResourceCommand::ChangeVisibility(visibility) => self.change_visibility(visibility),
            ResourceCommand::AddCollaborator { collaborator, role } => self.add_collaborator(collaborator, role),
            ResourceCommand::ChangeCollaboratorRole { collaborator, role } => self.change_role(collaborator, role),
            ResourceCommand::RemoveCollaborator(collaborator) => self.remove_collaborator(collaborator),
            ResourceCommand::DesignateProjectFile(path) => self.designate_project_file(path),
            ResourceCommand::ClearProjectFile(path) => self.clear_project_file(path),
            ResourceCommand::StageRevision(c) => self.stage_revision(c),
            ResourceCommand::AcceptRevision(c) => self.accept_revision(*c),
            ResourceCommand::RejectRevision { revision, reason } => self.reject_revision(revision, reason),
            ResourceCommand::SetThumbnail(thumbnail) => {
                self.active().map(|()| vec![ResourceEvent::ThumbnailSet { thumbnail }])
            }
            ResourceCommand::Retire => self.retire(),
        }
    }

    fn register(&self, c: RegisterResource) -> Decision {
        match self.phase {
            Phase::Unknown => {}
            Phase::Active if (self.kind, self.owner, self.name.as_ref()) == (c.kind, Some(c.owner), Some(&c.name)) => {
                return Ok(vec![]);
            }
            Phase::Active => return Err(ResourceRefusal::AlreadyRegistered),
            Phase::Abandoned => return Err(ResourceRefusal::Abandoned),
            Phase::Retired => return Err(ResourceRefusal::Retired),
        }
        check_description(&c.description)?;
        check_settings(&c.settings)?;
        let mut events = vec![ResourceEvent::ResourceRegistered {
            kind: c.kind,
            owner: c.owner,
            name: c.name,
            description: c.description,
            visibility: c.visibility,
            source: c.source,
        }];
        if c.kind == ResourceKind::Project && c.settings != ProjectSettings::default() {
            events.push(ResourceEvent::ProjectSettingsChanged { settings: c.settings });
        }
        Ok(events)
    }

    fn abandon(&self) -> Decision {
        match self.phase {
            Phase::Unknown => Ok(vec![ResourceEvent::ResourceAbandoned {}]),
            Phase::Abandoned => Ok(vec![]),
            Phase::Active | Phase::Retired => Err(ResourceRefusal::AlreadyRegistered),
        }
    }

    fn rename(&self, name: ResourceName) -> Decision {
        self.active()?;
        if self.name.as_ref() == Some(&name) {
            return Ok(vec![]);
        }
        if self.name.as_ref().is_some_and(ResourceName::is_shared_datasets) {
            return Err(ResourceRefusal::SharedDatasetsKeepsItsName);
        }
        if name.is_shared_datasets() && self.project_file.is_some() {
            return Err(ResourceRefusal::ProjectFileInSharedDatasets);
        }
        Ok(vec![ResourceEvent::ResourceRenamed { name }])
    }

    fn transfer(&self, owner: AccountId) -> Decision {
        self.active()?;
        if self.owner == Some(owner) {
            return Ok(vec![]);
        }
        // The owner may do everything anyway.
        let mut events = self.remove_collaborator(Collaborator::Person(owner))?;
        events.push(ResourceEvent::OwnershipTransferred { owner });
        Ok(events)
    }

    fn change_settings(&self, change: &ChangeSettings) -> Decision {
        self.project()?;
        let settings = change.applied_to(&self.settings);
        check_settings(&settings)?;
        Ok(if self.settings == settings { vec![] } else { vec![ResourceEvent::ProjectSettingsChanged { settings }] })
    }

    /// All of it in one append, or the first refusal and nothing.
    fn change(&self, c: ChangeResource) -> Decision {
        self.active()?;
        let parts = [
            c.name.map(|name| self.rename(name)),
            c.owner.map(|owner| self.transfer(owner)),
            c.description.map(|description| self.revise_metadata(description)),
            c.visibility.map(|visibility| self.change_visibility(visibility)),
            (c.settings != ChangeSettings::default()).then(|| self.change_settings(&c.settings)),
        ];
        let events: Vec<Vec<ResourceEvent>> = parts.into_iter().flatten().collect::<Result<_, _>>()?;
        Ok(events.into_iter().flatten().collect())
    }

    fn revise_metadata(&self, description: String) -> Decision {
        self.active()?;
        check_description(&description)?;
        Ok(if self.description == description { vec![] } else { vec![ResourceEvent::MetadataRevised { description }] })
    }

    fn change_visibility(&self, visibility: Visibility) -> Decision {
        self.active()?;
        Ok(if self.visibility == visibility { vec![] } else { vec![ResourceEvent::VisibilityChanged { visibility }] })
    }

    fn add_collaborator(&self, collaborator: Collaborator, role: Role) -> Decision {
        self.active()?;
        if matches!((collaborator, self.owner), (Collaborator::Person(person), Some(owner)) if person == owner) {
            return Err(ResourceRefusal::OwnerIsNoCollaborator);
        }
        match self.collaborators.get(&collaborator) {
            None => Ok(vec![ResourceEvent::CollaboratorAdded { collaborator, role }]),
            Some(current) if *current == role => Ok(vec![]),
            Some(_) => Err(ResourceRefusal::AlreadyACollaborator(collaborator)),
        }
    }

    fn change_role(&self, collaborator: Collaborator, role: Role) -> Decision {
        self.active()?;
        match self.collaborators.get(&collaborator) {
            None => Err(ResourceRefusal::NotACollaborator(collaborator)),
            Some(current) if *current == role => Ok(vec![]),
            Some(_) => Ok(vec![ResourceEvent::CollaboratorRoleChanged { collaborator, role }]),
        }
    }

    fn remove_collaborator(&self, collaborator: Collaborator) -> Decision {
        self.active()?;
        let is_there = self.collaborators.contains_key(&collaborator);
        Ok(if is_there { vec![ResourceEvent::CollaboratorRemoved { collaborator }] } else { vec![] })
    }

    fn designate_project_file(&self, path: FilePath) -> Decision {
        self.project()?;
        if !path.is_project_file() {
            return Err(ResourceRefusal::NotAProjectFile(path));
        }
        if self.name.as_ref().is_some_and(ResourceName::is_shared_datasets) {
            return Err(ResourceRefusal::ProjectFileInSharedDatasets);
        }
        match &self.project_file {
            None => Ok(vec![ResourceEvent::ProjectFileDesignated { path }]),
            Some(existing) if *existing == path => Ok(vec![]),
            Some(existing) if existing.is_same_file(&path) => Ok(vec![ResourceEvent::ProjectFileDesignated { path }]),
            Some(existing) => Err(ResourceRefusal::SecondProjectFile { existing: existing.clone() }),
        }
    }

    fn clear_project_file(&self, path: FilePath) -> Decision {
        self.project()?;
        let is_it = self.project_file.as_ref().is_some_and(|existing| existing.is_same_file(&path));
        Ok(if is_it { vec![ResourceEvent::ProjectFileCleared { path }] } else { vec![] })
    }

    fn stage_revision(&self, c: StageRevision) -> Decision {
        self.project()?;
        if self.revisions.contains_key(&c.revision) {
            return Ok(vec![]);
        }
        if !self.project_file.as_ref().is_some_and(|existing| existing.is_same_file(&c.project_file)) {
            return Err(ResourceRefusal::NoProjectFile);
        }
        Ok(vec![ResourceEvent::RevisionStaged {
            revision: c.revision,
            project_file: c.project_file,
            version: c.version,
            digest: c.digest,
        }])
    }

    fn accept_revision(&self, c: AcceptRevision) -> Decision {
        if !self.awaits(c.revision)? {
            return Ok(vec![]);
        }
        let revision = c.revision;
        let mut events = vec![ResourceEvent::ProjectDetailsRecorded { revision, details: Box::new(c.details) }];
        // JSON knows neither NaN nor infinity: such an event could be written but never read again.
        let extent = c.extent.filter(Extent::is_finite);
        events.extend(extent.map(|extent| ResourceEvent::ExtentDetermined { extent }));
        events.extend(c.thumbnail.map(|thumbnail| ResourceEvent::ThumbnailSet { thumbnail }));
        events.push(ResourceEvent::RevisionReady { revision });
        Ok(events)
    }

    fn reject_revision(&self, revision: RevisionId, reason: RejectionReason) -> Decision {
        let awaited = self.awaits(revision)?;
        Ok(if awaited { vec![ResourceEvent::RevisionRejected { revision, reason }] } else { vec![] })
    }

    fn retire(&self) -> Decision {
        match self.phase {
            Phase::Retired => Ok(vec![]),
            Phase::Unknown | Phase::Active | Phase::Abandoned => {
                self.active().map(|()| vec![ResourceEvent::ResourceRetired {}])
            }
        }
    }

    /// Whether a verdict about this revision still matters: it is staged and nothing newer took its place.
    fn awaits(&self, revision: RevisionId) -> Result<bool, ResourceRefusal> {
        match self.revisions.get(&revision) {
            None => Err(ResourceRefusal::NoSuchRevision(revision)),
            Some(RevisionState::Staged) => Ok(self.phase == Phase::Active),
            Some(RevisionState::Superseded | RevisionState::Ready | RevisionState::Rejected) => Ok(false),
        }
    }

    fn active(&self) -> Result<(), ResourceRefusal> {
        match self.phase {
            Phase::Unknown => Err(ResourceRefusal::NoSuchResource),
            Phase::Active => Ok(()),
            Phase::Abandoned => Err(ResourceRefusal::Abandoned),
            Phase::Retired => Err(ResourceRefusal::Retired),
        }
    }

    fn project(&self) -> Result<(), ResourceRefusal> {
        self.active()?;
        match self.kind {
            ResourceKind::Project => Ok(()),
            other => Err(ResourceRefusal::NotAProject(other)),
        }
    }

    fn evolve(&mut self, event: ResourceEvent) {
        match event {
            ResourceEvent::ResourceRegistered { kind, owner, name, description, visibility, source: _ } => {
                self.phase = Phase::Active;
                self.kind = kind;
                self.owner = Some(owner);
                self.name = Some(name);
                self.description = description;
                self.visibility = visibility;
            }
            ResourceEvent::ResourceAbandoned {} => self.phase = Phase::Abandoned,
            ResourceEvent::ResourceRenamed { name } => self.name = Some(name),
            ResourceEvent::MetadataRevised { description } => self.description = description,
            ResourceEvent::ProjectSettingsChanged { settings } => self.settings = settings,
            ResourceEvent::OwnershipTransferred { owner } => self.owner = Some(owner),
            ResourceEvent::VisibilityChanged { visibility } => self.visibility = visibility,
            ResourceEvent::CollaboratorAdded { collaborator, role }
            | ResourceEvent::CollaboratorRoleChanged { collaborator, role } => {
                self.collaborators.insert(collaborator, role);
            }
            ResourceEvent::CollaboratorRemoved { collaborator } => {
                self.collaborators.remove(&collaborator);
            }
            ResourceEvent::ProjectFileDesignated { path } => self.project_file = Some(path),
            ResourceEvent::ProjectFileCleared { .. } => self.project_file = None,
            ResourceEvent::RevisionStaged { revision, .. } => {
                if let Some(waiting) = self.staged.replace(revision) {
                    self.revisions.insert(waiting, RevisionState::Superseded);
                }
                self.revisions.insert(revision, RevisionState::Staged);
            }
            ResourceEvent::RevisionReady { revision } => self.settle(revision, RevisionState::Ready),
            ResourceEvent::RevisionRejected { revision, .. } => self.settle(revision, RevisionState::Rejected),
            ResourceEvent::ProjectDetailsRecorded { .. }
            | ResourceEvent::ExtentDetermined { .. }
            | ResourceEvent::ThumbnailSet { .. } => {}
            ResourceEvent::ResourceRetired {} => self.phase = Phase::Retired,
        }
    }

    fn settle(&mut self, revision: RevisionId, state: RevisionState) {
        self.revisions.insert(revision, state);
        self.staged = None;
    }
}

fn check_settings(settings: &ProjectSettings) -> Result<(), ResourceRefusal> {
    if settings.public_role > Role::Editor {
        return Err(ResourceRefusal::PublicRoleTooStrong(settings.public_role));
    }
    match settings.keep_versions {
        Some(found) if !(1..=MAX_KEEP_VERSIONS).contains(&found) => {
            Err(ResourceRefusal::KeepVersions { found, limit: MAX_KEEP_VERSIONS })
        }
        Some(_) | None => Ok(()),
    }
}

fn check_description(description: &str) -> Result<(), ResourceRefusal> {
    match description.chars().count() {
        found if found > MAX_DESCRIPTION => Err(ResourceRefusal::DescriptionTooLong { found, limit: MAX_DESCRIPTION }),
        _ => Ok(()),
    }
}

aggregate!(Resource, "resource", ResourceCommand, ResourceEvent, ResourceRefusal);
