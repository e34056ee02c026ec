//! Notes: small objects with names, for what one process tells others for a while. Nothing that anybody needs is only here.
//!
//! ```text
//! notes/<folder>/<name>
//! ```

use std::io;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use crate::blocking::blocking;
use crate::error::StorageError;
use crate::storage::{Backend, Storage};

impl Storage {
    /// Writes a note, over one of the same name. Folder and name: ASCII letters, digits and dashes.
    pub async fn put_note(&self, folder: &str, name: &str, content: Bytes) -> Result<(), StorageError> {
        let key = self.inner.keys.note(folder, name);
        let put = self.inner.store.put(&key, content.into()).await;
        put.map(|_| ()).map_err(|error| StorageError::store(format!("writing {key}"), error))
    }

    /// A note; none when there is none.
    pub async fn note(&self, folder: &str, name: &str) -> Result<Option<Bytes>, StorageError> {
        let key = self.inner.keys.note(folder, name);
        let read = async { self.inner.store.get(&key).await?.bytes().await };
        match read.await {
            Ok(content) => Ok(Some(content)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(StorageError::store(format!("reading {key}"), error)),
        }
    }

    /// The names of the notes in a folder after one of them, in their order.
    pub async fn notes(&self, folder: &str, after: &str) -> Result<Vec<String>, StorageError> {
        let mut names: Vec<String> = self.keys_of_notes(folder).await?.iter().filter_map(name_of).collect();
        names.retain(|name| name.as_str() > after);
        names.sort_unstable();
        Ok(names)
    }

    /// The folders in which there are notes.
    pub async fn folders_of_notes(&self) -> Result<Vec<String>, StorageError> {
        let all = self.inner.keys.notes();
        match self.inner.store.list_with_delimiter(Some(&all)).await {
            Ok(found) => Ok(found.common_prefixes.iter().filter_map(name_of).collect()),
            Err(object_store::Error::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(StorageError::store("listing notes", error)),
        }
    }

    /// Removes a folder with its notes.
    pub async fn remove_notes(&self, folder: &str) -> Result<(), StorageError> {
        for key in self.keys_of_notes(folder).await? {
            self.delete_key(&key).await?;
        }
        self.remove_folder_of_notes(folder).await
    }

    /// Only on disk are there folders without anything in them.
    async fn remove_folder_of_notes(&self, folder: &str) -> Result<(), StorageError> {
        let Backend::Disk(disk) = &self.inner.backend else { return Ok(()) };
        let folder = disk.root().join(self.inner.keys.notes_in(folder).as_ref());
        match blocking(move || std::fs::remove_dir(folder)).await? {
            // Another note may have been written meanwhile.
            Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty) => {
                Err(StorageError::io("removing a folder of notes", error))
            }
            _ => Ok(()),
        }
    }

    async fn keys_of_notes(&self, folder: &str) -> Result<Vec<Path>, StorageError> {
        let folder = self.inner.keys.notes_in(folder);
        let listed = self.inner.store.list(Some(&folder)).map_ok(|object| object.location).try_collect().await;
        listed.map_err(|error| StorageError::store(format!("listing {folder}"), error))
    }
}

fn name_of(key: &Path) -> Option<String> {
    key.filename().map(ToOwned::to_owned)
}
