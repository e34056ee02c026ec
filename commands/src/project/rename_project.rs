//! Give a project another name.

use fieldlog_domain::{CommandId, ResourceId};

use super::{ChangeProject, ProjectRefusal, change_project};
use crate::{App, CommandError, Done, Viewer};

/// Give a project another name.
#[derive(Debug, Clone)]
pub struct RenameProject {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The project.
    pub project: ResourceId,
    /// The new name, unique under its owner.
    pub name: String,
}

/// Give a project another name.
pub async fn rename_project(
    app: &App,
    viewer: &Viewer,
    input: RenameProject,
) -> Result<Done<()>, CommandError<ProjectRefusal>> {
    let RenameProject { command_id, project, name } = input;
    let change = ChangeProject { command_id, project, name: Some(name), ..ChangeProject::default() };
    change_project(app, viewer, change).await
}
