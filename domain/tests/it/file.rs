//! One path and its versions.

use fieldlog_domain::file::{AddFileVersion, FileCommand, FileEvent, FileRefusal, Onto, SetAside, VersionSource};
use fieldlog_domain::{Md5Digest, VersionId};

use crate::build::{digest, file, id, path, then};

fn v(n: u128) -> VersionId {
    id(n)
}

fn add(n: u128, name: &str) -> FileCommand {
    FileCommand::AddVersion(AddFileVersion {
        resource: id(1),
        path: path(name),
        version: v(n),
        digest: digest(&n.to_string()),
        md5: Some(Md5Digest([7; 16])),
        etag: "etag".to_owned(),
        size: 3,
        media_type: "text/plain".to_owned(),
        source: VersionSource::Upload,
        onto: Onto::Whatever,
    })
}

fn added_as(n: u128, name: &str) -> FileEvent {
    FileEvent::FileVersionAdded {
        resource: id(1),
        path: path(name),
        version: v(n),
        digest: digest(&n.to_string()),
        md5: Some(Md5Digest([7; 16])),
        etag: "etag".to_owned(),
        size: 3,
        media_type: "text/plain".to_owned(),
        source: VersionSource::Upload,
    }
}

fn added(n: u128) -> FileEvent {
    added_as(n, "notes.txt")
}

fn restore(n: u128, restored: u128) -> FileCommand {
    FileCommand::RestoreVersion { version: v(n), restored: v(restored) }
}

fn restored(n: u128, restored: u128) -> FileEvent {
    FileEvent::FileVersionRestored { version: v(n), restored: v(restored) }
}

fn deleted(n: u128) -> FileEvent {
    FileEvent::FileVersionDeleted { version: v(n) }
}

fn purged(n: u128) -> FileEvent {
    FileEvent::FileVersionPurged { version: v(n) }
}

fn delete(n: u128) -> FileCommand {
    FileCommand::DeleteVersion(v(n))
}

fn purge(n: u128) -> FileCommand {
    FileCommand::PurgeVersion(v(n))
}

fn two() -> Vec<FileEvent> {
    vec![added(1), added(2)]
}

fn emptied() -> Vec<FileEvent> {
    then(&two(), [FileEvent::FileDeleted { because: None }])
}

#[test]
fn versions_are_added_each_once() {
    file(vec![]).when(add(1, "notes.txt")).then_expect_events(vec![added(1)]);
    file(vec![added(1)]).when(add(2, "notes.txt")).then_expect_events(vec![added(2)]);
    file(two()).when(add(1, "notes.txt")).then_expect_events(vec![]);
}

#[test]
fn a_version_in_another_spelling_is_one_of_the_file_while_it_exists() {
    file(two()).when(add(3, "Notes.TXT")).then_expect_events(vec![added(3)]);
    file(emptied()).when(add(3, "Notes.txt")).then_expect_events(vec![added_as(3, "Notes.txt")]);
}

#[test]
fn an_earlier_version_is_restored_as_a_new_one_once() {
    file(two()).when(restore(3, 1)).then_expect_events(vec![restored(3, 1)]);
    file(then(&two(), [restored(3, 1)])).when(restore(3, 1)).then_expect_events(vec![]);
}

#[test]
fn a_restored_version_is_restored_again() {
    file(then(&two(), [restored(3, 1)])).when(restore(4, 3)).then_expect_events(vec![restored(4, 3)]);
}

#[test]
fn a_version_that_is_unknown_deleted_or_purged_is_not_restored() {
    let refusal = FileRefusal::NoSuchVersion(v(1));
    file(vec![added(2)]).when(restore(3, 1)).then_expect_error(refusal.clone());
    file(then(&two(), [deleted(1)])).when(restore(3, 1)).then_expect_error(refusal.clone());
    file(then(&two(), [purged(1)])).when(restore(3, 1)).then_expect_error(refusal);
}

#[test]
fn nothing_is_restored_to_an_empty_path() {
    file(vec![]).when(restore(3, 1)).then_expect_error(FileRefusal::NoSuchFile);
    file(emptied()).when(restore(3, 1)).then_expect_error(FileRefusal::NoSuchFile);
}

#[test]
fn a_version_is_deleted_once() {
    file(two()).when(delete(2)).then_expect_events(vec![deleted(2)]);
    file(then(&two(), [deleted(2)])).when(delete(2)).then_expect_events(vec![]);
    file(emptied()).when(delete(2)).then_expect_events(vec![]);
}

