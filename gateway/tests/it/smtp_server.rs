//! A real mail server as a child process; see `scripts/smtp-server`.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fieldlog_gateway::{GatewayOptions, MailOptions};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::server::eventually;

/// It installs itself the first time.
const START: Duration = Duration::from_secs(120);

pub struct SmtpServer {
    pub port: u16,
    mails: Arc<Mutex<Vec<Value>>>,
    reading: JoinHandle<()>,
    child: Child,
}

impl SmtpServer {
    pub async fn start() -> Self {
        Self::with(0, &[]).await
    }

    pub async fn with(port: u16, options: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/smtp-server");
        let mut child = Command::new(script)
            .arg(port.to_string())
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = tokio::time::timeout(START, lines.next_line()).await.expect("the mail server starts");
        let first =
            first.unwrap().expect("scripts/smtp-server says that it is ready; it needs python3 and python3-venv");
        let port = first.strip_prefix("ready ").unwrap_or_else(|| panic!("expected a port, found {first}"));
        let mails = Arc::new(Mutex::new(Vec::new()));
        let delivered = mails.clone();
        let reading = tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                delivered.lock().unwrap().push(serde_json::from_str(&line).unwrap());
            }
        });
        Self { port: port.parse().unwrap(), mails, reading, child }
    }

    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    fn mails(&self) -> Vec<Value> {
        self.mails.lock().unwrap().clone()
    }

    /// Stops it; all mails it ever got.
    pub async fn stop(mut self) -> Vec<Value> {
        drop(self.child.stdin.take());
        (&mut self.reading).await.unwrap();
        self.mails()
    }

    /// The mails, once there are so many.
    pub async fn wait_for(&self, count: usize) -> Vec<Value> {
        eventually("the mails are delivered", async || self.mails().len() >= count).await;
        self.mails()
    }
}

/// A port of this machine where nothing listens.
pub async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// Lets the gateway send mail there.
pub fn send_to(options: &mut GatewayOptions, url: &str) {
    options.mail = Some(MailOptions {
        server: url.parse().unwrap(),
        sender: "Our cloud <cloud@example.org>".parse().unwrap(),
        public_url: "https://cloud.example/".into(),
    });
}
