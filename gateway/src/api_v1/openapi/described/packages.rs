//! Packages for devices.

use axum::http::Method;
use schemars::{JsonSchema, json_schema};

use super::Group;
use crate::api_v1::openapi::body::{Body, Kind};
use crate::api_v1::openapi::operation::{describe, text_header};
use crate::api_v1::openapi::schema::sha256;
use crate::api_v1::package::Package;

/// What a worker stored in a package.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "workers of the original bring packages this way, ours do not; only its shape is told")]
struct PackagedFile {
    name: String,
    size: u64,
    #[schemars(schema_with = "sha256")]
    sha256: String,
    /// The plain MD5, whatever the size.
    #[schemars(regex(pattern = "^[0-9a-f]{32}$"))]
    md5sum: String,
}

pub fn group() -> Group {
    let text = || json_schema!({ "type": "string" });
    Group {
        tag: "Packages",
        says: "What devices take to the field.",
        operations: vec![
            describe(Method::GET, "/api/v1/packages/{project}/latest", "get_latest_package", "Read the latest package")
                .says(
                    "A project that was never packaged is a 400 `invalid_job`: request a job of type `package` first.",
                )
                .answers::<Package>(200, "The package.")
                .refuses(400, ["invalid_job"]),
            describe(
                Method::GET,
                "/api/v1/packages/{project}/latest/files/{*filename}",
                "download_package_file",
                "Download a file of the latest package",
            )
            .header("Range", text(), "Which part, such as `bytes=1000-`.")
            .header("If-None-Match", text(), "The ETag of what the client has, with or without its quotes.")
            .answers_bytes(200, "All bytes.")
            .with_header("ETag", text_header("The state of the file."))
            .answers_bytes(206, "The bytes of the range.")
            .with_header("Content-Range", text_header("Which bytes these are."))
            .answers_nothing(304, "The client has it already.")
            .refuses(400, ["invalid_job"])
            .refuses(412, ["precondition_failed"])
            .refuses(416, ["invalid_http_range"]),
            describe(
                Method::POST,
                "/api/v1/packages/{project}/{job}/files/{*filename}",
                "upload_package_file",
                "Upload a file of a package",
            )
            .says("Only the worker that makes the package, and only while it does.")
            .file(Body::default().needs("file", Kind::File, "", "The bytes, in a part with a file name."))
            .answers::<PackagedFile>(201, "Stored.")
            .refuses(400, ["multiple_contents", "validation_error"])
            .refuses(413, ["file_too_large"])
            .refuses(507, ["no_space"]),
        ],
    }
}
