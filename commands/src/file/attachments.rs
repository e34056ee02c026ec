//! Photos and other attachments: files that field clients fetch by themselves and that no job needs.

use fieldlog_domain::ResourceId;
use fieldlog_domain::shared::spelling;
use fieldlog_projections::{ReadError, View};

/// Where QField keeps photos when the project does not say.
const USUAL: &str = "DCIM";

/// Where the project keeps attachments, as QGIS found it in what is ready: see [`is_attachment`].
pub fn attachment_folders(view: &View, project: ResourceId) -> Result<Vec<String>, ReadError> {
    let ready = view.resource(project)?.and_then(|row| row.ready);
    let details = ready.map(|revision| view.details(revision)).transpose()?.flatten();
    let folders = details.map(|details| details.attachment_dirs).unwrap_or_default();
    Ok(if folders.is_empty() { vec![USUAL.to_owned()] } else { folders })
}

/// Whether a path begins with one of the folders, however that is written.
pub fn is_attachment(folders: &[String], path: &str) -> bool {
    let key = spelling::key(path);
    folders.iter().any(|folder| key.starts_with(&spelling::key(folder)))
}
