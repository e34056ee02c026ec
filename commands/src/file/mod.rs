//! Files and their versions.

mod delete_file;
mod delete_version;
mod find_file;
mod media_type;
mod open_file;
mod refusals;
mod restore_version;
mod upload_file;

pub use delete_file::{DeleteFile, delete_file};
pub use delete_version::{DeleteVersion, delete_version};
pub use find_file::{FindFile, find_file};
pub use open_file::{OpenedFile, open_file};
pub use refusals::{FileChangeRefusal, UploadRefusal};
pub use restore_version::{RestoreVersion, restore_version};
pub use upload_file::{UploadFile, UploadedVersion, upload_file};
