//! `GET /a/{owner}/{project}/`: where QFieldSync leads who wants to see a project in a browser.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use fieldlog_domain::resource::{ResourceKind, Visibility};
use fieldlog_projections::{ReadError, ResourceRow, View};
use maud::html;

use super::layout::page;
use crate::gateway::Gateway;
use crate::http::problem::Problem;

/// Shows a project that everybody sees. Of others nothing is told, not even whether there is one.
pub async fn project(
    State(gateway): State<Gateway>,
    Path((owner, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let Some(row) = public(&gateway.app().view(), &owner, &name)? else {
        let content = html! {
            p { "There is no project " strong { (owner) "/" (name) } " that everybody may see." }
            p { "If it is yours, open it in QField or in QGIS with QFieldSync: browsers cannot log in here yet." }
        };
        return Ok(page(StatusCode::NOT_FOUND, "Not to be seen", &content));
    };
    let content = html! {
        p { "A project of " strong { (owner) } "." }
        @if !row.description.is_empty() { p { (row.description) } }
        ul {
            li { (row.file_count) " files" }
            li { "changed last on " (row.changed_at.format("%Y-%m-%d at %H:%M UTC")) }
            li { "id " code { (row.id) } }
        }
        p class="hint" { "Open it in QField or in QGIS with QFieldSync, with the address of this server." }
    };
    Ok(page(StatusCode::OK, row.name.as_str(), &content))
}

fn public(view: &View, owner: &str, name: &str) -> Result<Option<ResourceRow>, ReadError> {
    let Some(owner) = view.account_by_name(owner)?.filter(|row| !row.is_erased) else { return Ok(None) };
    let row = view.resource_by_name(owner.id, name)?;
    Ok(row.filter(|row| row.visibility == Visibility::Public && row.kind == ResourceKind::Project))
}
