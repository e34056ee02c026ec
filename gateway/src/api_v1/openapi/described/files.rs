//! Files of projects.

use axum::http::Method;
use schemars::json_schema;

use super::Group;
use crate::api_v1::file::list::File;
use crate::api_v1::file::upload::Uploaded;
use crate::api_v1::file::{delete, download};
use crate::api_v1::openapi::body::{Body, Kind};
use crate::api_v1::openapi::operation::{Described, describe, text_header};

const ONE: &str = "/api/v1/files/{project}/{*filename}";

pub fn group() -> Group {
    let upload = Body::default().needs(
        "file",
        Kind::File,
        "",
        "The bytes, in a part with a file name. That name and the part's type do not matter, nor do other parts.",
    );
    Group {
        tag: "Files",
        says: "Files of a project with their versions, pictures of projects and people.",
        operations: vec![
            describe(Method::GET, "/api/v1/files/{project}", "list_files", "List a project's files")
                .says("With all versions, newest first.")
                .lists::<File>("The files."),
            describe(Method::GET, "/api/v1/files/metadata/{project}/{*filename}", "get_file_metadata", "Read what is known of a file")
                .answers::<File>(200, "The file, without its bytes."),
            sends(
                describe(Method::GET, ONE, "download_file", "Download a file")
                    .says("The current version, or the one that is named. `bytes=N-` and `bytes=N-M` are the ranges that are read.")
                    .query::<download::Which>()
                    .refuses(400, ["validation_error"]),
            ),
            describe(Method::POST, ONE, "upload_file", "Upload a file, or a new version of it")
                .file(upload)
                .answers::<Uploaded>(201, "Stored.")
                .with_header("Location", text_header("The path of the file."))
                .refuses(400, ["multiple_contents", "multiple_projects", "invalid_qgis_project_file", "validation_error"])
                .refuses(400, ["digest_mismatch", "size_mismatch"])
                .refuses(402, ["over_quota"])
                .refuses(403, ["restricted_project_modification"])
                .refuses(409, ["collides"])
                .refuses(413, ["file_too_large"])
                .refuses(507, ["no_space"]),
            describe(Method::DELETE, ONE, "delete_file", "Delete a file, or one version of it")
                .says("`version` names the version; without it all of them are deleted.")
                .query::<delete::Which>()
                .header("X-File-Version", json_schema!({ "type": "string", "format": "uuid" }), "The same as `version`.")
                .answers_nothing(204, "Deleted.")
                .refuses(400, ["explicit_deletion_of_last_version", "validation_error"])
                .refuses(403, ["restricted_project_modification"])
                .refuses(404, ["api_error"])
                .refuses(409, ["version_is_current"]),
            sends(describe(Method::GET, "/api/v1/files/thumbnails/{project}", "get_thumbnail", "Download a project's picture")),
            describe(Method::GET, "/api/v1/files/avatars/{*avatar}", "get_avatar", "Download somebody's picture")
                .answers_bytes(200, "The picture.")
                .refuses(404, ["object_not_found"]),
        ],
    }
}

/// Bytes, the whole or a part, or the news that the client has them.
pub fn sends(described: Described) -> Described {
    let text = || json_schema!({ "type": "string" });
    described
        .header("Range", text(), "Which part, such as `bytes=1000-`.")
        .header("If-None-Match", text(), "The ETag of what the client has, with or without its quotes.")
        .answers_bytes(200, "All bytes.")
        .with_header("ETag", text_header("The state of the file."))
        .answers_bytes(206, "The bytes of the range.")
        .with_header("Content-Range", text_header("Which bytes these are."))
        .answers_nothing(304, "The client has it already.")
        .refuses(412, ["precondition_failed"])
        .refuses(416, ["invalid_http_range"])
}
