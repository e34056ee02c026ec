//! `POST projects/{id}/thumbnail/`: a picture in place of the one QGIS drew.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use fieldlog_commands::project::{self as commands, SetThumbnail, ThumbnailRefusal};
use fieldlog_domain::ResourceId;

use crate::api_v1::dialect::validation_error;
use crate::api_v1::fields::Fields;
use crate::files::upload::of_resource;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::min_position::behind;
use crate::http::problem::{Problem, of_command};

/// Takes a PNG or JPEG.
pub async fn set(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(project): Path<ResourceId>,
    fields: Fields,
) -> Result<StatusCode, Problem> {
    let Some(picture) = fields.file("thumbnail") else {
        return Err(Problem::bad_request("empty_content", "expected a picture in a part named thumbnail, found none"));
    };
    let command = SetThumbnail { command_id: None, project, picture: picture.clone() };
    let done = commands::set_thumbnail(gateway.app(), &caller.viewer, command).await;
    let done = done.map_err(|error| {
        of_command(error, |refusal| match refusal {
            ThumbnailRefusal::Resource(refusal) => of_resource(&refusal),
            other => validation_error(other.to_string()),
        })
    })?;
    gateway.app().wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
    Ok(StatusCode::NO_CONTENT)
}
