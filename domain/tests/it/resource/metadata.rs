//! Name, description and visibility.

use fieldlog_domain::resource::{MAX_DESCRIPTION, ResourceCommand, ResourceEvent, ResourceRefusal, Visibility};

use super::{project, refused_out_of_reach};
use crate::build::{resource, resource_name, then};

fn rename(name: &str) -> ResourceCommand {
    ResourceCommand::Rename(resource_name(name))
}

fn describe(description: &str) -> ResourceCommand {
    ResourceCommand::ReviseMetadata { description: description.to_owned() }
}

#[test]
fn a_resource_gets_another_name_and_its_old_one_back() {
    let renamed = |name: &str| ResourceEvent::ResourceRenamed { name: resource_name(name) };
    let past = then(&project(), [renamed("lakes")]);
    resource(project()).when(rename("lakes")).then_expect_events(vec![renamed("lakes")]);
    resource(past.clone()).when(rename("lakes")).then_expect_events(vec![]);
    resource(past).when(rename("rivers")).then_expect_events(vec![renamed("rivers")]);
}

#[test]
fn a_name_in_another_case_is_another_name() {
    resource(project())
        .when(rename("Rivers"))
        .then_expect_events(vec![ResourceEvent::ResourceRenamed { name: resource_name("Rivers") }]);
}

#[test]
fn a_description_is_rewritten_once() {
    let revised = ResourceEvent::MetadataRevised { description: "Some".to_owned() };
    resource(project()).when(describe("Some")).then_expect_events(vec![revised.clone()]);
    resource(then(&project(), [revised])).when(describe("Some")).then_expect_events(vec![]);
    resource(project()).when(describe("All rivers")).then_expect_events(vec![]);
}

#[test]
fn a_description_does_not_become_too_long() {
    resource(project())
        .when(describe(&"x".repeat(MAX_DESCRIPTION + 1)))
        .then_expect_error(ResourceRefusal::DescriptionTooLong { found: MAX_DESCRIPTION + 1, limit: MAX_DESCRIPTION });
}

#[test]
fn a_resource_becomes_public_and_private_again() {
    use Visibility::{Private, Public};
    let change = ResourceCommand::ChangeVisibility;
    let changed = |visibility| ResourceEvent::VisibilityChanged { visibility };
    let public = then(&project(), [changed(Public)]);
    resource(project()).when(change(Private)).then_expect_events(vec![]);
    resource(project()).when(change(Public)).then_expect_events(vec![changed(Public)]);
    resource(public.clone()).when(change(Public)).then_expect_events(vec![]);
    resource(public).when(change(Private)).then_expect_events(vec![changed(Private)]);
}

#[test]
fn what_is_not_there_or_retired_has_nothing_to_change() {
    refused_out_of_reach(&[rename("lakes"), describe("Some"), ResourceCommand::ChangeVisibility(Visibility::Public)]);
}