#[test]
fn the_last_version_goes_with_its_file_only() {
    file(vec![added(1)]).when(delete(1)).then_expect_error(FileRefusal::LastVersion);
    file(then(&two(), [deleted(1)])).when(delete(2)).then_expect_error(FileRefusal::LastVersion);
}

#[test]
fn a_version_without_bytes_never_becomes_current() {
    file(then(&two(), [purged(1)])).when(delete(2)).then_expect_error(FileRefusal::LastVersion);
    file(then(&two(), [purged(1)])).when(delete(1)).then_expect_events(vec![deleted(1)]);
}

#[test]
fn a_version_that_is_not_there_is_neither_deleted_nor_purged() {
    for command in [delete(9), purge(9)] {
        file(two()).when(command).then_expect_error(FileRefusal::NoSuchVersion(v(9)));
    }
}

#[test]
fn a_file_is_deleted_once_and_can_come_back() {
    file(two()).when(FileCommand::Delete).then_expect_events(vec![FileEvent::FileDeleted { because: None }]);
    file(emptied()).when(FileCommand::Delete).then_expect_events(vec![]);
    file(emptied()).when(add(3, "notes.txt")).then_expect_events(vec![added(3)]);
}

#[test]
fn a_file_that_never_was_is_not_deleted() {
    file(vec![]).when(FileCommand::Delete).then_expect_error(FileRefusal::NoSuchFile);
}

#[test]
fn what_was_deleted_with_its_file_does_not_come_back_with_it() {
    file(then(&emptied(), [added(3)])).when(restore(4, 2)).then_expect_error(FileRefusal::NoSuchVersion(v(2)));
    file(then(&emptied(), [added(3)])).when(delete(3)).then_expect_error(FileRefusal::LastVersion);
}

#[test]
fn superseded_and_deleted_versions_are_purged_once() {
    file(two()).when(purge(1)).then_expect_events(vec![purged(1)]);
    file(then(&two(), [purged(1)])).when(purge(1)).then_expect_events(vec![]);
    file(emptied()).when(purge(2)).then_expect_events(vec![purged(2)]);
}

#[test]
fn the_current_version_is_not_purged() {
    file(two()).when(purge(2)).then_expect_error(FileRefusal::VersionIsCurrent(v(2)));
    file(then(&two(), [deleted(2)])).when(purge(1)).then_expect_error(FileRefusal::VersionIsCurrent(v(1)));
    file(then(&two(), [restored(3, 1)])).when(purge(3)).then_expect_error(FileRefusal::VersionIsCurrent(v(3)));
}

#[test]
fn a_version_made_from_bytes_goes_where_they_are_and_nowhere_else() {
    let add = |onto| match add(2, "bees.gpkg") {
        FileCommand::AddVersion(add) => FileCommand::AddVersion(AddFileVersion { onto, ..add }),
        other => other,
    };
    let past = || vec![added_as(1, "bees.gpkg")];
    let changed = || FileRefusal::ChangedMeanwhile(path("bees.gpkg"));
    file(past()).when(add(Onto::Bytes(digest("1")))).then_expect_events(vec![added_as(2, "bees.gpkg")]);
    file(past()).when(add(Onto::Bytes(digest("0")))).then_expect_error(changed());
    file(past()).when(add(Onto::Nothing)).then_expect_error(changed());
    file(vec![]).when(add(Onto::Nothing)).then_expect_events(vec![added_as(2, "bees.gpkg")]);
    file(vec![]).when(add(Onto::Bytes(digest("1")))).then_expect_error(changed());
    let again = vec![added_as(1, "bees.gpkg"), added_as(2, "bees.gpkg")];
    file(again).when(add(Onto::Bytes(digest("1")))).then_expect_events(vec![]);
}

#[test]
fn what_means_nothing_any_more_is_set_aside_as_long_as_it_is_what_the_path_holds() {
    let because = || SetAside::LeftOver { main: path("trees.gpkg") };
    let set_aside = |n| FileCommand::SetAside { version: v(n), because: because() };
    let gone = FileEvent::FileDeleted { because: Some(because()) };
    file(two()).when(set_aside(2)).then_expect_events(vec![gone.clone()]);
    file(two()).when(set_aside(1)).then_expect_events(vec![]);
    file(then(&two(), [gone])).when(set_aside(2)).then_expect_events(vec![]);
    file(vec![]).when(set_aside(1)).then_expect_events(vec![]);
}
