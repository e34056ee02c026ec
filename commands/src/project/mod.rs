//! Projects and who works on them.

mod add_collaborator;
mod change_collaborator_role;
mod change_project;
mod change_visibility;
mod create_project;
mod refusals;
mod remove_collaborator;
mod rename_project;
mod retire_project;
mod revise_metadata;
mod seed;
mod set_thumbnail;

pub use add_collaborator::{AddCollaborator, add_collaborator};
pub use change_collaborator_role::{ChangeCollaboratorRole, change_collaborator_role};
pub(crate) use change_project::settle_name;
pub use change_project::{ChangeProject, change_project};
pub use change_visibility::{ChangeVisibility, change_visibility};
pub use create_project::{CreateProject, create_project};
pub use refusals::{CollaboratorRefusal, ProjectRefusal};
pub use remove_collaborator::{RemoveCollaborator, remove_collaborator};
pub use rename_project::{RenameProject, rename_project};
pub use retire_project::{RetireProject, retire_project};
pub use revise_metadata::{ReviseMetadata, revise_metadata};
pub use seed::seed_document;
pub use set_thumbnail::{SetThumbnail, ThumbnailRefusal, set_thumbnail};
