//! A resource comes to be, or its registration is given up, or it is retired.

use fieldlog_domain::resource::{
    MAX_DESCRIPTION, RegisterResource, ResourceCommand, ResourceEvent, ResourceKind, ResourceRefusal, ResourceSource,
};

use super::{project, register, registered};
use crate::build::{bob, id, resource, resource_name, then};

fn retired() -> Vec<ResourceEvent> {
    then(&project(), [ResourceEvent::ResourceRetired {}])
}

#[test]
fn a_resource_of_any_kind_registers_once() {
    use ResourceKind::{Dataset, Document, Geoapp, Map, Project};
    for kind in [Project, Dataset, Map, Document, Geoapp] {
        let command = ResourceCommand::Register(register(kind));
        resource(vec![]).when(command.clone()).then_expect_events(registered(kind));
        resource(registered(kind)).when(command).then_expect_events(vec![]);
    }
}

#[test]
fn a_copy_remembers_where_it_comes_from() {
    let source = ResourceSource::Copied { from: id(7), extent: None };
    let command = RegisterResource { source: source.clone(), ..register(ResourceKind::Project) };
    let events = resource(vec![]).when(ResourceCommand::Register(command)).inspect_result().unwrap();
    assert!(matches!(&events[..], [ResourceEvent::ResourceRegistered { source: found, .. }] if *found == source));
}

#[test]
fn nothing_registers_where_something_else_is() {
    let same = || register(ResourceKind::Project);
    for other in [
        RegisterResource { kind: ResourceKind::Dataset, ..same() },
        RegisterResource { owner: bob(), ..same() },
        RegisterResource { name: resource_name("lakes"), ..same() },
    ] {
        resource(project())
            .when(ResourceCommand::Register(other))
            .then_expect_error(ResourceRefusal::AlreadyRegistered);
    }
}

#[test]
fn a_description_is_as_long_as_it_may_be_and_no_longer() {
    let with = |description: String| {
        ResourceCommand::Register(RegisterResource { description, ..register(ResourceKind::Project) })
    };
    let events = resource(vec![]).when(with("ü".repeat(MAX_DESCRIPTION))).inspect_result().unwrap();
    assert_eq!(events.len(), 1);
    resource(vec![])
        .when(with("ü".repeat(MAX_DESCRIPTION + 1)))
        .then_expect_error(ResourceRefusal::DescriptionTooLong { found: MAX_DESCRIPTION + 1, limit: MAX_DESCRIPTION });
}

#[test]
fn a_registration_that_broke_off_is_given_up_once_and_never_completed() {
    let given_up = vec![ResourceEvent::ResourceAbandoned {}];
    resource(vec![]).when(ResourceCommand::Abandon).then_expect_events(given_up.clone());
    resource(given_up.clone()).when(ResourceCommand::Abandon).then_expect_events(vec![]);
    resource(given_up)
        .when(ResourceCommand::Register(register(ResourceKind::Project)))
        .then_expect_error(ResourceRefusal::Abandoned);
}

#[test]
fn a_complete_registration_is_not_given_up() {
    for past in [project(), retired()] {
        resource(past).when(ResourceCommand::Abandon).then_expect_error(ResourceRefusal::AlreadyRegistered);
    }
}

#[test]
fn a_resource_retires_once() {
    resource(project()).when(ResourceCommand::Retire).then_expect_events(vec![ResourceEvent::ResourceRetired {}]);
    resource(retired()).when(ResourceCommand::Retire).then_expect_events(vec![]);
}

#[test]
fn what_is_not_there_does_not_retire() {
    resource(vec![]).when(ResourceCommand::Retire).then_expect_error(ResourceRefusal::NoSuchResource);
    resource(vec![ResourceEvent::ResourceAbandoned {}])
        .when(ResourceCommand::Retire)
        .then_expect_error(ResourceRefusal::Abandoned);
}

#[test]
fn what_is_retired_is_not_registered_again() {
    resource(retired())
        .when(ResourceCommand::Register(register(ResourceKind::Project)))
        .then_expect_error(ResourceRefusal::Retired);
}
