//! What the container of a job reaches: grids that it can only read, and a network if its job may use one.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use fieldlog_domain::JobId;
use fieldlog_domain::job::JobState;
use fieldlog_worker::{Worker, WorkerOptions};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::docker_engine::{IMAGE, Instead};
use crate::docker_jobs::nothing_is_left;

/// Says what it can do with the grids and which networks it has, and waits until its folder has a file `go`.
const LOOKS: &str = r#"
import json, os, time
grids = "/transformation_grids"
def fails(what, *arguments):
    try:
        what(*arguments)
    except OSError as error:
        return os.strerror(error.errno)
found = {
    "reads": open(f"{grids}/a.tif").read(),
    "makes": fails(open, f"{grids}/b.tif", "w"),
    "writes": fails(open, f"{grids}/a.tif", "a"),
    "removes": fails(os.remove, f"{grids}/a.tif"),
    "makes public": fails(os.chmod, f"{grids}/a.tif", 0o777),
    "networks": sorted(os.listdir("/sys/class/net")),
}
print(json.dumps(found), flush=True)
while not os.path.exists("/io/go"):
    time.sleep(0.05)
layers = {"layers_by_id": {}}
json.dump({"outputs": {"project_details": {"project_details": {"crs": "EPSG:4326"} | layers}, "qgis_layers_data": layers,
    "qfield_layer_data": layers}}, open("/io/feedback.json", "w"))
os.makedirs("/io/export"); open("/io/export/farm_qfield.qgz", "w").write("a project")
"#;

/// A network of the engine; removed when it is dropped.
struct Network(String);

impl Network {
    fn create() -> Self {
        let name = format!("fieldlog-test-{}", Uuid::new_v4());
        docker(&["network", "create", "--internal", &name]);
        Self(name)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        docker(&["network", "rm", &self.0]);
    }
}

fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).output().unwrap();
    assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What the engine knows of the first attempt at a job, and what the job said.
async fn look(cloud: &Cloud, job: JobId) -> (Value, Value) {
    cloud.until(job, |row| row.state == JobState::Started).await;
    let inspected = docker(&["inspect", &format!("fieldlog-{job}-1")]);
    let mut inspected: Value = serde_json::from_str(&inspected).unwrap();
    std::fs::write(cloud.dir.join(format!("w/jobs/{job}-1/io/go")), "").unwrap();
    let log = cloud.finished(job).await.log.unwrap();
    (inspected[0].take(), serde_json::from_str(&cloud.blob(log).await).unwrap())
}

fn networks(inspected: &Value) -> Vec<&String> {
    inspected["NetworkSettings"]["Networks"].as_object().unwrap().keys().collect()
}

fn grids_are_mounted_read_only(inspected: &Value, grids: &Path) {
    let mounts = inspected["Mounts"].as_array().unwrap();
    let mount = mounts.iter().find(|mount| mount["Destination"] == "/transformation_grids").unwrap();
    assert_eq!((mount["Source"].as_str(), mount["RW"].as_bool()), (grids.to_str(), Some(false)));
    let others: Vec<_> = mounts.iter().filter(|other| *other != mount).map(|other| &other["Destination"]).collect();
    assert_eq!(others, ["/io"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn containers_only_read_grids_and_only_jobs_that_may_are_on_the_network() {
    let cloud = Cloud::new().await;
    let grids = cloud.dir.canonicalize().unwrap().join("grids");
    std::fs::create_dir(&grids).unwrap();
    std::fs::write(grids.join("a.tif"), "a grid").unwrap();
    // Also a grid that everybody could write to.
    for path in [grids.clone(), grids.join("a.tif")] {
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    }
    let looks = Arc::new(Instead::python(LOOKS));
    let network = Network::create();
    let options = WorkerOptions {
        image: IMAGE.to_owned(),
        network: Some(network.0.clone()),
        grids: Some(grids.clone()),
        ..cloud.options("w")
    };
    let worker = Worker::start_with(cloud.app.clone(), looks.clone(), options).await.unwrap();

    // QGIS is to find out whether there are layers on servers.
    let owner = cloud.account("ana").await;
    let allowed = cloud.job_of(owner, &[("farm.qgs", b"<qgis/>")]).await;
    let (inspected, said) = look(&cloud, allowed).await;
    assert_eq!((networks(&inspected), &said["networks"]), (vec![&network.0], &json!(["eth0", "lo"])));
    grids_are_mounted_read_only(&inspected, &grids);
    let read_only = "Read-only file system";
    let expected = json!({
        "reads": "a grid", "makes": read_only, "writes": read_only, "removes": read_only, "makes public": read_only,
        "networks": ["eth0", "lo"],
    });
    assert_eq!(said, expected);

    // One that nobody knows of any such layers in, and one whose owner nobody knows.
    for job in [cloud.package_job().await.1, cloud.small_job().await] {
        let (inspected, said) = look(&cloud, job).await;
        assert_eq!((networks(&inspected), &said["networks"]), (vec![&"none".to_owned()], &json!(["lo"])));
        grids_are_mounted_read_only(&inspected, &grids);
    }
    assert_eq!(std::fs::read_to_string(grids.join("a.tif")).unwrap(), "a grid");
    nothing_is_left(&cloud, looks.as_ref()).await;
    worker.shutdown().await;
}
