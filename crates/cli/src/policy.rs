//! `kustodian policy`: what a change of the policies means, before it is made.

mod diff;
mod test;

use std::io::Write;

pub(crate) use diff::GitFailure;

use crate::failure::Answer;
use crate::settings::Settings;

/// Compare policies, and test them, before they are in force.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Diff(diff::Args),
    Test(test::Args),
}

/// Runs one of them.
pub(crate) fn run(command: &Command, settings: &Settings, out: &mut dyn Write) -> Answer {
    match command {
        Command::Diff(args) => diff::run(args, settings, out),
        Command::Test(args) => test::run(args, settings, out),
    }
}
