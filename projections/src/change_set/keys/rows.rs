//! What is known of the keys that devices' features have in the data.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{AccountId, DeltaId};
use serde_json::{Map, Value};
use uuid::Uuid;

/// What is known of the features that waiting edits are about.
#[derive(Debug, Default)]
pub struct FeatureKeys {
    /// The keys that features of the edits' devices got in the data.
    pub known: Vec<KnownFeature>,
    /// The edits whose feature was deleted by another edit.
    pub deleted: HashMap<DeltaId, DeletedFeature>,
}

/// A feature that a device made or changed, and where it went.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownFeature {
    /// The copy of the project on a device.
    pub client: Uuid,
    /// The layer in that copy.
    pub local_layer: String,
    /// The key in that copy.
    pub local_pk: String,
    /// The key that it got in the data.
    pub modified_pk: String,
    /// Whether it has that still.
    pub belief: Belief,
}

/// Whether a feature still has the key that it got.
#[derive(Debug, Clone, PartialEq)]
pub enum Belief {
    /// It has.
    Believed,
    /// Nobody knows: who has it now is the same feature if it resembles this one.
    Uncertain {
        /// The feature's attributes and geometry as edits of the device left them, as far as that is known.
        after: Map<String, Value>,
        /// Why nobody knows.
        doubt: Doubt,
    },
    /// It has not.
    Lost(Loss),
}

/// Why nobody knows whether a feature still has its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// Somebody uploaded its file anew.
    Uploaded(FileChange),
    /// A job made its file anew.
    Made(FileChange),
    /// Its layer is in another file now.
    Moved {
        /// Where it was.
        from: FilePath,
        /// Where it is.
        to: FilePath,
    },
    /// The log does not tell which file it was written to.
    Untold,
}

/// Why a feature no longer has its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loss {
    /// Its file is again as it was before.
    Restored(FileChange),
    /// The version of its file that it came with was deleted.
    VersionDeleted(FilePath),
    /// Its file was deleted.
    FileDeleted(FilePath),
    /// An edit deleted it.
    Deleted(EditOfFeature),
    /// An edit made another feature that has the key now.
    GivenAway(EditOfFeature),
}

/// Who changed a file, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// The file.
    pub path: FilePath,
    /// None when nobody in particular did.
    pub by: Option<AccountId>,
    /// When.
    pub at: DateTime<Utc>,
}

/// An edit that made or deleted a feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditOfFeature {
    /// Which edit.
    pub delta: DeltaId,
    /// Who pushed it.
    pub by: Option<AccountId>,
    /// When.
    pub at: DateTime<Utc>,
}

/// An edit's feature was deleted by another edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedFeature {
    /// The other edit.
    pub edit: EditOfFeature,
    /// Whether the device cannot have meant a feature that got the key afterwards.
    pub is_certain: bool,
}
