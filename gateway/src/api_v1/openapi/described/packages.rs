//! Packages for devices.

use axum::http::Method;

use super::Group;
use super::files::sends;
use crate::api_v1::openapi::operation::describe;
use crate::api_v1::package::Package;

pub fn group() -> Group {
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
            sends(
                describe(
                    Method::GET,
                    "/api/v1/packages/{project}/latest/files/{*filename}",
                    "download_package_file",
                    "Download a file of the latest package",
                )
                .says("Attachments are as they are now, all else as it was packaged.")
                .refuses(400, ["invalid_job"]),
            ),
            describe(
                Method::POST,
                "/api/v1/packages/{project}/{job}/files/{*filename}",
                "upload_package_file",
                "Refused: this server's workers store packages another way",
            )
            .deprecated(),
        ],
    }
}
