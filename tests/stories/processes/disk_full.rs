//! A disk that fills up, and has room again.

use std::path::{Path, PathBuf};
use std::process::Command;

use reqwest::StatusCode;
use serde_json::json;

use crate::support::fieldlog::Fieldlog;

/// A small disk; unmounted when dropped.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// None where mounting is not permitted.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=48m", "fieldlog-story"]).arg(folder.path()).output();
        mounted.ok()?.status.success().then_some(Self { folder })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all the room there is but so many bytes.
    fn fill_but(&self, bytes: u64) -> PathBuf {
        let path = self.path().join("filler");
        let space = rustix::fs::statvfs(self.path()).unwrap();
        std::fs::write(&path, vec![0; (space.f_bavail * space.f_frsize - bytes) as usize]).unwrap();
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_work_goes_on_once_there_is_room() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("SKIPPED: mounting a tmpfs is not permitted here, so nothing was learned about full disks");
        return;
    };
    let fieldlog = Fieldlog::new().without_docker().with_data(disk.path().join("data"));
    let server = fieldlog.serve().await;
    let ana = server.client().register("ana").await;
    let project = ana.create_project("river").await;
    let small = vec![7; 100_000];
    ana.upload(&project, "before.bin", small.clone()).await;

    // Room for the log, not quite for the file.
    let filler = disk.fill_but(6_000_000);
    let refused = ana.put(&project, "large.bin", vec![1; 6_200_000]).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::INSUFFICIENT_STORAGE);
    assert!(refused.headers().contains_key("retry-after"));
    let body: serde_json::Value = refused.json().await.unwrap();
    assert_eq!(body["code"], "no_space", "{body}");
    assert_eq!(ana.get(&format!("/files/{project}/large.bin")).await.status(), StatusCode::NOT_FOUND);
    ana.upload(&project, "meanwhile.bin", small.clone()).await;

    // Room for nothing.
    std::fs::remove_file(&filler).unwrap();
    disk.fill_but(0);
    let mut made = Vec::new();
    let mut refusals = 0;
    for number in 0..200 {
        let name = format!("project-{number}");
        let answer = ana.try_mutate("createProject", json!({ "name": name }), "").await.unwrap();
        match answer["data"]["createProject"]["__typename"].as_str() {
            Some("ProjectCreated") => made.push(name),
            _ => {
                let code = answer["errors"][0]["extensions"]["code"].as_str();
                assert!(matches!(code, Some("UNAVAILABLE" | "BEHIND")), "{answer}");
                refusals += 1;
                if refusals == 3 {
                    break;
                }
            }
        }
    }
    assert_eq!(ana.get("/healthz").await.status(), StatusCode::OK);
    assert_eq!(ana.download(&project, "before.bin").await, small);

    // Room again.
    std::fs::remove_file(&filler).unwrap();
    assert_eq!(ana.outcome("createProject", json!({ "name": "room-again" })).await, "ProjectCreated");
    ana.upload(&project, "large.bin", vec![1; 12_000_000]).await;
    for name in made {
        let found = ana
            .graphql("query($n: String!) { project(owner: \"ana\", name: $n) { name } }", json!({ "n": name }))
            .await;
        assert_eq!(found["project"]["name"], name.as_str());
    }
    assert_eq!(server.stop().await.code(), Some(0));
}
