//! Events of jobs.

use fieldlog_domain::job::{
    DatabaseCommit, JobCause, JobError, JobErrorKind, JobEvent, JobKind, JobOutput, RemovedInput, RunRecord, Settlement,
};
use serde_json::json;

use super::every_variant;
use crate::build::{ana, at, digest, id, path};

every_variant! { JobEvent:
    JobRequested {
        kind: JobKind::ProcessProjectFile,
        resource: id(1),
        revision: Some(id(2)),
        project_file: Some(path("rivers.qgs")),
        project_file_digest: Some(digest("bytes")),
        requester: Some(ana()),
        cause: JobCause::Asked,
        max_attempts: 3,
        is_private: false,
    }
    JobRequested {
        kind: JobKind::ProcessProjectFile,
        resource: id(1),
        revision: Some(id(2)),
        project_file: Some(path("rivers.qgs")),
        project_file_digest: Some(digest("bytes")),
        requester: None,
        cause: JobCause::RevisionStaged,
        max_attempts: 3,
        is_private: false,
    }
    JobRequested {
        kind: JobKind::CreateProject,
        resource: id(1),
        revision: None,
        project_file: None,
        project_file_digest: None,
        requester: Some(ana()),
        cause: JobCause::ProjectRegistered,
        max_attempts: 3,
        is_private: false,
    }
    JobClaimed { worker: id(0x30), attempt: 1, lease_until: at(60) }
    JobStarted {
        attempt: 1,
        container: "4c01db0b339c".to_owned(),
        image: "fieldlog-qgis:latest".to_owned(),
        image_digest: "sha256:1f0c".to_owned(),
        inputs: digest("inputs"),
    }
    JobProgressed { attempt: 1, step: "Convert layers".to_owned(), percent: Some(40) }
    JobProgressed { attempt: 1, step: "Start QGIS Application".to_owned(), percent: None }
    CommitAnnounced {
        attempt: 1,
        commit: DatabaseCommit {
            database: "7446381029744512345".to_owned(),
            transaction: "740".to_owned(),
            outcomes: digest("outcomes"),
        },
    }
    LeaseRenewed { attempt: 1, lease_until: at(90) }
    LeaseExpired { attempt: 1 }
    JobRetryScheduled { attempt: 2, not_before: at(120), reason: "the container engine is away".to_owned() }
    JobFinished {
        attempt: 3,
        outputs: vec![JobOutput {
            name: "thumbnail.png".to_owned(),
            digest: digest("png"),
            size: 20_480,
            media_type: "image/png".to_owned(), etag: None, replaces: None }],
        removed: vec![],
        run: RunRecord {
            exit_code: Some(0),
            feedback: json!({ "feedback_version": "2.0", "outputs": { "qgis_version": 34006, "seconds": 1.25 } }),
            log: Some(digest("log")),
        },
    }
    JobFinished { attempt: 1, outputs: vec![], removed: vec![], run: RunRecord::default() }
    JobFailed {
        attempt: 3,
        error: JobError {
            kind: JobErrorKind::InvalidProjectFile,
            message: "mismatched tag, line 7".to_owned(),
            step: Some("project_validity_check".to_owned()),
        },
        run: RunRecord { exit_code: Some(0), feedback: json!({ "error": "mismatched tag" }), log: None },
    }
    JobFailed {
        attempt: 3,
        error: JobError { kind: JobErrorKind::Infrastructure, message: "no engine".to_owned(), step: None },
        run: RunRecord::default(),
    }
    JobFinished {
        attempt: 1,
        outputs: vec![JobOutput {
            name: "data/bees.gpkg".to_owned(),
            digest: digest("more bees"),
            size: 98_304,
            media_type: "application/geopackage+sqlite3".to_owned(),
            etag: Some("9af2f8218b150c351ad802c6f3d66abe".to_owned()),
            replaces: Some(digest("bees")),
        }],
        removed: vec![],
        run: RunRecord::default(),
    }
    JobFinished {
        attempt: 1,
        outputs: vec![],
        removed: vec![RemovedInput { path: path("data/bees.gpkg-wal"), digest: digest("log") }],
        run: RunRecord::default(),
    }
    JobCancelled {}
    JobSettled { settlement: Settlement::Taken }
}
