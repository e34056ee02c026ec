//! The one key that comes from configuration. It wraps all others and encrypts nothing else.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use rand::TryRngCore;
use rand::rngs::OsRng;
use thiserror::Error;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::cipher::{Secret, derive};
use crate::error::VaultError;

/// 32 random bytes, written as base64.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// A text that is not a master key; it is not repeated, for it may be most of one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotAMasterKey {
    /// Not base64.
    #[error("expected a master key of 32 bytes in base64, found text that is not base64")]
    NotBase64,
    /// Another number of bytes.
    #[error("expected a master key of 32 bytes in base64, found {found} bytes")]
    WrongLength {
        /// How many.
        found: usize,
    },
}

/// Tells master keys apart without telling anything about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint(pub(crate) String);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl MasterKey {
    /// Reads a key from its text: 32 bytes in base64, with or without padding.
    pub fn parse(text: &str) -> Result<Self, NotAMasterKey> {
        let text = text.trim().trim_end_matches('=');
        let bytes = Zeroizing::new(STANDARD_NO_PAD.decode(text).map_err(|_| NotAMasterKey::NotBase64)?);
        let key = bytes.as_slice().try_into().map_err(|_| NotAMasterKey::WrongLength { found: bytes.len() })?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// A new random key.
    pub fn generate() -> Self {
        let mut key = Zeroizing::new([0; 32]);
        OsRng.try_fill_bytes(key.as_mut()).expect("the system has randomness");
        Self(key)
    }

    /// The key in the file at `path`, which is made (readable by its owner only) when it is not there.
    ///
    /// Of several processes that make it at once all get the same key.
    pub fn from_file_or_create(path: &Path) -> Result<Self, VaultError> {
        let failed = |error: io::Error| VaultError::MasterKeyFile { path: path.into(), problem: error.to_string() };
        match fs::read_to_string(path) {
            Ok(text) => Self::from_file(path, text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Self::generate().create_file(path).map_err(failed)?;
                // Another process may have been first; what is in the file counts.
                Self::from_file(path, fs::read_to_string(path).map_err(failed)?)
            }
            Err(error) => Err(failed(error)),
        }
    }

    fn from_file(path: &Path, text: String) -> Result<Self, VaultError> {
        let text = Zeroizing::new(text);
        let failed = |problem: String| VaultError::MasterKeyFile { path: path.into(), problem };
        let mode = fs::metadata(path).map_err(|error| failed(error.to_string()))?.permissions().mode();
        if mode & 0o077 != 0 {
            // Not refused: mounted secrets often look like this.
            tracing::warn!(path = %path.display(), mode = format!("{:o}", mode & 0o777), "others may read the master key");
        }
        Self::parse(&text).map_err(|error| failed(error.to_string()))
    }

    /// Written whole under another name first, then linked: the file is never seen half.
    fn create_file(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let staged = folder.join(format!(".master-key-{}", Uuid::new_v4()));
        let written = (|| {
            let mut file = File::options().write(true).create_new(true).mode(0o600).open(&staged)?;
            let text = Zeroizing::new(STANDARD.encode(self.0.as_slice()) + "\n");
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            match fs::hard_link(&staged, path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                other => other,
            }
        })();
        fs::remove_file(&staged).or_else(|error| if written.is_err() { Ok(()) } else { Err(error) })?;
        written?;
        File::open(folder)?.sync_all()
    }

    /// What this key is called in messages and in the vault.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(hex::encode(&derive(&self.0, "fingerprint")[..8]))
    }

    /// What data keys are wrapped with.
    pub(crate) fn wrapping_key(&self) -> Secret {
        derive(&self.0, "wrapping")
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.fingerprint())
    }
}
