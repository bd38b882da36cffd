//! What the tests of several commands need.

use std::path::PathBuf;

/// The project's own sample policies.
pub(crate) fn sample_policies() -> PathBuf {
    // Relative, so that snapshots hold no machine's paths: tests run in their crate's folder.
    PathBuf::from("../../policies")
}

/// An output without its colours.
pub(crate) fn plain(out: &[u8]) -> String {
    anstream::adapter::strip_str(str::from_utf8(out).expect("UTF-8")).to_string()
}
