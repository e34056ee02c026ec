//! What a client sends with every request.

use std::fmt;

use fieldlog_domain::Sha256Digest;
use rand::Rng;
use rand::distr::Alphanumeric;
use zeroize::Zeroizing;

/// How many characters a token has.
const LENGTH: usize = 100;

/// What a client sends with every request: 100 random letters and digits. Fieldlog keeps its SHA-256 only.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// A new one that nobody can guess.
    pub fn random() -> Self {
        Self(Zeroizing::new(rand::rng().sample_iter(Alphanumeric).take(LENGTH).map(char::from).collect()))
    }

    /// One that was made before.
    pub fn known(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// As it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// By which it is known again.
    pub fn digest(&self) -> Sha256Digest {
        Sha256Digest::of(self.0.as_bytes())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}
