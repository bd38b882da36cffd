//! The crash harness as a program: kills the gateway under load as often as one likes, and says
//! whether the trail kept its promise.
//!
//! `cargo run --release -p acceptance --bin crash -- --kills 100`. The test run does the same, less
//! often. Exits with 0 if nothing was lost, 1 if something was; 101 if the harness itself failed.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the harness stands on what the tests stand on, which fails by panicking"
)]

mod crash;
mod gateway_build;
#[expect(dead_code, reason = "the tests use more of it than the harness does")]
mod support;

use std::io::{Write as _, stdout};
use std::process::ExitCode;

use clap::Parser;
use gateway::clock::{Clock as _, SystemClock};

use crash::{Engine, Plan};

/// Kill the gateway at random instants under load, and compare its trail with what Kustomer saw.
#[derive(Debug, Parser)]
#[command(name = "crash")]
struct Args {
    /// How often the gateway is killed, on each database
    #[arg(long, default_value_t = 20)]
    kills: u32,
    /// Which database keeps the records
    #[arg(long, value_enum, default_value_t = Which::Both)]
    database: Which,
    /// Repeats the calls and instants of an earlier run, as far as the machine lets them
    #[arg(long)]
    seed: Option<u64>,
    /// Keep-alive connections that make calls at once
    #[arg(long, default_value_t = 64)]
    connections: u32,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Which {
    Sqlite,
    Postgres,
    Both,
}

impl Which {
    fn engines(self) -> &'static [Engine] {
        match self {
            Self::Sqlite => &[Engine::Sqlite],
            Self::Postgres => &[Engine::Postgres],
            Self::Both => &[Engine::Sqlite, Engine::Postgres],
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let Args { kills, database, seed, connections } = Args::parse();
    gateway_build::build();
    let seed = seed.unwrap_or_else(|| SystemClock.now().as_millisecond().unsigned_abs());
    let mut out = stdout();
    let mut held = true;
    for engine in database.engines() {
        let plan = Plan { engine: *engine, kills, seed, connections };
        let tally = crash::run(&plan, &mut out).await;
        held &= tally.held();
    }
    // Whoever closed the pipe has seen enough.
    let _ = writeln!(out, "\n{}", if held { "nothing was lost" } else { "THE TRAIL IS NOT WHOLE" });
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
