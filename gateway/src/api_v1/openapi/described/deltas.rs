//! Edits that devices push.

use axum::http::Method;

use super::Group;
use crate::api_v1::change_set::{Delta, Wanted};
use crate::api_v1::openapi::body::{Body, Kind};
use crate::api_v1::openapi::operation::describe;

pub fn group() -> Group {
    let body = Body::default().needs("file", Kind::File, "", "A delta file: JSON, in a part with a file name.");
    Group {
        tag: "Deltas",
        says: "Edits that devices push, each with how it fares.",
        operations: vec![
            describe(Method::GET, "/api/v1/deltas/{project}", "list_deltas", "List a project's deltas")
                .query::<Wanted>()
                .lists::<Delta>("The deltas."),
            describe(Method::POST, "/api/v1/deltas/{project}", "push_deltas", "Push a delta file")
                .says("An empty 200 means that every delta is kept, not that it was applied. Deltas that are there already are passed \
                       over, so a push may be repeated.")
                .file(body)
                .answers_nothing(200, "Every delta is kept.")
                .refuses(400, ["invalid_deltafile", "no_qgis_project"])
                .refuses(413, ["invalid_deltafile"]),
            describe(Method::GET, "/api/v1/deltas/{project}/{deltafile}", "list_deltas_of_file", "List the deltas of a delta file")
                .says("None of a file that nobody pushed.")
                .lists::<Delta>("The deltas."),
            describe(Method::POST, "/api/v1/deltas/apply/{project}", "apply_deltas", "Apply what waits")
                .says("Deltas are applied by themselves.")
                .deprecated()
                .answers_nothing(200, "They are applied, or will be.")
                .refuses(400, ["api_error", "invalid_job", "no_qgis_project", "validation_error"]),
        ],
    }
}
