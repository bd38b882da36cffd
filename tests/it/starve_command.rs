//! Whether slow and idle connections starve others, as a program: a good agent's median beside a crowd of
//! them, and without.
//!
//! `cargo run --release -p acceptance --bin starve`. Exits with 0 when the median beside the crowd is
//! within twice the quiet one, with 1 when it is not, and with 101 where it could not be measured.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the measurement stands on what the tests stand on, which fails by panicking"
)]

mod gateway_build;
#[expect(dead_code, reason = "only its upstream and its processes are used here")]
mod speed;
mod starve;
#[expect(dead_code, reason = "the tests use more of it than the measurement does")]
mod support;

use std::io::{Write as _, stderr, stdout};
use std::num::NonZeroU32;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use starve::Plan;

/// What the run does, for `--help`.
const ABOUT: &str = "\
Measures the median latency of a good agent that makes one request after the other, alone, and then
beside a crowd: connections that made one request and say nothing more, connections that send the
head of a request at a byte a second, and as many that send its body so. Those that the gateway
closes are opened again, so the crowd is there throughout; the figures of the gateway's own health
page before and after the measurement are shown.

The gateway is the release build with its default settings, on SQLite; the crowd comes from several
addresses of the loopback, since one alone may not have so many connections.";

/// Measure whether slow and idle connections starve others.
#[derive(Debug, Parser)]
#[command(name = "starve", long_about = ABOUT)]
struct Args {
    /// Connections without a request
    #[arg(long, default_value = "10000")]
    idle: u32,
    /// Connections with a request that never becomes whole
    #[arg(long, default_value = "500")]
    slow: u32,
    /// How often it is measured
    #[arg(long, default_value = "3")]
    rounds: NonZeroU32,
    /// How long each measurement takes; there are two in a round
    #[arg(long, default_value = "5")]
    seconds: NonZeroU32,
    #[command(subcommand)]
    part: Option<Part>,
}

/// A part that is a process of its own. This program starts it by itself.
#[derive(Debug, Subcommand)]
enum Part {
    #[command(hide = true)]
    Upstream,
}

fn main() -> ExitCode {
    let Args { idle, slow, rounds, seconds, part } = Args::parse();
    if let Some(Part::Upstream) = part {
        speed::upstream::run();
        return ExitCode::SUCCESS;
    }
    gateway_build::build();
    gateway::descriptors::raise();
    let rounds = starve::run(&Plan { idle, slow, rounds, seconds }, &mut stderr());
    let ratio = starve::ratio(&rounds);
    let _ = writeln!(stdout(), "{}", starve::verdict(&rounds));
    if ratio <= starve::MOST { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
