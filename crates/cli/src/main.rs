//! The `kustodian` program: one file per command.
//!
//! This file reads the command line, runs the command and turns its answer into an exit code. To add
//! a command: a file here with its `Args` and its `run`, a variant in `args.rs`, and an arm in
//! [`run`] below (the compiler asks for it).

mod agent;
mod args;
mod audit;
mod catalogue;
mod check;
mod completions;
mod demo;
mod explain;
mod failure;
mod health;
mod log;
mod matrix;
mod output;
mod policy;
mod rules;
mod sandbox;
mod serve;
mod settings;
mod signals;
mod store_access;
#[cfg(test)]
mod testing;
mod time;
mod token;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command};
use failure::{Answer, Failure};
use mimalloc::MiMalloc;

/// A request is some hundred small allocations, which this one gives out and takes back faster than
/// the system's: see docs/performance.md.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = anstream::stdout();
    let answer = run(cli, &mut out).and_then(|verdict| verdict.told(out.flush()));
    failure::exit_code(answer)
}

/// Runs one command, which writes its answer to `out`.
fn run(cli: Cli, out: &mut dyn Write) -> Answer {
    let settings = &cli.settings;
    match cli.command {
        Command::Demo(args) => wait_for(demo::run(&args, out)),
        Command::Serve => wait_for(serve::run(settings, out)),
        Command::Sandbox(args) => wait_for(sandbox::run(&args, out)),
        Command::Check(args) => check::run(&args, settings, out),
        Command::Explain(args) => explain::run(&args, settings, out),
        Command::Matrix(args) => matrix::run(&args, settings, out),
        Command::Policy(command) => wait_for(policy::run(command, settings, out)),
        Command::Catalogue(args) => catalogue::run(&args, settings, out),
        Command::Agent(command) => wait_for(agent::run(&command, settings, out)),
        Command::Token(command) => wait_for(token::run(&command, settings, out)),
        Command::Audit(command) => wait_for(audit::run(command, settings, out)),
        Command::Health(args) => wait_for(health::run(&args, settings, out)),
        Command::Completions(args) => completions::run(&args, out),
    }
}

/// Runs a command that waits for the network, the store or a signal.
fn wait_for(command: impl Future<Output = Answer>) -> Answer {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::Runtime)?;
    let answer = runtime.block_on(command);
    // What was told to stop at once must not be waited for.
    runtime.shutdown_background();
    answer
}
