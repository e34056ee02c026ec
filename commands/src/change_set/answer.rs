//! The change set that follows when somebody has edits undone, or decides what is stored in their place.
//!
//! Two streams are written, and the decision comes first: from then on it is certain which edits are undone and by what. The
//! change set that does it follows from the log alone, so whoever appends it appends the same one: who decided does so at once, and
//! a policy does so when they did not come to it.

use bytes::Bytes;
use fieldlog_domain::change_set::{
    ChangeSet, ChangeSetCommand, ChangeSetRecord, ChangeSetRefusal, DeltaFile, ReceiveChangeSet, ReceivedDelta,
};
use fieldlog_domain::{ChangeSetId, Event, ResourceId, StreamId};
use fieldlog_eventlog::{LogError, Receipt};
use thiserror::Error;
use uuid::Uuid;

use super::editable::NotEditable;
use crate::dispatch::{Dispatch, read};
use crate::{App, CommandError, streams};

/// Why edits are not undone, or not replaced.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecisionRefusal {
    /// No edits can go into the project.
    #[error(transparent)]
    NotEditable(#[from] NotEditable),
    /// A rule of the change set.
    #[error(transparent)]
    ChangeSet(#[from] ChangeSetRefusal),
}

const PAGE: usize = 100;

/// All that the log tells of the edits of a change set.
pub(super) async fn record(app: &App, stream: &StreamId) -> Result<ChangeSetRecord, LogError> {
    let (mut record, mut after) = (ChangeSetRecord::default(), 0);
    loop {
        let page = app.log().read_stream(stream, after, PAGE).await?;
        let is_last = page.len() < PAGE;
        for recorded in page {
            after = recorded.sequence;
            if let Event::ChangeSet(event) = read(&recorded)? {
                record.tell(event);
            }
        }
        if is_last {
            return Ok(record);
        }
    }
}

/// Appends the change set with the delta file `by` that follows from a decision about edits of another one, unless it is there.
/// None: nobody decided that.
pub(crate) async fn append_answer(
    command: &Dispatch<'_>,
    project: ResourceId,
    decided: ChangeSetId,
    by: Uuid,
) -> Result<Option<Receipt>, CommandError<ChangeSetRefusal>> {
    let app = command.app();
    let stream = streams::change_set(ChangeSetId::of(project, by));
    if let Some(receipt) = receipt_of(app, &stream).await? {
        return Ok(Some(receipt));
    }
    let record = record(app, &streams::change_set(decided)).await?;
    let Some(answer) = record.answer(by).map_err(CommandError::Refused)? else { return Ok(None) };
    let content = Bytes::from(answer.to_json(project).to_string());
    // What no device could have pushed is not to be in the log.
    let file = DeltaFile::parse(&content).map_err(|bad| CommandError::Damaged(format!("delta file {by}: {bad}")))?;
    let size = content.len() as u64;
    // First the bytes, then the event that names them.
    let blob = app.storage().put_bytes(content).await;
    let blob = blob.map_err(|error| CommandError::Unavailable(error.to_string()))?;
    let origins = answer.deltas.into_iter().map(|(origin, _)| origin);
    let deltas = file.deltas.into_iter().zip(origins).map(|(delta, origin)| ReceivedDelta {
        id: delta.id,
        method: delta.method,
        is_permitted: true,
        content: delta.content,
        origin: Some(origin),
    });
    let receive = ReceiveChangeSet {
        resource: project,
        delta_file: by,
        digest: blob.digest,
        size,
        source: answer.source,
        deltas: deltas.collect(),
    };
    match command.dispatch::<ChangeSet>(&stream, ChangeSetCommand::Receive(receive)).await? {
        Some(receipt) => Ok(Some(receipt)),
        // Somebody else was faster; whoever waits for the receipt is to find the edits.
        None => Ok(receipt_of(app, &stream).await?),
    }
}

/// Where the end of a stream is in the log, as far as it is told here; none when there is no such stream.
async fn receipt_of(app: &App, stream: &StreamId) -> Result<Option<Receipt>, LogError> {
    let events = app.log().read_stream(stream, 0, PAGE).await?;
    Ok(events.last().map(|event| Receipt { position: event.position, sequence: event.sequence }))
}
