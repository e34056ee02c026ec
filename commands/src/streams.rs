//! The streams of things.

use fieldlog_domain::{AccountId, ChangeSetId, FileId, JobId, ResourceId, SecretId, SessionId, StreamId, StreamKind};

pub(crate) fn account(id: AccountId) -> StreamId {
    StreamId::new(StreamKind::Account, id)
}

pub(crate) fn session(id: SessionId) -> StreamId {
    StreamId::new(StreamKind::Session, id)
}

pub(crate) fn resource(id: ResourceId) -> StreamId {
    StreamId::new(StreamKind::Resource, id)
}

pub(crate) fn file(id: FileId) -> StreamId {
    StreamId::new(StreamKind::File, id)
}

pub(crate) fn job(id: JobId) -> StreamId {
    StreamId::new(StreamKind::Job, id)
}

pub(crate) fn secret(id: SecretId) -> StreamId {
    StreamId::new(StreamKind::Secret, id)
}

pub(crate) fn change_set(id: ChangeSetId) -> StreamId {
    StreamId::new(StreamKind::ChangeSet, id)
}
