//! Everything a job's container printed, from storage.

use std::io::{IsTerminal, Write, stdout};

use anyhow::{Context, Result};
use fieldlog_projections::JobRow;

use super::words::harmless;
use crate::parts;
use crate::settings::Settings;

/// More of a log than workers keep.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Prints the kept log of a job.
pub async fn print(settings: &Settings, row: &JobRow) -> Result<()> {
    let Some(log) = row.log else {
        eprintln!("there is no log of job {}: its container printed nothing that was kept", row.id);
        return Ok(());
    };
    let storage = parts::storage(settings)?;
    let bytes = storage.read_to_bytes(&log, MOST_BYTES).await;
    let bytes = bytes.with_context(|| format!("cannot read the log of job {} from {}", row.id, settings.storage))?;
    let mut out = stdout().lock();
    if !out.is_terminal() {
        out.write_all(&bytes)?;
        return Ok(out.flush()?);
    }
    for line in String::from_utf8_lossy(&bytes).lines() {
        writeln!(out, "{}", harmless(line))?;
    }
    Ok(out.flush()?)
}
