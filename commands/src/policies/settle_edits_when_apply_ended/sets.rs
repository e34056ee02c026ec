//! Whether the files that a job wrote still lie among the files that it knew.

use std::collections::BTreeMap;

use fieldlog_domain::file::{File, Part};
use fieldlog_domain::job::RemovedInput;
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{FileId, Sha256Digest};

use super::super::occasion::Later;
use super::{Ended, Made, outcomes};
use crate::file::{mains_of, members_of};
use crate::streams;

/// Whether what the job did away with, and every half and every log that belongs to what it made, is what the job was given.
///
/// A log that came meanwhile was made for the file as it was before, and would damage what the job made of it.
pub(super) async fn are_as_given(
    ended: &Ended<'_>,
    files: &[Made<'_>],
    removed: &[RemovedInput],
) -> Result<bool, Later> {
    for removed in removed {
        if current(ended, FileId::of(ended.resource, &removed.path)).await? != Some(removed.digest) {
            return Ok(false);
        }
    }
    let app = ended.occasion.app;
    let mut others = BTreeMap::new();
    for made in files {
        let belongs_to = mains_of(app, ended.resource, &made.path).await?.into_iter().map(|(main, _)| main);
        for main in belongs_to.chain([made.path.clone()]) {
            let members = members_of(app, ended.resource, &main).await?;
            let halves = members.into_iter().filter(|member| matches!(member.part, Part::Needed | Part::Journal));
            others.extend(halves.map(|member| (member.file, member.path)));
            others.insert(FileId::of(ended.resource, &main), main);
        }
    }
    others.retain(|file, _| files.iter().all(|made| made.file != *file));
    if others.is_empty() {
        return Ok(true);
    }
    let Some(given) = given(ended).await? else { return Ok(false) };
    for (file, path) in others {
        if current(ended, file).await? != given.get(&path.key()).copied() {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn current(ended: &Ended<'_>, file: FileId) -> Result<Option<Sha256Digest>, Later> {
    let look = |known: &File, _| known.current().map(|(_, known)| known.digest);
    Ok(ended.occasion.app.fresh::<File, _>(&streams::file(file), look).await?)
}

/// The bytes of each file that the job was given, by the form of its path in which two paths collide.
async fn given(ended: &Ended<'_>) -> Result<Option<BTreeMap<String, Sha256Digest>>, Later> {
    let Some(list) = ended.occasion.view().await?.job(ended.job)?.and_then(|row| row.inputs) else { return Ok(None) };
    let inputs = outcomes::inputs_of(ended.occasion.app.storage(), &list).await?;
    let by_key = |path: &FilePath| path.key();
    Ok(inputs.map(|inputs| inputs.files.iter().map(|file| (by_key(&file.path), file.digest)).collect()))
}
