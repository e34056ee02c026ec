//! `fieldlog grids list`.

use std::io::{BufWriter, Write, stdout};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use fieldlog_domain::Sha256Digest;
use serde_json::json;

use super::folder::Folder;
use super::index::Index;
use super::kind::Kind;
use super::name::GridName;
use super::size;
use super::source::Source;
use crate::settings::Settings;

/// What is listed.
#[derive(Args)]
pub struct ListArgs {
    /// Ask this server's index, for example https://cdn.proj.org [default: the index that was fetched last]
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// What PROJ's index says of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Known,
    Differs,
    Unknown,
    NoIndex,
}

impl Standing {
    fn word(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Differs => "differs",
            Self::Unknown => "unknown",
            Self::NoIndex => "no_index",
        }
    }

    fn told(self) -> &'static str {
        match self {
            Self::Known => "in PROJ's index",
            Self::Differs => "in PROJ's index, with other bytes",
            Self::Unknown => "not in PROJ's index",
            Self::NoIndex => "",
        }
    }
}

/// Runs it.
pub async fn run(settings: &Settings, args: ListArgs) -> Result<ExitCode> {
    let folder = Folder::at(&settings.grids);
    let index = match &args.from {
        Some(from) => {
            let bytes = Source::at(from)?.index().await?;
            Some(Index::read(&bytes).with_context(|| format!("the index at {from} is wrong"))?)
        }
        None => folder.index()?,
    };
    let grids = folder.grids()?;
    let mut out = BufWriter::new(stdout().lock());
    for (name, bytes) in &grids {
        let kind = Kind::of(&folder.path_of(name))?.map(Kind::name);
        let digest = folder.digest_of(name)?;
        let standing = standing(index.as_ref(), name, digest);
        if args.json {
            let index = standing.word();
            writeln!(
                out,
                "{}",
                json!({ "name": name.as_str(), "size": bytes, "kind": kind, "sha256": digest, "index": index })
            )?;
        } else {
            let kind = kind.unwrap_or("no grid");
            writeln!(out, "{name:<40} {:>10}  {kind:<8} {}", size(*bytes), standing.told())?;
        }
    }
    if !args.json {
        let all: u64 = grids.iter().map(|(_, bytes)| bytes).sum();
        writeln!(out, "{} grids, {} in all, in {}", grids.len(), size(all), folder.path().display())?;
        if index.is_none() {
            writeln!(out, "no index was fetched yet: --from https://cdn.proj.org tells which of them PROJ knows")?;
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn standing(index: Option<&Index>, name: &GridName, digest: Option<Sha256Digest>) -> Standing {
    let Some(index) = index else { return Standing::NoIndex };
    match index.find(name) {
        None => Standing::Unknown,
        Some(entry) if Some(entry.digest) == digest => Standing::Known,
        Some(_) => Standing::Differs,
    }
}
