//! What is put away when a test ends, in whatever way.

use std::process::{Child, Command, Stdio};

/// Runs a command of the shell when it is dropped, and when this process dies.
pub struct WhenGone(Child);

impl WhenGone {
    /// Its arguments are `$1`, `$2` and so on in the command.
    pub fn run(command: &str, arguments: &[&str]) -> Self {
        // The pipe that it reads ends with this process, however that ends.
        let script = format!("read _; {command}");
        let mut shell = Command::new("setsid");
        shell.args(["sh", "-c", &script, "when-gone"]).args(arguments).stdin(Stdio::piped());
        Self(shell.spawn().unwrap())
    }
}

impl Drop for WhenGone {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
