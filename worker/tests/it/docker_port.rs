//! The port to a real engine: everything it promises.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use fieldlog_worker::containers::docker::{DockerAddress, DockerRuntime};
use fieldlog_worker::containers::*;
use futures::StreamExt;
use tempfile::TempDir;
use uuid::Uuid;

use crate::docker_engine::{IMAGE, docker};

struct Container {
    runtime: std::sync::Arc<DockerRuntime>,
    spec: ContainerSpec,
    _io: TempDir,
}

/// A container that runs this, in a folder of its own.
fn container(code: &str) -> Container {
    let io = tempfile::tempdir().unwrap();
    std::fs::set_permissions(io.path(), PermissionsExt::from_mode(0o777)).unwrap();
    let label = Uuid::now_v7().to_string();
    let spec = ContainerSpec {
        name: format!("fieldlog-test-{label}"),
        image: IMAGE.to_owned(),
        command: ["python3", "-c", code].map(str::to_owned).into(),
        env: BTreeMap::from([("HOME".to_owned(), "/tmp".to_owned())]),
        labels: BTreeMap::from([("fieldlog.test".to_owned(), label)]),
        mounts: vec![Mount { source: io.path().to_owned(), target: "/io".to_owned(), read_only: false }],
        network: None,
        user: "10001:10001".to_owned(),
        limits: ContainerLimits::default(),
    };
    Container { runtime: docker(), spec, _io: io }
}

impl Drop for Container {
    fn drop(&mut self) {
        let _ = std::process::Command::new("docker").args(["rm", "-f", "-v", &self.spec.name]).output();
    }
}

impl Container {
    async fn start(&self) -> ContainerId {
        let id = self.runtime.create(&self.spec).await.unwrap();
        self.runtime.start(&id).await.unwrap();
        id
    }

    async fn run(&self) -> (Exit, String) {
        let id = self.start().await;
        let exit = self.runtime.wait(&id).await.unwrap();
        (exit, self.printed(&id).await)
    }

