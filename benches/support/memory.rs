//! What the kernel says about a process.

use std::collections::HashMap;

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
