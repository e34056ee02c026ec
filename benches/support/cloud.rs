//! Fieldlog without a face, over a folder on disk, as `fieldlog serve` puts it together.

use std::path::Path;
use std::sync::Arc;

use fieldlog_commands::App;
use fieldlog_eventlog::EventLog;
use fieldlog_eventlog::sqlite::{SqliteLog, SqliteOptions};
use fieldlog_projections::{ReadModel, ReadModelOptions};
use fieldlog_storage::{Storage, StorageOptions, StorageUrl};
use fieldlog_vault::{MasterKey, Vault, VaultUrl};

/// Opens what is in `folder`, or makes it.
pub async fn open(folder: &Path) -> App {
    let log: Arc<dyn EventLog> =
        SqliteLog::open(folder.join("log.sqlite"), SqliteOptions::default()).expect("the log opens");
    let master = MasterKey::from_file_or_create(&folder.join("master.key")).expect("the master key can be read");
    let vault = Vault::open(&VaultUrl::Sqlite(folder.join("vault.sqlite")), master).await.expect("the vault opens");
    let storage =
        Storage::open(&StorageUrl::File(folder.join("blobs")), &StorageOptions::default()).expect("the storage opens");
    let model = ReadModel::start(&folder.join("read-models"), Arc::clone(&log), ReadModelOptions::default())
        .await
        .expect("the read model opens");
    App::builder(log, vault, storage, model).build()
}
