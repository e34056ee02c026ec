//! Reads from the log what the files of a set held, and who put it there.

use std::collections::{BTreeMap, BTreeSet};

use fieldlog_domain::file::{AddFileVersion, By, FileEvent, Held, Onto, Sittings, Step, VersionSource};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{CommandId, Event, FileId, ResourceId, VersionId};
use fieldlog_eventlog::{LogError, RecordedEvent};

use super::{Member, members_of};
use crate::dispatch::read;
use crate::{App, streams};

const PAGE: usize = 500;

/// A main file and what belongs to it, with all that they ever held.
pub(super) struct SetHistory {
    pub(super) main: FilePath,
    pub(super) file: FileId,
    pub(super) members: Vec<Member>,
    pub(super) sittings: Sittings,
    contents: BTreeMap<VersionId, Content>,
}

/// What a version was made with.
struct Content {
    added: AddFileVersion,
    is_purged: bool,
}

impl SetHistory {
    pub(super) async fn read(app: &App, resource: ResourceId, main: &FilePath) -> Result<Self, LogError> {
        let (file, members) = (FileId::of(resource, main), members_of(app, resource, main).await?);
        let mut events = vec![];
        for file in members.iter().map(|member| member.file).chain([file]) {
            events.extend(events_of(app, file).await?);
        }
        events.sort_by_key(|(_, recorded, _)| recorded.position);
        let restoring: BTreeSet<CommandId> = events
            .iter()
            .filter(|(_, _, event)| {
                matches!(event, FileEvent::FileVersionRestored { .. } | FileEvent::FileVersionDeleted { .. })
            })
            .map(|(_, recorded, _)| recorded.metadata.command_id)
            .collect();
        let mut reading = Reading::default();
        let mut steps = vec![];
        for (file, recorded, event) in &events {
            let by = by(recorded, event, &restoring);
            if reading.see(*file, event) {
                steps.push(Step { file: *file, at: recorded.recorded_at, by, held: reading.current(*file) });
            }
        }
        let sittings = Sittings::of(steps);
        Ok(Self { main: main.clone(), file, members, sittings, contents: reading.contents })
    }

    /// The same bytes as a new version, to be put where nothing is, or in the place of anything; none when they may be gone.
    pub(super) fn again(&self, held: Held, version: VersionId, onto: Onto) -> Option<AddFileVersion> {
        let content = self.contents.get(&held.version).filter(|content| !content.is_purged)?;
        Some(AddFileVersion { version, onto, source: VersionSource::Upload, ..content.added.clone() })
    }
}

/// The versions of each file, as far as the log was read.
#[derive(Default)]
struct Reading {
    contents: BTreeMap<VersionId, Content>,
    whole: BTreeMap<FileId, Vec<VersionId>>,
}

impl Reading {
    /// Takes an event in. `false`: it changes nothing of what the path holds.
    fn see(&mut self, file: FileId, event: &FileEvent) -> bool {
        let whole = self.whole.entry(file).or_default();
        match event.clone() {
            FileEvent::FileVersionAdded { resource, path, version, digest, md5, etag, size, media_type, source } => {
                let onto = Onto::Whatever;
                let added =
                    AddFileVersion { resource, path, version, digest, md5, etag, size, media_type, source, onto };
                self.contents.insert(version, Content { added, is_purged: false });
                whole.push(version);
            }
            FileEvent::FileVersionRestored { version, restored } => {
                if let Some(content) = self.contents.get(&restored) {
                    let added = AddFileVersion { version, ..content.added.clone() };
                    self.contents.insert(version, Content { added, is_purged: false });
                    whole.push(version);
                }
            }
            FileEvent::FileVersionDeleted { version } => whole.retain(|known| *known != version),
            FileEvent::FileDeleted { .. } => whole.clear(),
            FileEvent::FileVersionPurged { version } => {
                if let Some(content) = self.contents.get_mut(&version) {
                    content.is_purged = true;
                }
                return false;
            }
        }
        true
    }

    fn current(&self, file: FileId) -> Option<Held> {
        let version = *self.whole.get(&file)?.last()?;
        Some(Held { version, digest: self.contents.get(&version)?.added.digest })
    }
}

fn by(recorded: &RecordedEvent, event: &FileEvent, restoring: &BTreeSet<CommandId>) -> By {
    match event {
        FileEvent::FileDeleted { because: Some(_) } => By::Following,
        _ if restoring.contains(&recorded.metadata.command_id) => By::Restoring(recorded.metadata.command_id),
        FileEvent::FileVersionAdded { source: VersionSource::Job { job }, .. } => By::Job(*job),
        _ => By::Person(recorded.metadata.actor.account()),
    }
}

async fn events_of(app: &App, file: FileId) -> Result<Vec<(FileId, RecordedEvent, FileEvent)>, LogError> {
    let (stream, mut events, mut after) = (streams::file(file), vec![], 0);
    loop {
        let page = app.log().read_stream(&stream, after, PAGE).await?;
        let is_last = page.len() < PAGE;
        for recorded in page {
            after = recorded.sequence;
            if let Event::File(event) = read(&recorded)? {
                events.push((file, recorded, event));
            }
        }
        if is_last {
            return Ok(events);
        }
    }
}
