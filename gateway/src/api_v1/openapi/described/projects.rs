//! Projects.

use axum::http::Method;
use fieldlog_domain::resource::{MAX_KEEP_VERSIONS, ProjectType};

use super::Group;
use crate::api_v1::openapi::body::{Body, Kind};
use crate::api_v1::openapi::operation::{Described, describe};
use crate::api_v1::openapi::schema::Id;
use crate::api_v1::project::Project;
use crate::api_v1::project::list::Wanted;

const ALL: &str = "/api/v1/projects";
const ONE: &str = "/api/v1/projects/{project}";
/// What a project may be called.
const NAME: Kind = Kind::Pattern("^[A-Za-z0-9._-]{1,255}$");

/// What projects are made from; the worker that makes one reads it.
#[derive(schemars::JsonSchema)]
#[schemars(rename = "Seed")]
#[expect(dead_code, reason = "it is written as loose JSON, so this tells only its shape")]
struct Seed {
    #[schemars(with = "Id")]
    project: String,
    name: String,
    extent: Option<[f64; 4]>,
    #[schemars(with = "Option<Id>")]
    clone_from_project: Option<String>,
    xlsform_file: Option<String>,
    settings: serde_json::Map<String, serde_json::Value>,
    crs: String,
}

pub fn group() -> Group {
    let thumbnail = Body::default().needs("thumbnail", Kind::File, "", "A PNG or JPEG of at most 5 MiB.");
    Group {
        tag: "Projects",
        says: "QGIS projects: what they are called, who sees them, and how they are.",
        operations: vec![
            describe(Method::GET, ALL, "list_projects", "List the projects that one works on")
                .query::<Wanted>()
                .lists::<Project>("The projects.")
                .refuses(400, ["validation_error"]),
            describe(Method::POST, ALL, "create_project", "Create a project")
                .says("Of one's own, or of an organization that lets one. `private` is the older word for not `is_public`, and wins.")
                .body(from_what(settings(
                    Body::default().needs("name", NAME, "trees", "Its name, which no other project of its owner has."),
                )))
                .answers::<Project>(201, "Created.")
                .refuses(400, ["not_cloneable_project", "project_already_exists", "validation_error"])
                .refuses(402, ["over_quota"])
                .refuses(403, ["inactive_subscription", "permission_denied", "permission_denied_plan_insufficient"])
                .refuses(404, ["object_not_found"]),
            describe(Method::GET, "/api/v1/projects/public", "list_public_projects", "List the projects that everybody sees")
                .query::<Wanted>()
                .says("Of the parameters, only `ordering` and those of pages have an effect.")
                .lists::<Project>("The projects."),
            describe(Method::GET, ONE, "get_project", "Read a project").answers::<Project>(200, "The project."),
            change(Method::PUT, "replace_project", "Change a project"),
            change(Method::PATCH, "change_project", "Change a part of a project"),
            describe(Method::DELETE, ONE, "delete_project", "Delete a project")
                .says("It leaves all lists, its jobs are stopped and its name is free. Its history stays in the log.")
                .answers_nothing(204, "Deleted.")
                .refuses(400, ["validation_error"]),
            describe(Method::POST, "/api/v1/projects/{project}/thumbnail", "set_thumbnail", "Set a project's picture")
                .body(thumbnail)
                .answers_nothing(204, "Set.")
                .refuses(400, ["empty_content", "validation_error"]),
            describe(Method::GET, "/api/v1/projects/{project}/seed", "get_seed", "Read what a project is made from")
                .answers::<Seed>(200, "What it is made from."),
            describe(Method::GET, "/api/v1/projects/{project}/seed/xlsform", "get_xlsform", "Download the form a project is made from")
                .answers_bytes(200, "The form."),
        ],
    }
}

fn change(method: Method, id: &'static str, summary: &'static str) -> Described {
    let name = Body::default().takes("name", NAME, "trees", "A new name, which no other project of its owner has.");
    describe(method, ONE, id, summary)
        .says("What is left out stays as it is; all of it changes, or nothing. Managers and administrators.")
        .body(settings(name))
        .answers::<Project>(200, "As it is now.")
        .refuses(400, ["project_already_exists", "qgis_project_file_not_allowed", "validation_error"])
        .refuses(402, ["over_quota"])
        .refuses(403, ["inactive_subscription", "permission_denied_plan_insufficient"])
}

fn from_what(body: Body) -> Body {
    let seed = "What QGIS makes it from: `basemap_provider` (`none`, `osm`, `custom`), `basemap_style`, `basemap_url`, and `extent` as \
                `minx,miny,maxx,maxy` in degrees. Of a copy, `extent` only.";
    body.takes("seed", Kind::Object, "", seed)
        .takes("xlsform_file", Kind::File, "", "A form in .xls or .xlsx, beside a seed.")
        .takes("clone_from_project", Kind::Text, "", "The id of a project that it becomes a copy of.")
}

fn settings(body: Body) -> Body {
    let types = ProjectType::Regular.as_ref().to_owned();
    let types = Kind::Words(vec![types, ProjectType::Template.as_ref().to_owned()]);
    let roles = ["reader", "reporter", "editor"].map(str::to_owned).to_vec();
    body.takes("owner", Kind::Text, "", "A person or an organization; whoever asks when it is new.")
        .takes("description", Kind::Text, "Trees of the town", "What it is, for people.")
        .takes("is_public", Kind::Flag, "", "Whether everybody sees it.")
        .takes("private", Kind::Flag, "", "Whether not everybody sees it.")
        .takes("project_type", types, "", "Whether it is a template.")
        .takes("is_featured", Kind::Flag, "", "Whether it stands first in lists.")
        .takes(
            "is_attachment_download_on_demand",
            Kind::Flag,
            "",
            "Whether devices fetch attachments when they are shown.",
        )
        .takes("has_restricted_projectfiles", Kind::Flag, "", "Whether only managers change the project file.")
        .takes("overwrite_conflicts", Kind::Flag, "", "Whether the last edit wins.")
        .takes("public_collaborator_role", Kind::Words(roles), "", "The role of everybody while it is public.")
        .takes(
            "storage_keep_versions",
            Kind::Number(1, MAX_KEEP_VERSIONS),
            "",
            "How many versions of each file are kept.",
        )
}
