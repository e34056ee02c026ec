//! XChaCha20-Poly1305 and HMAC-SHA256, as the vault uses them.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

/// A key in memory, overwritten when it is dropped.
pub(crate) type Secret = Zeroizing<[u8; 32]>;

const NONCE: usize = 24;

pub(crate) fn random_secret() -> Secret {
    let mut secret = Zeroizing::new([0; 32]);
    OsRng.try_fill_bytes(secret.as_mut()).expect("the system has randomness");
    secret
}

/// A key for one use, from a key for many.
pub(crate) fn derive(key: &[u8; 32], usage: &str) -> Secret {
    Zeroizing::new(keyed_hash(key, &[b"fieldlog vault ", usage.as_bytes()]))
}

pub(crate) fn keyed_hash(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes keys of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// What a sealed value is bound to: it opens nowhere else.
pub(crate) fn bound_to(usage: &str, key: Uuid, subject: Option<Uuid>, purpose: &str) -> Vec<u8> {
    let mut bound = Vec::with_capacity(64 + purpose.len());
    bound.extend_from_slice(usage.as_bytes());
    bound.push(0);
    bound.extend_from_slice(key.as_bytes());
    bound.extend_from_slice(subject.unwrap_or_default().as_bytes());
    bound.extend_from_slice(purpose.as_bytes());
    bound
}

/// Nonce and ciphertext.
pub(crate) fn encrypt(key: &Secret, bound_to: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let mut nonce = [0; NONCE];
    OsRng.try_fill_bytes(&mut nonce).expect("the system has randomness");
    let cipher = XChaCha20Poly1305::new(key.as_slice().into());
    let sealed = cipher.encrypt(XNonce::from_slice(&nonce), Payload { msg: plaintext, aad: bound_to });
    [&nonce[..], &sealed.expect("nothing in memory is too long to encrypt")].concat()
}

/// `None` when key, binding or bytes are not those of [`encrypt`].
pub(crate) fn decrypt(key: &Secret, bound_to: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, ciphertext) = sealed.split_at_checked(NONCE)?;
    let cipher = XChaCha20Poly1305::new(key.as_slice().into());
    let plaintext = cipher.decrypt(XNonce::from_slice(nonce), Payload { msg: ciphertext, aad: bound_to });
    plaintext.ok().map(Zeroizing::new)
}
