//! Who goes into the field: the surveyor, and a crew with an account and a session each.

use std::path::PathBuf;
use std::time::Instant;

use fieldlog_eventlog::sqlite::{SqliteLog, SqliteOptions};

use super::{SHAPE, Seed, accounts, finish, kept, tell};

/// People of the crew, numbered from 1; the surveyor is 0.
pub const SIZE: u64 = 100;

/// The account name of one of them.
pub fn name(number: u64) -> String {
    accounts::person_name(number)
}

/// The token of one of them.
pub fn token(number: u64) -> String {
    super::token(number)
}

/// The data folder, its read model built, made now when it is not there. Whoever wants to write into it copies it.
pub async fn folder() -> PathBuf {
    kept(&format!("seed-{SHAPE}-crew-{SIZE}"), write).await
}

async fn write(folder: PathBuf) {
    let began = Instant::now();
    let log = SqliteLog::open(folder.join("log.sqlite"), SqliteOptions::default()).expect("a new log opens");
    tell(&log, SIZE + 1, |number| accounts::person(Seed::SMALL, number)).await;
    finish(&folder, log, began).await;
}
