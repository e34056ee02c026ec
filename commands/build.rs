//! Names the shape of the aggregates' states by the sources they come from, so that no snapshot outlives its shape.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let domain = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../domain/src");
    println!("cargo::rerun-if-changed={}", domain.display());
    let mut sources = Vec::new();
    collect(&domain, &mut sources)?;
    sources.sort();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for source in sources {
        hash = fs::read(source)?
            .into_iter()
            .fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    }
    println!("cargo::rustc-env=FIELDLOG_DOMAIN_SCHEMA={hash:016x}");
    Ok(())
}

fn collect(folder: &Path, sources: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => collect(&path, sources)?,
            false => sources.push(path),
        }
    }
    Ok(())
}
