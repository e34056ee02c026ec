//! A container engine of the test's own, which may be killed: nobody else's containers are on it.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// An image without QGIS, made of this machine's shell. It finds files where ours does.
pub const TINY: &str = "tiny:latest";

/// Where the programs that its containers need are on this machine.
const PROGRAMS: [&str; 4] = ["/bin/sh", "/bin/sleep", "/bin/mv", "/bin/cat"];

/// Stopped, and all that it has mounted and stored is gone, when it is dropped, and when this process dies.
pub struct OwnDocker {
    guard: Option<Guard>,
    dockerd: Option<Child>,
    keeps_containers: bool,
    folder: TempDir,
}

/// Waits for the end of the pipe that it reads, which ends with this process, however that ends.
struct Guard(Child);

const CLEAN_UP: &str = r#"
read _
end() { # of a process that is named by a file: first its number, then the signal
    pid=$(cat "$1" 2>/dev/null) && kill "-$2" "$pid" 2>/dev/null
}
end "$1/pid" TERM
for _ in $(seq 100); do kill -0 "$(cat "$1/pid" 2>/dev/null)" 2>/dev/null || break; sleep 0.1; done
end "$1/pid" KILL
for shim in $(pgrep -f -- "-address $1/exec/containerd/containerd.sock"); do
    for container in $(pgrep -P "$shim"); do kill -KILL "$container"; done
    kill -KILL "$shim"
done
end "$1/exec/containerd/containerd.pid" KILL
for mount in $(awk -v at="$1/" 'index($2, at) == 1 { print $2 }' /proc/mounts | sort -r); do umount --lazy "$mount"; done
rm -rf "$1"
"#;

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

impl OwnDocker {
    /// None where that is not permitted. `keeps_containers`: they go on while the engine is away.
    pub fn start(keeps_containers: bool) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            eprintln!("SKIPPED: only root may start an engine, so nothing was learned about one that is killed");
            return None;
        }
        // Containers' sockets lie below it, and their paths may not be long.
        let folder = tempfile::Builder::new().prefix("fl-docker").tempdir_in("/tmp").unwrap();
        let mut guard = Command::new("setsid");
        guard.args(["sh", "-c", CLEAN_UP, "guard"]).arg(folder.path()).stdin(Stdio::piped()).stderr(Stdio::null());
        let guard = Guard(guard.spawn().unwrap());
        let mut docker = Self { guard: Some(guard), dockerd: None, keeps_containers, folder };
        docker.start_again();
        docker.import_tiny();
        Some(docker)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn url(&self) -> String {
        format!("unix://{}", self.path("sock").display())
    }

    /// Starts it, again if it was killed, and waits until it answers.
    pub fn start_again(&mut self) {
        let log = std::fs::File::options().create(true).append(true).open(self.path("log")).unwrap();
        let mut dockerd = Command::new("dockerd");
        dockerd.arg("--data-root").arg(self.path("data")).arg("--exec-root").arg(self.path("exec"));
        dockerd.arg("--pidfile").arg(self.path("pid")).args(["--host", &self.url()]);
        dockerd.args(["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false"]);
        dockerd.arg(format!("--live-restore={}", self.keeps_containers));
        dockerd.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.dockerd = Some(dockerd.spawn().unwrap());
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.answers() {
            let log = || std::fs::read_to_string(self.path("log")).unwrap();
            assert!(Instant::now() < deadline, "the engine does not answer:\n{}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn answers(&self) -> bool {
        let asked = Command::new("docker").args(["-H", &self.url(), "version"]).output();
        asked.is_ok_and(|answer| answer.status.success())
    }

    /// What the engine's own client answers.
    pub fn docker(&self, arguments: &[&str]) -> String {
        let output = Command::new("docker").args(["-H", &self.url()]).args(arguments).output().unwrap();
        assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// `kill -9` of the engine, whose helper goes with it; what holds containers does not.
    pub fn kill(&mut self) {
        let helper = std::fs::read_to_string(self.path("exec/containerd/containerd.pid")).unwrap();
        let mut dockerd = self.dockerd.take().expect("it runs");
        dockerd.kill().unwrap();
        dockerd.wait().unwrap();
        // An engine that is started while the last one's helper is about to go waits for it in vain.
        let helper = PathBuf::from(format!("/proc/{}", helper.trim()));
        let deadline = Instant::now() + Duration::from_secs(30);
        while helper.exists() {
            assert!(Instant::now() < deadline, "the engine's helper is still there");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// `kill -9` of the engine, of what holds its containers, and of them.
    pub fn kill_with_all(&mut self) {
        let containers = self.docker(&["ps", "--quiet", "--no-trunc"]);
        let ids: Vec<_> = containers.lines().collect();
        let processes = match ids.is_empty() {
            true => String::new(),
            false => self.docker(&[&["inspect", "--format", "{{.State.Pid}}"], &ids[..]].concat()),
        };
        self.kill();
        let shims = self.shims();
        for process in shims.iter().map(String::as_str).chain(processes.lines()) {
            // Whatever went by itself is gone.
            let _ = Command::new("kill").args(["-KILL", process]).stderr(Stdio::null()).status();
        }
    }

    /// The processes that hold containers for it.
    fn shims(&self) -> Vec<String> {
        let socket = format!("-address {}", self.path("exec/containerd/containerd.sock").display());
        let found = Command::new("pgrep").args(["-f", "--", &socket]).output().unwrap();
        String::from_utf8(found.stdout).unwrap().lines().map(ToOwned::to_owned).collect()
    }

    fn import_tiny(&self) {
        let root = self.path("root");
        for program in PROGRAMS {
            let libraries = Command::new("ldd").arg(program).output().unwrap();
            let libraries = String::from_utf8(libraries.stdout).unwrap();
            let needed = libraries.split_whitespace().filter(|word| word.starts_with('/'));
            for file in needed.chain([program]) {
                let target = root.join(file.trim_start_matches('/'));
                std::fs::create_dir_all(target.parent().unwrap()).unwrap();
                std::fs::copy(file, target).unwrap();
            }
        }
        let tar = self.path("root.tar");
        let packed = Command::new("tar").arg("-C").arg(&root).arg("-cf").arg(&tar).arg(".").status().unwrap();
        assert!(packed.success());
        self.docker(&["import", "--change", "LABEL fieldlog.contract=folder", tar.to_str().unwrap(), TINY]);
    }

    /// Stops it, and makes sure that nothing of it is left on this machine.
    pub fn stop(&mut self) {
        self.end();
        let folder = self.folder.path();
        let mounts = std::fs::read_to_string("/proc/mounts").unwrap();
        assert!(!mounts.contains(folder.to_str().unwrap()), "{mounts}");
        assert!(!folder.exists(), "{} is still there", folder.display());
        assert_eq!(self.shims(), [""; 0]);
    }

    fn end(&mut self) {
        if let Some(mut dockerd) = self.dockerd.take() {
            let _ = Command::new("kill").args(["-TERM", &dockerd.id().to_string()]).status();
            let deadline = Instant::now() + Duration::from_secs(30);
            while Instant::now() < deadline && dockerd.try_wait().is_ok_and(|end| end.is_none()) {
                std::thread::sleep(Duration::from_millis(20));
            }
            let _ = dockerd.kill();
            let _ = dockerd.wait();
        }
        self.guard = None;
    }
}

impl Drop for OwnDocker {
    fn drop(&mut self) {
        self.end();
    }
}
