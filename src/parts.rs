//! Opens what the settings name: log, storage, vault, read model.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use fieldlog_commands::{App, Registration};
use fieldlog_eventlog::{EventLog, LogUrl};
use fieldlog_projections::{ReadModel, ReadModelOptions};
use fieldlog_storage::{S3Options, Storage, StorageOptions, StorageUrl};
use fieldlog_vault::{MasterKey, Vault, VaultUrl};

use crate::installation;
use crate::settings::Settings;

/// Opens the log, and makes it when it is not there.
pub async fn log(settings: &Settings) -> Result<Arc<dyn EventLog>> {
    match &settings.log {
        LogUrl::Sqlite(path) => make_parent(path)?,
        // Its index is kept here.
        LogUrl::EventStoreDb(_) => std::fs::create_dir_all(&settings.data)
            .with_context(|| format!("cannot make the folder {}", settings.data.display()))?,
        LogUrl::Postgres(_) => {}
    }
    open(settings).await
}

/// Opens a log that must be there already: reading commands make no new, empty one.
pub async fn existing_log(settings: &Settings) -> Result<Arc<dyn EventLog>> {
    if let LogUrl::Sqlite(path) = &settings.log {
        anyhow::ensure!(
            path.exists(),
            "there is no log at {}; say where it is with --data or --log, or start one with `fieldlog serve`",
            path.display()
        );
    }
    open(settings).await
}

async fn open(settings: &Settings) -> Result<Arc<dyn EventLog>> {
    let folder = settings.data.is_dir().then_some(settings.data.as_path());
    let opened = fieldlog_eventlog::open_beside(&settings.log, folder).await;
    opened.with_context(|| format!("cannot open the log {}", settings.log))
}

/// Opens the object storage.
pub fn storage(settings: &Settings) -> Result<Storage> {
    if let StorageUrl::File(path) = &settings.storage {
        std::fs::create_dir_all(path).with_context(|| format!("cannot make the folder {}", path.display()))?;
    }
    let usual = S3Options::from_env();
    let s3 = S3Options {
        endpoint: settings.s3.endpoint.clone().or(usual.endpoint.clone()),
        region: settings.s3.region.clone().or(usual.region.clone()),
        access_key_id: settings.s3.access_key_id.clone().or(usual.access_key_id.clone()),
        secret_access_key: settings.s3.secret_access_key.clone().or(usual.secret_access_key.clone()),
        ..usual
    };
    let options = StorageOptions { s3, ..StorageOptions::default() };
    Storage::open(&settings.storage, &options).with_context(|| format!("cannot open the storage {}", settings.storage))
}

/// Opens the vault with the master key.
pub async fn vault(settings: &Settings) -> Result<Vault> {
    make_parent(&settings.master_key_file)?;
    if let VaultUrl::Sqlite(path) = &settings.vault {
        make_parent(path)?;
    }
    let master = MasterKey::from_file_or_create(&settings.master_key_file)?;
    Vault::open(&settings.vault, master).await.context("cannot open the vault")
}

/// Opens everything, with the read model in `read_models`.
pub async fn app(settings: &Settings, read_models: &Path) -> Result<App> {
    let log = log(settings).await?;
    let vault = vault(settings).await?;
    installation::check(settings, &*log, &vault).await?;
    let storage = storage(settings)?;
    let model = ReadModel::start(read_models, Arc::clone(&log), read_model_options(settings, read_models))
        .await
        .with_context(|| format!("cannot open the read models in {}", read_models.display()))?;
    let rules = fieldlog_commands::Settings {
        registration: if settings.open_registration { Registration::Open } else { Registration::Closed },
        session_lifetime: settings.session_lifetime,
        upload_limit: settings.upload_limit_bytes,
        storage_quota: settings.storage_quota_bytes,
        keep_versions: settings.keep_versions,
        plans: settings.plans.clone(),
        ..fieldlog_commands::Settings::default()
    };
    Ok(App::builder(log, vault, storage, model).settings(rules).build())
}

/// For a read model in `folder`: a command's own begins with what the server's has.
pub fn read_model_options(settings: &Settings, folder: &Path) -> ReadModelOptions {
    let copy_of = (folder != settings.read_models).then(|| settings.read_models.clone());
    ReadModelOptions { copy_of, ..ReadModelOptions::default() }
}

fn make_parent(path: &Path) -> Result<()> {
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => {
            std::fs::create_dir_all(parent).with_context(|| format!("cannot make the folder {}", parent.display()))
        }
        None => Ok(()),
    }
}