    async fn printed(&self, id: &ContainerId) -> String {
        let mut log = self.runtime.log(id).await.unwrap();
        let mut printed = vec![];
        while let Some(chunk) = log.next().await {
            printed.extend(chunk.unwrap());
        }
        String::from_utf8(printed).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_and_the_image_are_found() {
    let docker = docker();
    assert!(!docker.engine().await.unwrap().version.is_empty());
    assert!(docker.image(IMAGE).await.unwrap().digest.starts_with("sha256:"));
    let missing = docker.image("fieldlog-no-such-image:1").await.unwrap_err();
    assert_eq!(missing, RuntimeError::NoImage("fieldlog-no-such-image:1".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_not_there_is_unavailable() {
    for address in ["unix:///nonexistent/docker.sock", "tcp://127.0.0.1:1"] {
        let nobody = DockerRuntime::new(address.parse().unwrap());
        let error = nobody.engine().await.unwrap_err();
        assert!(matches!(error, RuntimeError::Unavailable(_)), "{error}");
    }
    assert!("docker".parse::<DockerAddress>().is_err() && "unix://".parse::<DockerAddress>().is_err());
}

const LOOK_AROUND: &str = r#"
import json, os, socket, subprocess
status = dict(line.split(':', 1) for line in open('/proc/self/status').read().splitlines())
def fails(what):
    try:
        what()
        return False
    except OSError:
        return True
def fork():
    for _ in range(1000):
        if os.fork() == 0:
            import time; time.sleep(60)
mounts = {line.split()[1]: line.split()[3].split(',') for line in open('/proc/mounts')}
open('/io/made', 'w').write('x')
open('/tmp/made', 'w').write('x')
print(json.dumps({
    'uid': os.getuid(), 'gid': os.getgid(), 'groups': os.getgroups(),
    'capabilities': [status[key].strip() for key in ('CapEff', 'CapPrm', 'CapBnd', 'CapInh')],
    'no_new_privileges': status['NoNewPrivs'].strip(), 'seccomp': status['Seccomp'].strip(),
    'interfaces': [name for _, name in socket.if_nameindex()],
    'root_is_read_only': fails(lambda: open('/usr/made', 'w')) and fails(lambda: open('/made', 'w')),
    'tmp': mounts['/tmp'], 'init': open('/proc/1/comm').read().strip(),
    'tmp_is_full': fails(lambda: open('/tmp/big', 'wb').write(b'x' * (300 << 20))),
    'file_is_too_large': fails(lambda: os.truncate(os.open('/io/made', os.O_RDWR), 2 << 30)),
    'docker_socket': os.path.exists('/var/run/docker.sock'),
    'forks_end': fails(fork),
}))
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_container_is_closed_off() {
    // SIGXFSZ would end the probe where an error is looked for.
    let mut probe = container(&format!("import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n{LOOK_AROUND}"));
    probe.spec.limits.file_bytes = 1 << 30;
    let (exit, printed) = probe.run().await;
    assert_eq!(exit.code, 0, "{printed}");
    let found: serde_json::Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    assert_eq!((&found["uid"], &found["gid"]), (&10_001.into(), &10_001.into()));
    assert_eq!(found["capabilities"], serde_json::json!(["0000000000000000"; 4].to_vec()));
    assert_eq!((found["no_new_privileges"].as_str(), found["seccomp"].as_str()), (Some("1"), Some("2")));
    assert_eq!(found["interfaces"], serde_json::json!(["lo"]));
    let tmp = found["tmp"].as_array().unwrap();
    for option in ["nosuid", "nodev", "noexec"] {
        assert!(tmp.contains(&option.into()), "{tmp:?}");
    }
    for fact in ["root_is_read_only", "tmp_is_full", "file_is_too_large", "forks_end"] {
        assert_eq!(found[fact], true, "{fact}");
    }
    assert_eq!(found["docker_socket"], false);
    assert!(found["init"].as_str().unwrap().contains("init") || found["init"] == "tini", "{}", found["init"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_live_and_can_be_read_again_from_its_start() {
    let talker = container("import time\nfor n in range(6):\n  print('line', n, flush=True)\n  time.sleep(0.3)");
    let id = talker.start().await;
    let began = Instant::now();
    let mut log = talker.runtime.log(&id).await.unwrap();
    let first = log.next().await.unwrap().unwrap();
    assert_eq!(first, "line 0\n");
    assert!(matches!(talker.runtime.inspect(&id).await.unwrap().state, ContainerState::Running { .. }));
    let mut chunks = 1;
    while let Some(chunk) = log.next().await {
        chunk.unwrap();
        chunks += 1;
    }
    assert_eq!(chunks, 6);
    assert!(began.elapsed() > Duration::from_millis(1_200));
    assert_eq!(talker.runtime.wait(&id).await.unwrap().code, 0);
    assert_eq!(talker.printed(&id).await.lines().count(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn exits_are_told_apart() {
    let (exit, _) = container("raise SystemExit(7)").run().await;
    assert_eq!((exit.code, exit.out_of_memory), (7, false));

    let mut hungry = container("x = b'x' * (1 << 30)");
    hungry.spec.limits.memory_bytes = 64 << 20;
    let (exit, _) = hungry.run().await;
    assert_eq!((exit.code, exit.out_of_memory), (Exit::KILLED, true));

    let hungry_child = "import os, sys\nif os.fork() == 0:\n  x = b'x' * (1 << 30)\nos.wait()\nsys.exit(0)";
    let mut hungry = container(hungry_child);
    hungry.spec.limits.memory_bytes = 64 << 20;
    let (exit, _) = hungry.run().await;
    assert_eq!((exit.code, exit.out_of_memory), (0, true), "a child was killed, and only that tells");

    let sleeper = container("import time; time.sleep(600)");
    let id = sleeper.start().await;
    sleeper.runtime.kill(&id).await.unwrap();
    let exit = sleeper.runtime.wait(&id).await.unwrap();
    assert_eq!((exit.code, exit.out_of_memory), (Exit::KILLED, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_twice_is_done_once() {
    let sleeper = container("import time; time.sleep(600)");
    let id = sleeper.start().await;
    let runtime = &sleeper.runtime;
    let second = runtime.create(&sleeper.spec).await.unwrap_err();
    assert_eq!(second, RuntimeError::NameTaken(sleeper.spec.name.clone()));
    runtime.start(&id).await.unwrap();
    // By name as well as by id.
    let by_name = runtime.inspect(&ContainerId(sleeper.spec.name.clone())).await.unwrap();
    assert_eq!(by_name.id, id);
    let listed = runtime.list(&sleeper.spec.labels).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].id, id);
    for _ in 0..2 {
        runtime.kill(&id).await.unwrap();
        runtime.wait(&id).await.unwrap();
    }
    for _ in 0..2 {
        runtime.remove(&id).await.unwrap();
    }
    assert_eq!(runtime.list(&sleeper.spec.labels).await.unwrap(), []);
    for gone in [runtime.inspect(&id).await.map(|_| ()), runtime.kill(&id).await, runtime.start(&id).await] {
        assert!(matches!(gone, Err(RuntimeError::NoContainer(_))), "{gone:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_not_there_is_refused_and_not_made() {
    let mut lost = container("pass");
    let missing = Path::new("/nonexistent/fieldlog-io");
    lost.spec.mounts[0].source = missing.to_owned();
    let id = lost.runtime.create(&lost.spec).await;
    let refused = match id {
        Ok(id) => lost.runtime.start(&id).await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(refused, RuntimeError::Refused { .. }), "{refused}");
    assert!(!missing.exists());
}
