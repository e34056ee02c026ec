//! A project file on its way through QGIS: staged, requested, run, settled. One in ten cannot be read.

use chrono::{DateTime, TimeDelta};
use fieldlog_domain::job::{
    Job, JobCause, JobCommand, JobError, JobErrorKind, JobKind, JobOutput, RequestJob, RunRecord,
};
use fieldlog_domain::provenance::Actor;
use fieldlog_domain::resource::{
    AcceptRevision, Extent, Layer, ProjectDetails, RejectionReason, ResourceCommand, StageRevision, Thumbnail,
};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{EventId, JobId, RevisionId, Sha256Digest, StreamId, StreamKind, VersionId};
use serde_json::json;

use super::ids;
use super::projects::Project;
use super::script::{Script, Told};

pub async fn process(
    script: &mut Script,
    project: &mut Project,
    path: FilePath,
    added: EventId,
    version: VersionId,
    digest: Sha256Digest,
) {
    let asker = std::mem::replace(&mut script.actor, Actor::System);
    let revision = revision(added);
    let stage = StageRevision { revision, project_file: path.clone(), version, digest };
    script.tell(&mut project.resource, ResourceCommand::StageRevision(stage)).await;
    let is_readable = !project.number.is_multiple_of(10);
    run(script, project.number, revision, path, digest, asker, is_readable).await;
    let settle = if is_readable {
        let details = details();
        let extent = Extent::of_polygon_wkt(&details.extent);
        let thumbnail = Some(Thumbnail { digest, media_type: "image/png".to_owned(), size: 30_000 });
        ResourceCommand::AcceptRevision(Box::new(AcceptRevision { revision, details, extent, thumbnail }))
    } else {
        let reason =
            RejectionReason { code: "INVALID_PROJECT_FILE".to_owned(), message: "line 12: not well-formed".to_owned() };
        ResourceCommand::RejectRevision { revision, reason }
    };
    script.tell(&mut project.resource, settle).await;
    script.actor = asker;
}

async fn run(
    script: &mut Script,
    number: u64,
    revision: RevisionId,
    project_file: FilePath,
    digest: Sha256Digest,
    asker: Actor,
    is_readable: bool,
) {
    let mut job = Told::<Job>::new(StreamId::new(StreamKind::Job, JobId::of_revision(revision)));
    let request = RequestJob {
        kind: JobKind::ProcessProjectFile,
        resource: ids::project(number),
        revision: Some(revision),
        project_file: Some(project_file),
        project_file_digest: Some(digest),
        requester: asker.account(),
        cause: JobCause::RevisionStaged,
        max_attempts: 5,
        is_private: false,
    };
    script.tell(&mut job, JobCommand::Request(request)).await;
    let now = DateTime::UNIX_EPOCH;
    script
        .tell(&mut job, JobCommand::Claim { worker: ids::worker(), now, lease_until: now + TimeDelta::minutes(1) })
        .await;
    let start = JobCommand::Start {
        attempt: 1,
        container: digest.to_hex(),
        image: "fieldlog-qgis:latest".to_owned(),
        image_digest: format!("sha256:{digest}"),
        inputs: digest,
    };
    script.tell(&mut job, start).await;
    let end = if is_readable {
        let run = RunRecord { exit_code: Some(0), feedback: feedback(), log: Some(digest) };
        let thumbnail = JobOutput {
            name: "thumbnail.png".to_owned(),
            digest,
            size: 30_000,
            media_type: "image/png".to_owned(),
            etag: None,
            replaces: None,
        };
        JobCommand::Finish { attempt: 1, outputs: vec![thumbnail], removed: vec![], run }
    } else {
        let error = JobError {
            kind: JobErrorKind::InvalidProjectFile,
            message: "line 12: not well-formed".to_owned(),
            step: Some("check_project_file".to_owned()),
        };
        JobCommand::Fail {
            attempt: 1,
            error,
            run: RunRecord { exit_code: Some(1), feedback: json!({}), log: Some(digest) },
        }
    };
    script.tell(&mut job, end).await;
}

/// As the policy names it, so that it finds the work done.
fn revision(added: EventId) -> RevisionId {
    let command = added.command_of("stage revision when project file added");
    RevisionId(command.derive(None, "revision"))
}

fn details() -> ProjectDetails {
    let layer = |name: &str, kind: &str| Layer {
        id: format!("{name}_0f9b8a52_3f6c_4e6e_9b8a_52f6c4e6e9b8"),
        name: name.to_owned(),
        crs: "EPSG:25832".to_owned(),
        type_name: "Vector".to_owned(),
        geom_type_name: Some(kind.to_owned()),
        wkb_type_name: Some(kind.to_owned()),
        provider_name: "ogr".to_owned(),
        datasource: format!("./layers/sites-1.gpkg|layername={name}"),
        filename: "layers/sites-1.gpkg".to_owned(),
        is_valid: true,
        error_code: "no_error".to_owned(),
        qfc_source_data_pk_name: "fid".to_owned(),
        ..Layer::default()
    };
    ProjectDetails {
        project_name: "River restoration".to_owned(),
        crs: "EPSG:25832".to_owned(),
        qgis_version: "3.40.6".to_owned(),
        background_color: "#ffffff".to_owned(),
        extent: "Polygon ((8.1 52.1, 8.4 52.1, 8.4 52.3, 8.1 52.3, 8.1 52.1))".to_owned(),
        attachment_dirs: vec!["DCIM".to_owned()],
        layers: vec![layer("sites", "Point"), layer("reaches", "Line"), layer("plots", "Polygon")],
        ..ProjectDetails::default()
    }
}

fn feedback() -> serde_json::Value {
    json!({
        "feedback_version": "2.0",
        "steps": [{"id": "check_project_file", "stage": 2}, {"id": "project_details", "stage": 2}, {"id": "thumbnail", "stage": 2}],
        "outputs": {"project_details": {"project_details": details()}},
    })
}
