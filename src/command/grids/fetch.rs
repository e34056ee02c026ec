//! `fieldlog grids fetch`.

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{ArgGroup, Args};
use indicatif::{ProgressBar, ProgressStyle};

use super::area::Area;
use super::download::download;
use super::folder::Folder;
use super::index::{Entry, Index};
use super::name::GridName;
use super::size;
use super::source::{PROJ, Source};
use crate::settings::Settings;

/// Which grids, and from where.
#[derive(Args)]
#[command(group = ArgGroup::new("which").required(true).multiple(false))]
pub struct FetchArgs {
    /// Grids by name, for example de_adv_BETA2007.tif
    #[arg(value_name = "NAME", group = "which")]
    names: Vec<GridName>,
    /// All grids that apply anywhere in this box, in degrees
    #[arg(long, value_name = "W,S,E,N", group = "which", allow_hyphen_values = true)]
    area: Option<Area>,
    /// All grids there are
    #[arg(long, group = "which")]
    all: bool,
    /// A server laid out like PROJ's: files.geojson and the files it names
    #[arg(long, value_name = "URL", default_value = PROJ)]
    from: String,
}

/// Runs it. What is there already, byte for byte, is not fetched again.
pub async fn run(settings: &Settings, args: FetchArgs) -> Result<ExitCode> {
    let source = Source::at(&args.from)?;
    let bytes = source.index().await?;
    let index = Index::read(&bytes).with_context(|| format!("the index at {} is wrong", args.from))?;
    let wanted = args.wanted(&index)?;
    let folder = Folder::at(&settings.grids);
    folder.make()?;
    folder.keep_index(&bytes)?;
    let all: u64 = wanted.iter().map(|entry| entry.size).sum();
    println!("{} grids, {} in all, into {}", wanted.len(), size(all), folder.path().display());
    let mut failed = 0;
    for entry in wanted {
        match fetch(&source, &folder, entry).await {
            Ok(how) => println!("{:<40} {:>10}  {how}", entry.name, size(entry.size)),
            Err(error) => {
                failed += 1;
                eprintln!("{}: {error:#}", entry.name);
            }
        }
    }
    if failed > 0 {
        eprintln!("{failed} grids could not be fetched; the same command goes on where it broke off");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

impl FetchArgs {
    fn wanted<'i>(&self, index: &'i Index) -> Result<Vec<&'i Entry>> {
        match &self.area {
            Some(area) => Ok(index.within(area)),
            None if self.all => Ok(index.all()),
            None => index.named(&self.names),
        }
    }
}

/// Fetches one grid, unless it is there; says what was done.
async fn fetch(source: &Source, folder: &Folder, entry: &Entry) -> Result<&'static str> {
    let found = folder.digest_of(&entry.name)?;
    if found == Some(entry.digest) {
        return Ok("is there already");
    }
    let bar = bar(entry);
    let done = download(source, folder, entry, &|bytes| bar.set_position(bytes)).await;
    bar.finish_and_clear();
    done?;
    Ok(if found.is_some() { "fetched, another file was in its place" } else { "fetched" })
}

/// Drawn on a terminal only.
fn bar(entry: &Entry) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{prefix} [{bar:24}] {bytes} of {total_bytes}, {bytes_per_sec}");
    let bar = ProgressBar::new(entry.size).with_prefix(entry.name.to_string());
    match style {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}
