//! Changing the master key, without touching a single sealed value.

use std::sync::Arc;

use crate::cipher::encrypt;
use crate::error::VaultError;
use crate::key_store::{Rewrap, RootRecord};
use crate::master_key::MasterKey;
use crate::vault::{Master, Vault, key_binding, root_binding, unwrap};

impl Vault {
    /// Wraps all keys with a new master key, all or nothing; this handle and its clones go on with it.
    ///
    /// Other processes keep what they have cached for seconds and then answer [`VaultError::WrongMasterKey`]
    /// until they are started with the new key.
    pub async fn rewrap(&self, new: &MasterKey) -> Result<(), VaultError> {
        let new = Master::of(new);
        let (old, old_wrapping) = {
            let master = self.inner.master.read();
            (master.fingerprint.clone(), master.wrapping.clone())
        };
        let root = RootRecord {
            fingerprint: new.fingerprint.clone(),
            wrapped: encrypt(&new.wrapping, &root_binding(), self.inner.blind_index.as_slice()),
        };
        let new_wrapping = new.wrapping.clone();
        let rewrap: Rewrap = Arc::new(move |key| {
            let binding = key_binding(key.id, key.subject, &key.purpose);
            let secret = key.wrapped.as_deref().and_then(|wrapped| unwrap(&old_wrapping, &binding, wrapped));
            let secret = secret.ok_or(VaultError::Damaged { key: key.id, problem: "the key does not unwrap" })?;
            Ok(encrypt(&new_wrapping, &binding, secret.as_slice()))
        });
        if !self.inner.store.rewrap(&old, root.clone(), rewrap).await? {
            let expected = self.inner.store.root(root).await?.fingerprint;
            return Err(VaultError::WrongMasterKey { expected, found: old });
        }
        *self.inner.master.write() = new;
        Ok(())
    }
}
