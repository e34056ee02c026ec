//! A state of the project file is staged, then ready or rejected, or a newer one takes its place.

use fieldlog_domain::resource::{
    AcceptRevision, Extent, ProjectDetails, RejectionReason, ResourceCommand, ResourceEvent, ResourceKind,
    ResourceRefusal, StageRevision, Thumbnail,
};

use super::{project, refused_out_of_reach, registered, with_file};
use crate::build::{digest, id, path, resource, then};

const EXTENT: Extent = Extent { west: 7.0, south: 46.0, east: 8.0, north: 47.0 };

fn stage(n: u128) -> ResourceCommand {
    ResourceCommand::StageRevision(StageRevision {
        revision: id(n),
        project_file: path("rivers.qgs"),
        version: id(n + 100),
        digest: digest("bytes"),
    })
}

fn staged(n: u128) -> ResourceEvent {
    let (revision, version) = (id(n), id(n + 100));
    ResourceEvent::RevisionStaged { revision, project_file: path("rivers.qgs"), version, digest: digest("bytes") }
}

fn accept(n: u128) -> ResourceCommand {
    accept_with(n, None, None)
}

fn accept_with(n: u128, extent: Option<Extent>, thumbnail: Option<Thumbnail>) -> ResourceCommand {
    let (revision, details) = (id(n), ProjectDetails::default());
    ResourceCommand::AcceptRevision(Box::new(AcceptRevision { revision, details, extent, thumbnail }))
}

/// What happens when the `n`-th revision is accepted.
fn accepted(n: u128) -> Vec<ResourceEvent> {
    let (revision, details) = (id(n), Box::default());
    vec![ResourceEvent::ProjectDetailsRecorded { revision, details }, ResourceEvent::RevisionReady { revision }]
}

fn reason() -> RejectionReason {
    RejectionReason { code: "INVALID_PROJECT_FILE".to_owned(), message: "line 7".to_owned() }
}

fn reject(n: u128) -> ResourceCommand {
    ResourceCommand::RejectRevision { revision: id(n), reason: reason() }
}

fn rejected(n: u128) -> ResourceEvent {
    ResourceEvent::RevisionRejected { revision: id(n), reason: reason() }
}

fn with_staged() -> Vec<ResourceEvent> {
    then(&with_file(), [staged(1)])
}

#[test]
fn a_revision_is_staged_once() {
    resource(with_file()).when(stage(1)).then_expect_events(vec![staged(1)]);
    resource(with_staged()).when(stage(1)).then_expect_events(vec![]);
}

#[test]
fn a_revision_that_came_to_its_end_is_not_staged_again() {
    for end in [accepted(1), vec![rejected(1)], vec![staged(2)]] {
        resource(then(&with_staged(), end)).when(stage(1)).then_expect_events(vec![]);
    }
}

#[test]
fn nothing_is_staged_without_its_project_file() {
    resource(project()).when(stage(1)).then_expect_error(ResourceRefusal::NoProjectFile);
    let cleared = ResourceEvent::ProjectFileCleared { path: path("rivers.qgs") };
    let other = ResourceEvent::ProjectFileDesignated { path: path("lakes.qgs") };
    resource(then(&with_file(), [cleared, other])).when(stage(1)).then_expect_error(ResourceRefusal::NoProjectFile);
}

#[test]
fn only_projects_have_revisions() {
    resource(registered(ResourceKind::Map))
        .when(stage(1))
        .then_expect_error(ResourceRefusal::NotAProject(ResourceKind::Map));
}

#[test]
fn a_staged_revision_becomes_ready_once() {
    resource(with_staged()).when(accept(1)).then_expect_events(accepted(1));
    resource(then(&with_staged(), accepted(1))).when(accept(1)).then_expect_events(vec![]);
}

#[test]
fn what_qgis_found_is_recorded_before_the_revision_is_ready() {
    let thumbnail = Thumbnail { digest: digest("png"), media_type: "image/png".to_owned(), size: 3 };
    resource(with_staged()).when(accept_with(1, Some(EXTENT), Some(thumbnail.clone()))).then_expect_events(vec![
        ResourceEvent::ProjectDetailsRecorded { revision: id(1), details: Box::default() },
        ResourceEvent::ExtentDetermined { extent: EXTENT },
        ResourceEvent::ThumbnailSet { thumbnail },
        ResourceEvent::RevisionReady { revision: id(1) },
    ]);
}

#[test]
fn an_extent_that_is_no_number_is_left_out() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        resource(with_staged())
            .when(accept_with(1, Some(Extent { north: bad, ..EXTENT }), None))
            .then_expect_events(accepted(1));
    }
}

#[test]
fn a_staged_revision_is_rejected_once_and_says_why() {
    resource(with_staged()).when(reject(1)).then_expect_events(vec![rejected(1)]);
    resource(then(&with_staged(), [rejected(1)])).when(reject(1)).then_expect_events(vec![]);
}

#[test]
fn a_verdict_is_final() {
    resource(then(&with_staged(), accepted(1))).when(reject(1)).then_expect_events(vec![]);
    resource(then(&with_staged(), [rejected(1)])).when(accept(1)).then_expect_events(vec![]);
}

#[test]
fn a_newer_revision_takes_the_place_of_one_that_waits() {
    let past = then(&with_staged(), [staged(2)]);
    resource(with_staged()).when(stage(2)).then_expect_events(vec![staged(2)]);
    resource(past.clone()).when(accept(1)).then_expect_events(vec![]);
    resource(past.clone()).when(reject(1)).then_expect_events(vec![]);
    resource(past).when(accept(2)).then_expect_events(accepted(2));
}

#[test]
fn a_revision_that_is_ready_stays_ready_when_the_next_one_is_rejected() {
    let past = then(&then(&with_staged(), accepted(1)), [staged(2)]);
    resource(past.clone()).when(reject(2)).then_expect_events(vec![rejected(2)]);
    resource(then(&past, [rejected(2)])).when(accept(1)).then_expect_events(vec![]);
}

#[test]
fn there_is_no_verdict_about_a_revision_nobody_staged() {
    for command in [accept(9), reject(9)] {
        resource(with_staged()).when(command).then_expect_error(ResourceRefusal::NoSuchRevision(id(9)));
    }
}

#[test]
fn a_verdict_that_comes_after_the_project_retired_changes_nothing() {
    let past = then(&with_staged(), [ResourceEvent::ResourceRetired {}]);
    resource(past.clone()).when(accept(1)).then_expect_events(vec![]);
    resource(past).when(reject(1)).then_expect_events(vec![]);
}

#[test]
fn what_is_not_there_or_retired_has_no_revisions_to_stage() {
    refused_out_of_reach(&[stage(1)]);
}
