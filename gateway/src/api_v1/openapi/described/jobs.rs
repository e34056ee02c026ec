//! Jobs of projects.

use axum::http::Method;

use super::Group;
use crate::api_v1::job::{Job, KINDS, Which, WholeJob};
use crate::api_v1::openapi::body::{Body, Kind};
use crate::api_v1::openapi::operation::describe;

pub fn group() -> Group {
    let kinds = KINDS.map(str::to_owned).to_vec();
    let body = Body::default()
        .needs("project_id", Kind::Format("uuid"), "0192a3b4-c5d6-7e8f-9012-3456789abcde", "Of which project.")
        .needs("type", Kind::Words(kinds), "package", "What is to be done.")
        .takes("force", Kind::Flag, "", "Whether to package again although a package is being made.");
    Group {
        tag: "Jobs",
        says: "What QGIS does for a project: look at its file, make packages for devices, apply their edits.",
        operations: vec![
            describe(Method::GET, "/api/v1/jobs", "list_jobs", "List a project's jobs")
                .says("Oldest first.")
                .query::<Which>()
                .lists::<Job>("The jobs.")
                .refuses(400, ["validation_error"])
                .refuses(403, ["permission_denied"])
                .refuses(404, ["object_not_found"]),
            describe(Method::POST, "/api/v1/jobs", "create_job", "Request a job")
                .says("A package that is being made already is answered with a 200, unless `force` is set.")
                .body(body)
                .answers::<WholeJob>(200, "A job that does it already.")
                .answers::<WholeJob>(201, "Requested.")
                .refuses(400, ["invalid_job", "no_qgis_project", "validation_error"])
                .refuses(402, ["over_quota"])
                .refuses(403, ["inactive_subscription", "permission_denied", "permission_denied_plan_insufficient"])
                .refuses(404, ["object_not_found"]),
            describe(Method::GET, "/api/v1/jobs/{job}", "get_job", "Read how a job fares")
                .says("An unknown job is forbidden.")
                .answers::<WholeJob>(200, "The job."),
        ],
    }
}
