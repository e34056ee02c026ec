//! When somebody had edits undone or replaced, the change set that does it follows. Who decided appends it at once; this is for
//! when they did not come to it.

use fieldlog_domain::change_set::ChangeSetEvent;
use fieldlog_domain::{ChangeSetId, Event};

use super::occasion::{Later, Occasion, answered};
use crate::CommandError;
use crate::change_set::append_answer;

pub(super) async fn react(occasion: &Occasion<'_>) -> Result<(), Later> {
    let Event::ChangeSet(
        ChangeSetEvent::DeltasUndone { resource, delta_file, by, .. }
        | ChangeSetEvent::DeltasReplaced { resource, delta_file, by, .. },
    ) = occasion.event
    else {
        return Ok(());
    };
    let command = occasion.command_of_doer("append answer when edits decided")?.about(*resource);
    let decided = ChangeSetId::of(*resource, *delta_file);
    match append_answer(&command, *resource, decided, *by).await {
        // Waiting for what cannot be read would hold up every other policy for ever.
        Err(CommandError::Damaged(why)) => {
            tracing::error!(%by, why, "a change set does not follow from its decision");
            Ok(())
        }
        answer => answered(answer).map(|_| ()),
    }
}
