//! Very many agents as a program: how long their policies take to load, to be decided by and to be read
//! again.
//!
//! `cargo run --release -p acceptance --bin many`. Exits with 0 when every request was answered as it
//! should be, whatever the figures; 101 if one was not.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the measurement stands on what the tests stand on, which fails by panicking"
)]
#![expect(
    clippy::cast_precision_loss,
    reason = "counts of requests are far below what a float holds"
)]

mod gateway_build;
mod many;
#[expect(dead_code, reason = "only its upstream, its processes and its median are used here")]
mod speed;
#[expect(dead_code, reason = "the tests use more of it than the measurement does")]
mod support;

use std::io::stdout;
use std::num::NonZeroU32;

use clap::{Parser, Subcommand};

use many::Plan;

/// What the run does, for `--help`.
const ABOUT: &str = "\
Writes the policies of very many agents into a temporary folder, a third of them with two roles, and
measures:

  load    reading all of them, from the files to the set, and what memory the set takes
  decide  looking a policy up and deciding, each time by another agent
  serve   requests at a steady rate through the release build with its default settings, on SQLite:
          alone, and while one policy after the other is changed and the whole folder read again,
          five times in turn; meanwhile a page that needs no record is asked for a thousand times a
          second of each thread that serves, which tells how long one of them keeps others waiting.
          Then every policy is changed at once, three times. The memory is that of the gateway

The gateway, the load and the upstream share the machine.";

/// Measure a gateway with very many policies.
#[derive(Debug, Parser)]
#[command(name = "many", long_about = ABOUT)]
struct Args {
    /// Agents, each with a policy of its own
    #[arg(long, default_value = "10000")]
    agents: NonZeroU32,
    /// Entries of each policy
    #[arg(long, default_value = "20")]
    entries: NonZeroU32,
    /// Requests a second
    #[arg(long, default_value = "5000")]
    rate: NonZeroU32,
    /// How long each of five rounds of serving takes without changes, and as long again with them
    #[arg(long, default_value = "4")]
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

fn main() {
    let Args { agents, entries, rate, seconds, part } = Args::parse();
    if let Some(Part::Upstream) = part {
        return speed::upstream::run();
    }
    gateway_build::build();
    many::run(&Plan { agents: agents.get(), entries, rate, seconds }, &mut stdout());
}
