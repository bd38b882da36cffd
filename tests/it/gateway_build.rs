//! Builds the gateway for the programs that drive it: cargo builds such a program alone.

use std::process::Command;

use crate::support::project;

/// Builds it beside this program and in the same way; there is nothing to do if it is there.
pub(crate) fn build() {
    let own = std::env::current_exe().expect("this program has a path");
    let target = own.ancestors().nth(2).expect("target/release/PROGRAM");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--package", "cli", "--target-dir"]).arg(target);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    let status = build.current_dir(project::root()).status();
    assert!(status.is_ok_and(|status| status.success()), "the gateway cannot be built");
}
