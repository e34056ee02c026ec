//! What a container says of a transaction that it is about to commit in a database, and what it is told of earlier ones.

use bytes::Bytes;
use fieldlog_domain::Sha256Digest;
use fieldlog_domain::job::DatabaseCommit;
use serde::Deserialize;
use serde_json::{Value, json};

use super::apply_deltas::outcomes;

/// The folder in the job directory.
pub(super) const FOLDER: &str = "commits";
/// The most characters of a name: they are in the log for ever.
const LONGEST_NAME: usize = 200;

/// A transaction that a container is about to commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Announcement {
    /// See [`DatabaseCommit::database`].
    pub(crate) database: String,
    /// See [`DatabaseCommit::transaction`].
    pub(crate) transaction: String,
    /// See [`DatabaseCommit::outcomes`].
    pub(crate) outcomes: Bytes,
}

#[derive(Deserialize)]
struct Written {
    database: String,
    transaction: String,
    outcomes: Vec<Value>,
}

impl Announcement {
    /// What the container wrote; or why that is no announcement.
    pub(crate) fn read(json: &[u8]) -> Result<Self, String> {
        let Written { database, transaction, outcomes: items } =
            serde_json::from_slice(json).map_err(|error| format!("expected an announced commit: {error}"))?;
        for (what, name) in [("database", &database), ("transaction", &transaction)] {
            if name.is_empty() || name.chars().count() > LONGEST_NAME {
                let found = name.chars().count();
                return Err(format!("expected a {what} of 1 to {LONGEST_NAME} characters, found {found}"));
            }
        }
        Ok(Self { database, transaction, outcomes: outcomes(items) })
    }
}

/// What a container is told of earlier announcements: the list, and the files with what came of their edits.
pub(super) fn earlier(commits: &[DatabaseCommit]) -> (Bytes, Vec<(String, Sha256Digest)>) {
    let name = |number: usize| format!("earlier-{}.json", number + 1);
    let told = |(number, commit): (usize, &DatabaseCommit)| json!({ "database": commit.database, "transaction": commit.transaction, "outcomes": name(number) });
    let list: Vec<Value> = commits.iter().enumerate().map(told).collect();
    let files =
        commits.iter().enumerate().map(|(number, commit)| (format!("{FOLDER}/{}", name(number)), commit.outcomes));
    (json!({ "commits": list }).to_string().into(), files.collect())
}
