//! How many files and sockets the system lets this process have open at once.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is kept back for the store, the log and what else is no connection.
const KEPT_BACK: u64 = 128;

/// Raises the soft limit to the hard one. A process does so once, for itself; where the system refuses,
/// the limit stays as it is.
pub fn raise() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(failure) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%failure, "the limit of open files could not be raised");
    }
}

/// As many connections of agents as can be served: a quarter of what may be open is left for connections
/// to Kustomer, of which only a request under way needs one. Says so in the log where that is fewer than
/// were asked for.
#[must_use]
pub fn connections(asked: u32) -> u32 {
    // No limit at all is enough for any number.
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let most = fitting(asked, files);
    if most < asked {
        tracing::warn!(
            "this process may open {files} files, enough for {most} connections of agents and not for \
             the {asked} of `limits.connections`; raise the limit (ulimit -n, LimitNOFILE)"
        );
    }
    most
}

fn fitting(asked: u32, files: u64) -> u32 {
    let room = files.saturating_sub(KEPT_BACK) / 4 * 3;
    u32::try_from(room).unwrap_or(u32::MAX).min(asked).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_leave_room_for_connections_to_kustomer() {
        assert_eq!(fitting(20_000, 1024), 672);
        assert_eq!(fitting(20_000, 1_000_000), 20_000);
        assert_eq!(fitting(20_000, u64::MAX), 20_000);
        assert_eq!(fitting(20_000, 10), 1, "never none at all");
    }
}
