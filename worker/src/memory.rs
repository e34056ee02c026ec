//! How much memory the machine has.

/// Bytes that can be used without swapping, by the kernel's estimate; none where there is no such kernel.
pub(crate) fn available() -> Option<u64> {
    of("MemAvailable:")
}

/// All of it, in bytes; none where there is no such kernel.
pub(crate) fn total() -> Option<u64> {
    of("MemTotal:")
}

fn of(name: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}
