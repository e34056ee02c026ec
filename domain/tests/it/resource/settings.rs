//! What the people who manage a project decide, and several changes at once.

use fieldlog_domain::resource::{
    ChangeResource, ChangeSettings, Collaborator, MAX_KEEP_VERSIONS, ProjectSettings, ProjectType, RegisterResource,
    ResourceCommand, ResourceEvent, ResourceKind, ResourceRefusal, Visibility,
};
use fieldlog_domain::shared::Role;

use super::{designated, out_of_reach, project, register, registered, with_file};
use crate::build::{bob, path, resource, resource_name, then};

fn featured() -> ProjectSettings {
    ProjectSettings { is_featured: true, keep_versions: Some(3), ..ProjectSettings::default() }
}

fn change(change: ChangeResource) -> ResourceCommand {
    ResourceCommand::Change(Box::new(change))
}

fn with(settings: ProjectSettings) -> ResourceCommand {
    change(ChangeResource { settings: settings.into(), ..ChangeResource::default() })
}

#[test]
fn settings_are_kept_and_the_same_ones_again_are_nothing() {
    let changed = ResourceEvent::ProjectSettingsChanged { settings: featured() };
    resource(project()).when(with(featured())).then_expect_events(vec![changed.clone()]);
    resource(then(&project(), [changed])).when(with(featured())).then_expect_events(vec![]);
    resource(project()).when(with(ProjectSettings::default())).then_expect_events(vec![]);
}

#[test]
fn a_change_of_one_setting_leaves_the_others() {
    let past = then(&project(), [ResourceEvent::ProjectSettingsChanged { settings: featured() }]);
    let settings = ChangeSettings { keep_versions: Some(None), ..ChangeSettings::default() };
    let changed = ProjectSettings { keep_versions: None, ..featured() };
    resource(past)
        .when(change(ChangeResource { settings, ..ChangeResource::default() }))
        .then_expect_events(vec![ResourceEvent::ProjectSettingsChanged { settings: changed }]);
}

#[test]
fn a_project_registers_with_its_settings_in_one_go() {
    let command = RegisterResource { settings: featured(), ..register(ResourceKind::Project) };
    let expected = then(&project(), [ResourceEvent::ProjectSettingsChanged { settings: featured() }]);
    resource(vec![]).when(ResourceCommand::Register(command)).then_expect_events(expected);
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    for role in [Role::Manager, Role::Admin] {
        let settings = ProjectSettings { public_role: role, ..ProjectSettings::default() };
        resource(project()).when(with(settings)).then_expect_error(ResourceRefusal::PublicRoleTooStrong(role));
    }
    for found in [0, MAX_KEEP_VERSIONS + 1] {
        let settings = ProjectSettings { keep_versions: Some(found), ..ProjectSettings::default() };
        let refusal = ResourceRefusal::KeepVersions { found, limit: MAX_KEEP_VERSIONS };
        resource(project()).when(with(settings)).then_expect_error(refusal);
    }
    resource(registered(ResourceKind::Dataset))
        .when(with(featured()))
        .then_expect_error(ResourceRefusal::NotAProject(ResourceKind::Dataset));
}

#[test]
fn several_changes_happen_together_or_not_at_all() {
    let all = || ChangeResource {
        name: Some(resource_name("lakes")),
        owner: Some(bob()),
        description: Some("Lakes".to_owned()),
        visibility: Some(Visibility::Public),
        settings: featured().into(),
    };
    resource(project()).when(change(all())).then_expect_events(vec![
        ResourceEvent::ResourceRenamed { name: resource_name("lakes") },
        ResourceEvent::OwnershipTransferred { owner: bob() },
        ResourceEvent::MetadataRevised { description: "Lakes".to_owned() },
        ResourceEvent::VisibilityChanged { visibility: Visibility::Public },
        ResourceEvent::ProjectSettingsChanged { settings: featured() },
    ]);
    let settings = ProjectSettings { public_role: Role::Admin, ..featured() };
    resource(project())
        .when(change(ChangeResource { settings: settings.into(), ..all() }))
        .then_expect_error(ResourceRefusal::PublicRoleTooStrong(Role::Admin));
    resource(project()).when(change(ChangeResource::default())).then_expect_events(vec![]);
    for (past, refusal) in out_of_reach() {
        resource(past).when(change(all())).then_expect_error(refusal);
    }
}

#[test]
fn a_new_owner_is_no_collaborator_any_more() {
    let collaborator = Collaborator::Person(bob());
    let added = ResourceEvent::CollaboratorAdded { collaborator, role: Role::Editor };
    let transfer = || change(ChangeResource { owner: Some(bob()), ..ChangeResource::default() });
    let transferred = ResourceEvent::OwnershipTransferred { owner: bob() };
    resource(then(&project(), [added]))
        .when(transfer())
        .then_expect_events(vec![ResourceEvent::CollaboratorRemoved { collaborator }, transferred.clone()]);
    resource(then(&project(), [transferred.clone()])).when(transfer()).then_expect_events(vec![]);
    resource(then(&project(), [transferred]))
        .when(ResourceCommand::AddCollaborator { collaborator, role: Role::Reader })
        .then_expect_error(ResourceRefusal::OwnerIsNoCollaborator);
}

#[test]
fn shared_datasets_hold_no_project_file_and_keep_their_name() {
    let renamed = |name: &str| ResourceEvent::ResourceRenamed { name: resource_name(name) };
    let rename = |name: &str| ResourceCommand::Rename(resource_name(name));
    resource(project()).when(rename("shared_datasets")).then_expect_events(vec![renamed("shared_datasets")]);
    let shared = then(&project(), [renamed("shared_datasets")]);
    resource(shared.clone()).when(rename("rivers")).then_expect_error(ResourceRefusal::SharedDatasetsKeepsItsName);
    resource(shared)
        .when(ResourceCommand::DesignateProjectFile(path("rivers.qgs")))
        .then_expect_error(ResourceRefusal::ProjectFileInSharedDatasets);
    resource(with_file())
        .when(rename("shared_datasets"))
        .then_expect_error(ResourceRefusal::ProjectFileInSharedDatasets);
    let cleared = ResourceEvent::ProjectFileCleared { path: path("rivers.qgs") };
    resource(then(&project(), [designated("rivers.qgs"), cleared]))
        .when(rename("shared_datasets"))
        .then_expect_events(vec![renamed("shared_datasets")]);
}

#[test]
fn the_type_follows_from_the_name_and_the_settings() {
    let (regular, template) =
        (ProjectSettings::default(), ProjectSettings { is_template: true, ..ProjectSettings::default() });
    assert_eq!(regular.project_type(&resource_name("rivers")), ProjectType::Regular);
    assert_eq!(template.project_type(&resource_name("rivers")), ProjectType::Template);
    assert_eq!(template.project_type(&resource_name("shared_datasets")), ProjectType::SharedDatasets);
    assert_eq!(regular.project_type(&resource_name("Shared_Datasets")), ProjectType::Regular);
}
