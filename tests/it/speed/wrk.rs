//! wrk, the load generator: how it is run and how what it prints is read.

use std::fmt;
use std::process::{Command, Stdio};

/// How hard to ask.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) connections: u32,
    pub(crate) seconds: u32,
}

/// What wrk measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Measured {
    /// Requests a second.
    pub(crate) rate: f64,
    /// Half of the requests took at most so many microseconds.
    pub(crate) median: f64,
    /// All but one in a hundred.
    pub(crate) p99: f64,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rate, median, p99 } = self;
        write!(f, "{rate:.0} requests/s, median {median:.0} us, p99 {p99:.0} us")
    }
}

/// Fails where wrk is not installed, and says how to install it.
pub(crate) fn must_be_there() {
    let found = Command::new("wrk").arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(found.is_ok(), "wrk is missing; install it (Debian and Ubuntu: apt-get install wrk)");
}

/// Asks for one URL as often as can be. A single answer that is no success fails the measurement.
pub(crate) fn measure(url: &str, authorization: &str, load: Load) -> Result<Measured, String> {
    let Load { connections, seconds } = load;
    let output = Command::new("wrk")
        .arg(format!("--threads={}", connections.clamp(1, 2)))
        .arg(format!("--connections={connections}"))
        .arg(format!("--duration={seconds}s"))
        .args(["--latency", "--header"])
        .arg(format!("Authorization: {authorization}"))
        .arg(url)
        .stdin(Stdio::null())
        .output()
        .map_err(|why| format!("wrk does not start: {why}"))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    read(&printed).ok_or_else(|| {
        let complaint = String::from_utf8_lossy(&output.stderr);
        format!("not every request was answered as it should be\n{printed}{complaint}")
    })
}

/// The figures; none where an answer was no success, a socket failed, or a figure is not there.
fn read(printed: &str) -> Option<Measured> {
    if printed.contains("Non-2xx") || printed.contains("Socket errors") {
        return None;
    }
    let figure =
        |name: &str| printed.lines().find_map(|line| line.trim().strip_prefix(name)).map(str::trim);
    Some(Measured {
        rate: figure("Requests/sec:")?.parse().ok()?,
        median: micros(figure("50%")?)?,
        p99: micros(figure("99%")?)?,
    })
}

/// Reads `24.00us`, `1.15ms` or `1.05s`.
fn micros(text: &str) -> Option<f64> {
    let units = [("us", 1.0), ("ms", 1e3), ("s", 1e6)];
    units.iter().find_map(|(unit, factor)| {
        let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
        Some(number * factor)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "\
Running 5s test @ http://127.0.0.1:9000/v1/customers/5f1a2b3c4d5e6f7a8b9c0d1e
  2 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.02ms  300.00us   9.99ms   92.10%
    Req/Sec    31.50k     1.20k   34.00k    70.00%
  Latency Distribution
     50%  980.00us
     75%    1.10ms
     90%    1.30ms
     99%    2.15ms
  315000 requests in 5.00s, 330.00MB read
Requests/sec:  63000.50
Transfer/sec:     66.00MB
";

    #[test]
    fn the_figures_are_read() {
        let measured = Measured { rate: 63000.5, median: 980.0, p99: 2150.0 };
        assert_eq!(read(PRINTED), Some(measured));
    }

    #[test]
    fn a_run_with_a_refusal_or_a_broken_connection_counts_for_nothing() {
        for complaint in [
            "  Non-2xx or 3xx responses: 1\n",
            "  Socket errors: connect 0, read 1, write 0, timeout 0\n",
        ] {
            let printed = PRINTED.replace("Requests/sec", &format!("{complaint}Requests/sec"));
            assert_eq!(read(&printed), None);
        }
    }
}
