//! nginx on a port of its own, with the configuration of the documentation.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::server::{Server, eventually};

/// Stopped when dropped, and when this process dies in whatever way.
pub struct Nginx {
    pub url: String,
    folder: TempDir,
    process: Child,
}

impl Nginx {
    /// In front of a server. The documented configuration is changed in as few places as can be.
    pub async fn before(server: &Server, changes: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new().prefix("fieldlog-nginx").tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let listen = format!("listen 127.0.0.1:{port};");
        let here = [("server 127.0.0.1:8080;", &*format!("server {};", server.url.trim_start_matches("http://")))];
        let here = here.into_iter().chain([("listen 80;", listen.as_str())]).chain(changes.iter().copied());
        copy_changed(folder.path(), here);
        fs::write(folder.path().join("nginx.conf"), around(folder.path())).unwrap();
        let process = start(folder.path());
        let nginx = Self { url: format!("http://127.0.0.1:{port}"), folder, process };
        eventually("nginx answers", || async {
            let answer = server.client.get(format!("{}/healthz", nginx.url)).send().await;
            assert!(answer.is_ok() || !nginx.has_ended(), "nginx ended: {}", nginx.log());
            answer.is_ok_and(|answer| answer.status() == 200)
        })
        .await;
        nginx
    }

    /// Whether a line of its log begins like this, and the bytes did not come from the server behind.
    pub async fn sent_itself(&self, begin: &str) -> bool {
        let line = format!("{begin} /_blobs/");
        eventually("the log is written", || async { self.log().contains(begin) }).await;
        self.log().lines().any(|found| found.starts_with(&line))
    }

    /// What it wrote about requests and about its own troubles.
    pub fn log(&self) -> String {
        let read = |name| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        read("access.log") + &read("error.log")
    }

    fn has_ended(&self) -> bool {
        !Path::new(&format!("/proc/{}/exe", self.process.id())).exists()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The files of `docs/nginx` with these texts in place of others, each of which has to be in one of them.
fn copy_changed<'a>(folder: &Path, changes: impl Iterator<Item = (&'a str, &'a str)>) {
    let documented = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/nginx");
    let files = fs::read_dir(&documented).unwrap().map(|entry| entry.unwrap().path());
    let mut texts: Vec<_> = files.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect();
    for (from, to) in changes {
        let places: usize = texts.iter().map(|(_, text)| text.matches(from).count()).sum();
        assert_eq!(places, 1, "expected {from:?} in one place of {}", documented.display());
        texts.iter_mut().for_each(|(_, text)| *text = text.replace(from, to));
    }
    fs::create_dir(folder.join("fieldlog")).unwrap();
    for (path, text) in texts {
        fs::write(folder.join("fieldlog").join(path.file_name().unwrap()), text).unwrap();
    }
}

/// What an installed nginx has around it. The log tells where each answer came from.
fn around(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "daemon off;
        master_process off;
        pid {folder}/nginx.pid;
        error_log {folder}/error.log;
        events {{ worker_connections 256; }}
        http {{
            log_format served '$request_method $request_uri $status $uri';
            access_log {folder}/access.log served;
            client_body_temp_path {folder}/body;
            proxy_temp_path {folder}/proxy;
            fastcgi_temp_path {folder}/fastcgi;
            uwsgi_temp_path {folder}/uwsgi;
            scgi_temp_path {folder}/scgi;
            include fieldlog/fieldlog.conf;
        }}"
    )
}

fn start(folder: &Path) -> Child {
    let path = format!("{}:/usr/sbin:/usr/local/sbin", std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "nginx", "-c"]).arg(folder.join("nginx.conf")).arg("-p").arg(folder);
    command.arg("-e").arg(folder.join("error.log")).env("PATH", path).stdin(Stdio::null());
    command.spawn().expect("cannot start setpriv and nginx (Debian's util-linux and nginx)")
}
