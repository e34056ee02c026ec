//! Who works on a resource that is not theirs.

use fieldlog_domain::resource::{Collaborator, ResourceCommand, ResourceEvent, ResourceRefusal};
use fieldlog_domain::shared::Role::{self, Admin, Editor, Reader};

use super::{project, refused_out_of_reach};
use crate::build::{ana, bob, id, resource, then};

fn person() -> Collaborator {
    Collaborator::Person(bob())
}

/// With the same id as the person.
fn team() -> Collaborator {
    Collaborator::Team(id(0xb))
}

fn add(collaborator: Collaborator, role: Role) -> ResourceCommand {
    ResourceCommand::AddCollaborator { collaborator, role }
}

fn added(collaborator: Collaborator, role: Role) -> ResourceEvent {
    ResourceEvent::CollaboratorAdded { collaborator, role }
}

fn change(collaborator: Collaborator, role: Role) -> ResourceCommand {
    ResourceCommand::ChangeCollaboratorRole { collaborator, role }
}

fn changed(collaborator: Collaborator, role: Role) -> ResourceEvent {
    ResourceEvent::CollaboratorRoleChanged { collaborator, role }
}

fn with_bob() -> Vec<ResourceEvent> {
    then(&project(), [added(person(), Reader)])
}

#[test]
fn a_person_and_a_team_become_collaborators() {
    resource(project()).when(add(person(), Reader)).then_expect_events(vec![added(person(), Reader)]);
    resource(with_bob()).when(add(team(), Editor)).then_expect_events(vec![added(team(), Editor)]);
}

#[test]
fn adding_a_collaborator_twice_changes_nothing() {
    resource(with_bob()).when(add(person(), Reader)).then_expect_events(vec![]);
}

#[test]
fn a_collaborator_is_not_added_with_another_role() {
    resource(with_bob()).when(add(person(), Editor)).then_expect_error(ResourceRefusal::AlreadyACollaborator(person()));
}

#[test]
fn the_owner_is_no_collaborator() {
    resource(project())
        .when(add(Collaborator::Person(ana()), Admin))
        .then_expect_error(ResourceRefusal::OwnerIsNoCollaborator);
}

#[test]
fn a_collaborator_gets_another_role_once() {
    let promoted = then(&with_bob(), [changed(person(), Editor)]);
    resource(with_bob()).when(change(person(), Editor)).then_expect_events(vec![changed(person(), Editor)]);
    resource(promoted).when(change(person(), Editor)).then_expect_events(vec![]);
}

#[test]
fn a_stranger_gets_no_other_role() {
    resource(with_bob()).when(change(team(), Editor)).then_expect_error(ResourceRefusal::NotACollaborator(team()));
}

#[test]
fn a_collaborator_leaves_once_and_may_come_back() {
    let remove = ResourceCommand::RemoveCollaborator(person());
    let removed = ResourceEvent::CollaboratorRemoved { collaborator: person() };
    let past = then(&with_bob(), [removed.clone()]);
    resource(with_bob()).when(remove.clone()).then_expect_events(vec![removed]);
    resource(past.clone()).when(remove).then_expect_events(vec![]);
    resource(past).when(add(person(), Editor)).then_expect_events(vec![added(person(), Editor)]);
}

#[test]
fn what_is_not_there_or_retired_has_no_collaborators_to_change() {
    refused_out_of_reach(&[
        add(person(), Reader),
        change(person(), Editor),
        ResourceCommand::RemoveCollaborator(person()),
    ]);
}
