//! One grid from a server into the folder: whole and verified, or not at all; what came before it broke off is kept.

use std::io::{Seek, SeekFrom, Write};
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow, bail, ensure};
use futures::StreamExt;
use reqwest::{Response, StatusCode, header};

use super::folder::{Folder, Part};
use super::index::Entry;
use super::source::{Source, may_pass};

/// How often it is tried in a row without getting further than ever before.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(300);

/// Why a part is not whole yet.
enum Stopped {
    /// It may go on another time.
    BrokenOff(Error),
    /// It cannot be had.
    Never(Error),
}

/// Fetches a grid; `tell` hears how many bytes of it there are.
pub async fn download(source: &Source, folder: &Folder, entry: &Entry, tell: &dyn Fn(u64)) -> Result<()> {
    let mut part = folder.part_of(&entry.name)?;
    let was_begun = part.len()? > 0;
    fill(source, &mut part, entry, tell).await?;
    let mut found = part.digest()?;
    if found != entry.digest && was_begun {
        // What was begun earlier may be the beginning of something else.
        part.keep_first(0)?;
        fill(source, &mut part, entry, tell).await?;
        found = part.digest()?;
    }
    if found != entry.digest {
        part.throw_away()?;
        bail!("expected the SHA-256 {}, as in the index, found {found}; it was thrown away", entry.digest);
    }
    folder.finish(part, &entry.name)
}

/// Fetches until it is as long as it should be.
async fn fill(source: &Source, part: &mut Part, entry: &Entry, tell: &dyn Fn(u64)) -> Result<()> {
    let (mut failures, mut furthest) = (0, part.len()?);
    loop {
        let why = match go_on(source, part, entry, tell).await {
            Ok(()) => return Ok(()),
            Err(Stopped::Never(why)) => return Err(why),
            Err(Stopped::BrokenOff(why)) => why,
        };
        let have = part.len()?;
        failures = if have > furthest { 1 } else { failures + 1 };
        furthest = furthest.max(have);
        if failures >= TRIES {
            return Err(why.context(format!("it broke off at byte {furthest} of {}", entry.size)));
        }
        tokio::time::sleep(PAUSE * failures).await;
    }
}

/// Fetches what is not there yet.
async fn go_on(source: &Source, part: &mut Part, entry: &Entry, tell: &dyn Fn(u64)) -> Result<(), Stopped> {
    let never = Stopped::Never;
    let mut have = part.len().map_err(never)?;
    if have > entry.size {
        part.keep_first(0).map_err(never)?;
        have = 0;
    }
    if have == entry.size && have > 0 {
        return Ok(());
    }
    let url = source.address_of(entry).map_err(never)?;
    let broken = |error: reqwest::Error| Stopped::BrokenOff(Error::new(error));
    let response = source.get(&url, have).await.map_err(broken)?;
    let status = response.status();
    have = match status {
        StatusCode::PARTIAL_CONTENT if begins_at(&response, have) => have,
        StatusCode::OK => 0,
        // What is there is not the beginning of what the server has.
        StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
            part.keep_first(0).map_err(never)?;
            return Err(Stopped::BrokenOff(anyhow!("expected bytes from {have} on at {url}, found others")));
        }
        status if may_pass(status) => return Err(Stopped::BrokenOff(anyhow!("expected {url}, found {status}"))),
        status => return Err(never(anyhow!("expected {url}, found {status}"))),
    };
    part.keep_first(have).map_err(never)?;
    let mut body = response.bytes_stream();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(broken)?;
        have += chunk.len() as u64;
        part.add(&chunk, have, entry).map_err(never)?;
        tell(have);
    }
    match have == entry.size {
        true => Ok(()),
        false => Err(Stopped::BrokenOff(anyhow!("expected {} bytes of {url}, found {have}", entry.size))),
    }
}

fn begins_at(response: &Response, byte: u64) -> bool {
    let range = response.headers().get(header::CONTENT_RANGE).and_then(|range| range.to_str().ok());
    range.is_some_and(|range| range.trim().starts_with(&format!("bytes {byte}-")))
}

impl Part {
    fn len(&self) -> Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Leaves its first bytes, after which the next ones go.
    fn keep_first(&mut self, bytes: u64) -> Result<()> {
        self.file.set_len(bytes)?;
        self.file.seek(SeekFrom::Start(bytes))?;
        Ok(())
    }

    /// Adds some bytes, with which it has `have`.
    fn add(&mut self, bytes: &[u8], have: u64, entry: &Entry) -> Result<()> {
        if have > entry.size {
            self.keep_first(0)?;
        }
        ensure!(have <= entry.size, "expected {} bytes, as in the index, found more", entry.size);
        self.file.write_all(bytes).context("cannot write it")
    }
}
