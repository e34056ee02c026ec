//! A value that only the vault can open, and nobody once its key is destroyed.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Personal data, a password hash or a secret, sealed (AEAD) under a data key that lives in the vault.
///
/// Events carry this and never the value. When the key is destroyed the log stays whole and the content is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The data key's id in the vault.
    pub key: Uuid,
    /// Nonce and ciphertext, base64 without padding.
    pub content: String,
}
