//! What a process has in memory, by the system's account.

/// What a process has now and had at most, in units of 1,048,576 bytes; zeros where the system does not
/// tell. `self` is this one.
pub(crate) fn of(process: &str) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        let kilobytes: u64 = line.trim().strip_suffix(" kB").unwrap_or("0").parse().unwrap_or(0);
        kilobytes / 1024
    };
    (of("VmRSS:"), of("VmHWM:"))
}
