//! The real program as a child process, over a folder on disk.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// `fieldlog serve`, ready; told to stop when dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From the start of the process to its ready line.
    pub ready_after: Duration,
}

impl Server {
    /// Starts it over `data`, with further arguments.
    pub fn start(data: &Path, arguments: &[&str]) -> Self {
        let began = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_fieldlog"))
            .arg("serve")
            .arg("--data")
            .arg(data)
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::from(std::fs::File::create(data.join("stderr.log")).expect("a file can be made")))
            .spawn()
            .expect("the fieldlog program starts");
        let mut line = String::new();
        let output = child.stdout.take().expect("its output is a pipe");
        BufReader::new(output).read_line(&mut line).expect("its output is text");
        let ready_after = began.elapsed();
        let address = line.split_once("http://").and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok());
        let address = address.unwrap_or_else(|| {
            let said = std::fs::read_to_string(data.join("stderr.log")).unwrap_or_default();
            panic!("expected a ready line with an address, found {line:?}; it said:\n{said}")
        });
        Self { child, address, ready_after }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        Command::new("kill").arg(self.pid().to_string()).status().ok();
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        writeln!(std::io::stderr(), "the server did not stop and is killed").ok();
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
