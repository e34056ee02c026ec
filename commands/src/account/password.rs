//! A password somebody typed.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

/// A password somebody typed: never printed, wiped from memory after use.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// Why a text is no password for a new credential. It never quotes the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadPassword {
    /// Too easy to guess.
    #[error("a password has at least {MIN_CHARACTERS} characters, found {0}")]
    TooShort(usize),
    /// Longer than anybody types.
    #[error("a password has at most {MAX_BYTES} bytes, found {0}")]
    TooLong(usize),
    /// It is the account's name or mail address.
    #[error("a password is not the name or the mail address of its account")]
    SameAsName,
}

const MIN_CHARACTERS: usize = 8;
const MAX_BYTES: usize = 1024;

impl Password {
    /// Takes what somebody typed, whatever it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The bytes that are hashed.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether nobody could have set it, so that it need not be compared.
    pub(crate) fn is_too_long(&self) -> bool {
        self.0.len() > MAX_BYTES
    }

    /// Whether it may become somebody's password, whose names these are.
    pub fn check(&self, names: &[&str]) -> Result<(), BadPassword> {
        let characters = self.0.chars().count();
        if characters < MIN_CHARACTERS {
            return Err(BadPassword::TooShort(characters));
        }
        if self.is_too_long() {
            return Err(BadPassword::TooLong(self.0.len()));
        }
        if names.iter().any(|name| name.to_lowercase() == self.0.to_lowercase()) {
            return Err(BadPassword::SameAsName);
        }
        Ok(())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}
