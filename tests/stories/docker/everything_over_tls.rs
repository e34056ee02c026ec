//! Every engine of the log beside S3 and Docker over TLS, in one process: each of their clients uses TLS in a way of its own.

use fieldlog_esdb_fake::Fake;

use crate::support::docker;
use crate::support::fieldlog::Fieldlog;
use crate::support::postgres::Postgres;
use crate::support::s3::Ceph;
use crate::support::sample::empty_project;
use crate::support::tls::{Behind, Certificates};

#[tokio::test(flavor = "multi_thread")]
async fn every_log_works_beside_s3_and_docker_over_tls() {
    docker::ready();
    let (certificates, ceph, postgres, fake) = (Certificates::make(), Ceph::start(), Postgres::start(), Fake::start());
    let engine = certificates.door(Behind::Unix("/var/run/docker.sock".into()), true, None).await;
    let plain_s3 = value(&ceph, "AWS_ENDPOINT_URL").replace("http://", "");
    let s3 = certificates.door(Behind::Tcp(plain_s3), false, None).await;
    let plain_log = fake.url().replace("esdb://", "").split('?').next().unwrap().to_owned();
    let log = certificates.door(Behind::Tcp(plain_log), false, Some("h2")).await;
    let logs = [
        None,
        Some(postgres.url.clone()),
        Some(format!("esdb://{log}?tls=true&tlsCAFile={}", certificates.authority())),
    ];
    for log in logs {
        let mut fieldlog = Fieldlog::new()
            .with("FIELDLOG_DOCKER", format!("https://{engine}"))
            .with("DOCKER_CERT_PATH", certificates.folder())
            .with("SSL_CERT_FILE", certificates.authority());
        for (name, value) in &ceph.variables {
            fieldlog = fieldlog.with(name, value);
        }
        fieldlog = fieldlog.with("AWS_ENDPOINT_URL", format!("https://{s3}"));
        if let Some(log) = &log {
            fieldlog = fieldlog.with("FIELDLOG_LOG", log);
        }
        let server = fieldlog.serve().await;
        let ana = server.client().register("ana").await;
        let project = ana.create_project("river").await;
        ana.upload(&project, "project.qgs", empty_project("river")).await;
        let job = ana.job_ended(&project).await;
        assert_eq!(job["state"], "FINISHED", "{log:?}: {job}");
        ana.revision_is(&project, "READY").await;
        let doctor = fieldlog.say(["doctor"]).await;
        assert!(!doctor.contains("BAD"), "{log:?}: {doctor}");
        assert_eq!(server.stop().await.code(), Some(0));
    }
}

fn value(ceph: &Ceph, wanted: &str) -> String {
    ceph.variables.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone()).unwrap()
}
