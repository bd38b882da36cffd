//! `kustodian policy`: what a change of the policies means before it is made, and what policies would
//! do for what agents really asked.

mod diff;
mod replay;
mod suggest;
mod test;
mod trail;
mod unused;
mod words;

use std::io::Write;

pub(crate) use diff::{GitFailure, agent_json, headline, write_agent};

use crate::failure::Answer;
use crate::settings::Settings;

/// Compare policies, test them, and learn from the trail what they should be.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Diff(diff::Args),
    Test(test::Args),
    Suggest(suggest::Args),
    Unused(unused::Args),
    Replay(replay::Args),
}

/// Runs one of them.
pub(crate) async fn run(command: Command, settings: &Settings, out: &mut dyn Write) -> Answer {
    match command {
        Command::Diff(args) => diff::run(&args, settings, out),
        Command::Test(args) => test::run(&args, settings, out),
        Command::Suggest(args) => suggest::run(&args, settings, out).await,
        Command::Unused(args) => unused::run(&args, settings, out).await,
        Command::Replay(args) => replay::run(&args, settings, out).await,
    }
}
