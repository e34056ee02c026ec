//! Packages (section 3.8). Nothing packages yet, so there is none to list.

use super::dialect::{forbidden, never_packaged};
use crate::http::problem::Problem;

/// `GET packages/{project}/latest/` and `GET packages/{project}/latest/files/{filename}/`.
pub async fn latest() -> Problem {
    never_packaged()
}

/// `POST packages/{project}/{job}/files/{filename}/`: only a worker, and only while it packages.
pub async fn upload() -> Problem {
    forbidden()
}
