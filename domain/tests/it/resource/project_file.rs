//! A project has one QGIS project file at a time.

use fieldlog_domain::resource::{ResourceCommand, ResourceEvent, ResourceKind, ResourceRefusal};

use super::{designated, project, refused_out_of_reach, registered, with_file};
use crate::build::{path, resource, then};

fn designate(text: &str) -> ResourceCommand {
    ResourceCommand::DesignateProjectFile(path(text))
}

fn clear(text: &str) -> ResourceCommand {
    ResourceCommand::ClearProjectFile(path(text))
}

fn cleared(text: &str) -> ResourceEvent {
    ResourceEvent::ProjectFileCleared { path: path(text) }
}

#[test]
fn a_project_file_is_designated_once() {
    for text in ["rivers.qgs", "rivers.QGZ", "maps/rivers.qgz"] {
        resource(project()).when(designate(text)).then_expect_events(vec![designated(text)]);
    }
    resource(with_file()).when(designate("rivers.qgs")).then_expect_events(vec![]);
}

#[test]
fn a_project_has_no_second_project_file() {
    for text in ["lakes.qgs", "rivers.qgz"] {
        resource(with_file())
            .when(designate(text))
            .then_expect_error(ResourceRefusal::SecondProjectFile { existing: path("rivers.qgs") });
    }
}

#[test]
fn another_spelling_is_the_same_project_file() {
    resource(with_file()).when(designate("Rivers.QGS")).then_expect_events(vec![designated("Rivers.QGS")]);
    resource(with_file()).when(clear("Rivers.QGS")).then_expect_events(vec![cleared("Rivers.QGS")]);
}

#[test]
fn a_photo_is_no_project_file() {
    resource(project())
        .when(designate("DCIM/1.jpg"))
        .then_expect_error(ResourceRefusal::NotAProjectFile(path("DCIM/1.jpg")));
}

#[test]
fn a_project_file_that_is_deleted_makes_room_for_another_one() {
    let past = then(&with_file(), [cleared("rivers.qgs")]);
    resource(with_file()).when(clear("rivers.qgs")).then_expect_events(vec![cleared("rivers.qgs")]);
    resource(past.clone()).when(clear("rivers.qgs")).then_expect_events(vec![]);
    resource(past).when(designate("lakes.qgs")).then_expect_events(vec![designated("lakes.qgs")]);
}

#[test]
fn deleting_another_file_clears_nothing() {
    resource(with_file()).when(clear("lakes.qgs")).then_expect_events(vec![]);
}

#[test]
fn only_projects_have_a_project_file() {
    use ResourceKind::{Dataset, Document, Geoapp, Map};
    for kind in [Dataset, Map, Document, Geoapp] {
        for command in [designate("rivers.qgs"), clear("rivers.qgs")] {
            resource(registered(kind)).when(command).then_expect_error(ResourceRefusal::NotAProject(kind));
        }
    }
}

#[test]
fn what_is_not_there_or_retired_gets_no_project_file() {
    refused_out_of_reach(&[designate("rivers.qgs"), clear("rivers.qgs")]);
}
