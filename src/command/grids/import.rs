//! `fieldlog grids import`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use super::folder::{Folder, digest_of};
use super::kind::Kind;
use super::name::GridName;
use super::size;
use crate::settings::Settings;

/// Which files.
#[derive(Args)]
pub struct ImportArgs {
    /// Grids, or folders with grids: what is no grid in a folder is passed over
    #[arg(value_name = "FILE|DIR", required = true)]
    paths: Vec<PathBuf>,
    /// Put a grid in the place of another one with the same name
    #[arg(long)]
    force: bool,
}

/// Runs it.
pub fn run(settings: &Settings, args: ImportArgs) -> Result<ExitCode> {
    let folder = Folder::at(&settings.grids);
    folder.make()?;
    let mut counts = Counts::default();
    for path in &args.paths {
        let found = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()));
        match found {
            Ok(found) if found.is_dir() => take_all(&folder, path, args.force, &mut counts)?,
            Ok(_) => counts.add(path, take(&folder, path, args.force)),
            Err(error) => counts.add(path, Err(error)),
        }
    }
    if counts.passed_over > 0 {
        println!("passed over {} files that are no grids", counts.passed_over);
    }
    if counts.taken == 0 && counts.failed == 0 {
        eprintln!("expected grids (GeoTIFF, NTv2 or GTX), found none");
        return Ok(ExitCode::FAILURE);
    }
    Ok(if counts.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[derive(Default)]
struct Counts {
    taken: usize,
    failed: usize,
    passed_over: usize,
}

impl Counts {
    fn add(&mut self, path: &Path, done: Result<String>) {
        match done {
            Ok(said) => {
                self.taken += 1;
                println!("{said}");
            }
            Err(error) => {
                self.failed += 1;
                eprintln!("{}: {error:#}", path.display());
            }
        }
    }
}

/// Takes every grid of a folder and the folders in it. Links to folders are not followed: they may lead in circles.
fn take_all(folder: &Folder, dir: &Path, force: bool, counts: &mut Counts) -> Result<()> {
    let unreadable = || format!("cannot read the folder {}", dir.display());
    let mut paths: Vec<_> = fs::read_dir(dir)
        .with_context(unreadable)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()
        .with_context(unreadable)?;
    paths.sort();
    for path in paths {
        if fs::symlink_metadata(&path).is_ok_and(|found| found.is_dir()) {
            take_all(folder, &path, force, counts)?;
            continue;
        }
        let is_grid = path.is_file() && matches!(Kind::of(&path), Ok(Some(_)) | Err(_));
        match is_grid {
            true => counts.add(&path, take(folder, &path, force)),
            false => counts.passed_over += 1,
        }
    }
    Ok(())
}

/// Takes one grid; says what was done.
fn take(folder: &Folder, path: &Path, force: bool) -> Result<String> {
    ensure!(path.is_file(), "expected a file, found something else");
    let Some(kind) = Kind::of(path)? else {
        bail!("expected a transformation grid (GeoTIFF, NTv2 or GTX), found something else");
    };
    let name: GridName = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default().parse()?;
    let (digest, bytes) = (digest_of(path)?, fs::metadata(path)?.len());
    let said = |how: &str| format!("{name:<40} {:>10}  {how} ({})", size(bytes), kind.name());
    match folder.digest_of(&name)? {
        Some(found) if found == digest => return Ok(said("is there already")),
        Some(found) if !force => {
            bail!(
                "expected no other {name} in {}, found one with the SHA-256 {found}; --force puts this one in its place",
                folder.path().display()
            )
        }
        Some(_) | None => {}
    }
    let mut part = folder.part_of(&name)?;
    part.file.set_len(0)?;
    io::copy(&mut File::open(path)?, &mut part.file)?;
    // Somebody may have written to it meanwhile.
    let copied = part.digest()?;
    if copied != digest {
        part.throw_away()?;
        bail!("expected the SHA-256 {digest}, as a moment ago, found {copied}");
    }
    folder.finish(part, &name)?;
    Ok(said("imported"))
}
