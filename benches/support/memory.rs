//! What the kernel says about a process.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The numbers in `/proc/PID/status`, for example `VmHWM` in KiB.
pub fn status(pid: u32) -> HashMap<String, u64> {
    numbers(&format!("/proc/{pid}/status"))
}

/// The most memory the process had at a time, in MB.
pub fn peak_mb(pid: u32) -> f64 {
    mb(status(pid).get("VmHWM").copied())
}

/// The memory the process has, in MB.
pub fn resident_mb(pid: u32) -> f64 {
    mb(status(pid).get("VmRSS").copied())
}

/// The most memory that a process of this program had whose command line has this word, in MB; looks until it is told to stop.
/// None: there was no such process.
///
/// The kernel keeps a process's peak, so all that can be missed is what was added in its last moment.
pub fn peak_of_command_mb(program: &str, word: &str, stop: &AtomicBool) -> Option<f64> {
    let (mut peak, mut found) = (None, None);
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(20));
        found = found.or_else(|| process(program, word));
        let now = found.and_then(|pid| status(pid).get("VmHWM").copied());
        if now.is_none() {
            found = None;
        }
        peak = peak.max(now);
    }
    peak.map(|kib| mb(Some(kib)))
}

fn process(program: &str, word: &str) -> Option<u32> {
    let entries = std::fs::read_dir("/proc").expect("there is /proc").filter_map(Result::ok);
    let mut pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.find(|pid| {
        let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        command.starts_with(program.as_bytes()) && String::from_utf8_lossy(&command).contains(word)
    })
}

/// How often each of its threads woke up by itself so far.
pub fn wake_ups(pid: u32) -> HashMap<std::ffi::OsString, u64> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).expect("the process runs");
    let of = |thread: std::fs::DirEntry| {
        let status = numbers(&format!("{}/status", thread.path().display()));
        Some((thread.file_name(), *status.get("voluntary_ctxt_switches")?))
    };
    threads.filter_map(Result::ok).filter_map(of).collect()
}

fn mb(kib: Option<u64>) -> f64 {
    kib.expect("the process runs") as f64 * 1024.0 / 1e6
}

fn numbers(path: &str) -> HashMap<String, u64> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let number = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_owned(), value.split_whitespace().next()?.parse().ok()?))
    };
    text.lines().filter_map(number).collect()
}
