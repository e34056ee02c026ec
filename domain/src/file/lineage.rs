//! Which versions of a file were made from which, and so what is left in one of what came into another.

use crate::Sha256Digest;

/// A version of a file, as far as its lineage is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ancestor {
    /// Its bytes.
    pub digest: Sha256Digest,
    /// Where they came from.
    pub origin: Ancestry,
}

/// Where the bytes of a version came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ancestry {
    /// Somebody uploaded them: nobody knows what they were made from, unless an earlier version has the same.
    Uploaded,
    /// A job made them from these, or from nothing.
    Made {
        /// What the job was given.
        from: Option<Sha256Digest>,
    },
    /// They are those of an earlier version, by its place among the versions.
    Restored {
        /// Its place.
        from: usize,
    },
}

/// What is left of what came into an earlier version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remains {
    /// It is there: jobs alone have changed the file since.
    Kept,
    /// Nobody knows: the file has the bytes of an upload, or what jobs made from them since.
    Unknown {
        /// The place of the upload.
        upload: usize,
    },
    /// It is gone: the file is again what it was before.
    Gone {
        /// The place of the version that brought that back; none when later versions were deleted.
        by: Option<usize>,
    },
}

/// The versions that what a file holds was made from.
#[derive(Debug, Clone)]
pub struct Lineage {
    /// Of each version, the earlier one that has the same bytes, or itself.
    same: Vec<usize>,
    is_ancestor: Vec<bool>,
    /// The oldest that is known.
    root: usize,
}

impl Lineage {
    /// Of the version at the place `now` among all `versions` of a file, which are in their order.
    pub fn of(versions: &[Ancestor], now: usize) -> Self {
        let latest = |before: usize, digest: &Sha256Digest| {
            versions[..before].iter().rposition(|version| version.digest == *digest)
        };
        let mut same: Vec<usize> = Vec::with_capacity(versions.len());
        for (place, version) in versions.iter().enumerate() {
            let earlier = match &version.origin {
                Ancestry::Uploaded => latest(place, &version.digest),
                Ancestry::Made { .. } => None,
                Ancestry::Restored { from } => Some(*from).filter(|from| *from < place),
            };
            same.push(earlier.map_or(place, |earlier| same[earlier]));
        }
        let mut is_ancestor = vec![false; versions.len()];
        let mut root = same[now];
        is_ancestor[root] = true;
        while let Ancestry::Made { from: Some(from) } = &versions[root].origin {
            let Some(parent) = latest(root, from) else { break };
            root = same[parent];
            is_ancestor[root] = true;
        }
        Self { same, is_ancestor, root }
    }

    /// What is left of what came into the version at the place `then`.
    pub fn remains_of(&self, then: usize) -> Remains {
        let origin = self.same[then];
        if self.is_ancestor[origin] {
            Remains::Kept
        } else if self.root > then {
            Remains::Unknown { upload: self.root }
        } else {
            let brings_back = |place: &usize| self.same[*place] != *place && self.is_ancestor[self.same[*place]];
            Remains::Gone { by: (then + 1..self.same.len()).rev().find(brings_back) }
        }
    }
}
