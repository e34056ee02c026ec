//! argon2id, off the async threads and never too many at once.

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::account::Password;

/// How hard a password hash is to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordHashing {
    /// KiB of memory.
    pub memory_kib: u32,
    /// Passes over it.
    pub iterations: u32,
    /// How many hashes are computed at once; the others wait.
    pub at_once: usize,
}

impl Default for PasswordHashing {
    /// What OWASP recommends: 19 MiB, two passes, one lane.
    fn default() -> Self {
        let at_once = std::thread::available_parallelism().map_or(2, usize::from);
        Self { memory_kib: 19 * 1024, iterations: 2, at_once }
    }
}

/// Computes and compares password hashes.
pub(crate) struct PasswordHasher {
    argon2: Argon2<'static>,
    permits: Arc<Semaphore>,
    /// Compared with when there is no account, so that the answer takes as long as when there is one.
    decoy: Arc<str>,
}

/// Why a hash was not computed.
#[derive(Debug, thiserror::Error)]
#[error("password hashing failed: {0}")]
pub(crate) struct HashingFailed(String);

impl PasswordHasher {
    pub(crate) fn new(settings: PasswordHashing) -> Self {
        let params = Params::new(settings.memory_kib, settings.iterations, 1, None).unwrap_or(Params::DEFAULT);
        let decoy = decoy(&params);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Self { argon2, permits: Arc::new(Semaphore::new(settings.at_once.max(1))), decoy }
    }

    /// The hash in PHC format.
    pub(crate) async fn hash(&self, password: Password) -> Result<String, HashingFailed> {
        let argon2 = self.argon2.clone();
        self.compute(move || {
            let salt = SaltString::encode_b64(&rand::random::<[u8; 16]>()).map_err(failed)?;
            Ok(argon2.hash_password(password.as_bytes(), &salt).map_err(failed)?.to_string())
        })
        .await
    }

    /// Whether the password has this hash. Without a hash it takes as long and is wrong.
    pub(crate) async fn verify(&self, password: Password, hash: Option<String>) -> Result<bool, HashingFailed> {
        let (argon2, decoy) = (self.argon2.clone(), Arc::clone(&self.decoy));
        self.compute(move || {
            let is_known = hash.is_some();
            let hash = hash.unwrap_or_else(|| decoy.to_string());
            let hash = PasswordHash::new(&hash).map_err(failed)?;
            let is_equal = argon2.verify_password(password.as_bytes(), &hash).is_ok();
            Ok(is_known && is_equal)
        })
        .await
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashingFailed> + Send + 'static,
    ) -> Result<T, HashingFailed> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(failed)?;
        tokio::task::spawn_blocking(move || {
            // Held by the work, not by whoever waits for it: somebody who goes away frees no processor.
            let _permit = permit;
            work()
        })
        .await
        .map_err(failed)?
    }
}

/// A hash of the right cost that no password has.
fn decoy(params: &Params) -> Arc<str> {
    let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
    format!("$argon2id$v=19$m={m},t={t},p={p}$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
        .into()
}

fn failed(error: impl ToString) -> HashingFailed {
    HashingFailed(error.to_string())
}
