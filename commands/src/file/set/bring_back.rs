//! Brings a set to what it was when one of its files held an earlier version.

use std::collections::BTreeMap;

use fieldlog_domain::file::{File, FileCommand, FileRefusal, Held, Onto, Part, SetAside};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{FileId, ResourceId, VersionId};
use fieldlog_eventlog::Receipt;

use super::history::SetHistory;
use super::settle::{current, set_aside};
use super::{Member, mains_of, members_of};
use crate::dispatch::Dispatch;
use crate::{CommandError, streams};

/// What the other files of a set held when one of them held an earlier version.
pub(in crate::file) struct Earlier {
    set: SetHistory,
    others: BTreeMap<FileId, Option<Held>>,
}

/// Returns the versions of the other files in the set of `path` at the time of `version`; `None` if `path` belongs to no set.
///
/// Refused for logs and indexes, which follow their file, and when a part that is needed is no longer kept.
pub(in crate::file) async fn earlier(
    command: &Dispatch<'_>,
    resource: ResourceId,
    path: &FilePath,
    version: VersionId,
) -> Result<Option<Earlier>, CommandError<FileRefusal>> {
    let app = command.app();
    let main = match mains_of(app, resource, path).await?.into_iter().next() {
        Some((main, Part::Journal | Part::Index)) => {
            return Err(CommandError::Refused(FileRefusal::NotAlone { path: path.clone(), main }));
        }
        Some((_, Part::Description)) => return Ok(None),
        Some((main, Part::Needed)) => main,
        None if members_of(app, resource, path).await?.is_empty() => return Ok(None),
        None => path.clone(),
    };
    let set = SetHistory::read(app, resource, &main).await?;
    let file = FileId::of(resource, path);
    let Some(sitting) = set.sittings.last_with(file, version) else { return Ok(None) };
    let held = set.sittings.at_the_end_of(sitting);
    let files = set.members.iter().map(|member| member.file).chain([set.file]).filter(|other| *other != file);
    let others: BTreeMap<_, _> = files.map(|other| (other, held.get(&other).copied())).collect();
    for member in set.members.iter().filter(|member| matches!(member.part, Part::Needed | Part::Journal)) {
        if let Some(Some(held)) = others.get(&member.file)
            && set.again(*held, held.version, Onto::Whatever).is_none()
        {
            return Err(CommandError::Refused(FileRefusal::PartNotKept { path: member.path.clone(), version }));
        }
    }
    Ok(Some(Earlier { set, others }))
}

/// Brings the other files back to what they held.
pub(in crate::file) async fn bring_back(
    command: &Dispatch<'_>,
    resource: ResourceId,
    earlier: &Earlier,
) -> Result<Option<Receipt>, CommandError<FileRefusal>> {
    let Earlier { set, others } = earlier;
    let main = Member { path: set.main.clone(), file: set.file, part: Part::Needed };
    let mut receipt = None;
    for member in set.members.iter().chain([&main]) {
        let Some(wanted) = others.get(&member.file) else { continue };
        let now = current(command, member.file).await?;
        let brought = match (wanted, now) {
            // A log counts when it came with its database.
            (Some(wanted), Some(now)) if wanted.digest == now.digest && is_data(member) => None,
            (Some(wanted), _) => put(command, set, member, *wanted).await?,
            (None, Some(now)) if is_of_this_set_alone(command, resource, member).await? => {
                let because = SetAside::GoneWith { main: set.main.clone() };
                set_aside(command, member, now.version, because).await?
            }
            (None, _) => None,
        };
        receipt = brought.or(receipt);
    }
    Ok(receipt)
}

fn is_data(member: &Member) -> bool {
    matches!(member.part, Part::Needed | Part::Description)
}

async fn is_of_this_set_alone(
    command: &Dispatch<'_>,
    resource: ResourceId,
    member: &Member,
) -> Result<bool, CommandError<FileRefusal>> {
    Ok(mains_of(command.app(), resource, &member.path).await?.len() <= 1)
}

async fn put(
    command: &Dispatch<'_>,
    set: &SetHistory,
    member: &Member,
    wanted: Held,
) -> Result<Option<Receipt>, CommandError<FileRefusal>> {
    let stream = streams::file(member.file);
    let version = VersionId(command.derive(&format!("back {}", member.file)));
    let restore = FileCommand::RestoreVersion { version, restored: wanted.version };
    match command.step("back ").dispatch::<File>(&stream, restore).await {
        // The file was deleted or set aside since.
        Err(CommandError::Refused(FileRefusal::NoSuchFile | FileRefusal::NoSuchVersion(_))) => {}
        answer => return answer,
    }
    let Some(again) = set.again(wanted, version, Onto::Whatever) else { return Ok(None) };
    command.step("back ").dispatch::<File>(&stream, FileCommand::AddVersion(again)).await
}
