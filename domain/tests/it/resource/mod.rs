//! What a resource allows and refuses.

mod collaborator;
mod metadata;
mod project_file;
mod registration;
mod revision;
mod settings;

use fieldlog_domain::resource::{
    ProjectSettings, RegisterResource, ResourceCommand, ResourceEvent, ResourceKind, ResourceRefusal, ResourceSource,
    Visibility,
};

use crate::build::{ana, path, resource_name, then};

/// Ana's.
fn register(kind: ResourceKind) -> RegisterResource {
    RegisterResource {
        kind,
        owner: ana(),
        name: resource_name("rivers"),
        description: "All rivers".to_owned(),
        visibility: Visibility::Private,
        source: ResourceSource::Created,
        settings: ProjectSettings::default(),
    }
}

fn registered(kind: ResourceKind) -> Vec<ResourceEvent> {
    vec![ResourceEvent::ResourceRegistered {
        kind,
        owner: ana(),
        name: resource_name("rivers"),
        description: "All rivers".to_owned(),
        visibility: Visibility::Private,
        source: ResourceSource::Created,
    }]
}

fn project() -> Vec<ResourceEvent> {
    registered(ResourceKind::Project)
}

fn designated(text: &str) -> ResourceEvent {
    ResourceEvent::ProjectFileDesignated { path: path(text) }
}

/// A project with the QGIS project file `rivers.qgs`.
fn with_file() -> Vec<ResourceEvent> {
    then(&project(), [designated("rivers.qgs")])
}

/// Pasts in which nothing can be changed, and why.
fn out_of_reach() -> [(Vec<ResourceEvent>, ResourceRefusal); 3] {
    [
        (vec![], ResourceRefusal::NoSuchResource),
        (vec![ResourceEvent::ResourceAbandoned {}], ResourceRefusal::Abandoned),
        (then(&with_file(), [ResourceEvent::ResourceRetired {}]), ResourceRefusal::Retired),
    ]
}

/// Each command is refused in every past in which nothing can be changed.
fn refused_out_of_reach(commands: &[ResourceCommand]) {
    for (past, refusal) in out_of_reach() {
        for command in commands {
            crate::build::resource(past.clone()).when(command.clone()).then_expect_error(refusal.clone());
        }
    }
}
