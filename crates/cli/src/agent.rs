//! `kustodian agent`: makes agents, shows what they may do, and changes single lines of their policies.

mod change;
mod edit;
mod list;
mod new;
mod save;
mod show;
mod template;
mod tokens;
mod wish;

use std::io::Write;

use store::Store;

use crate::failure::{Answer, Failure};
use crate::settings::Settings;
use crate::store_access;

pub(crate) use edit::EditFailure;
pub(crate) use save::SaveFailure;

/// Make agents, look at what they may do, and change lines of their policies.
///
/// A policy that is written or changed is first read together with all others; only when there is no
/// mistake in any does it take its place.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    New(new::Args),
    List(list::Args),
    Show(show::Args),
    Set(change::SetArgs),
    Suspend(change::SuspendArgs),
    Resume(change::ResumeArgs),
}

/// Runs one of them.
pub(crate) async fn run(command: &Command, settings: &Settings, out: &mut dyn Write) -> Answer {
    let config = settings.read()?;
    match command {
        Command::New(args) => new::run(args, &config, out, &mut anstream::stderr()).await,
        Command::List(args) => list::run(args, &config, out).await,
        Command::Show(args) => show::run(args, &config, out).await,
        Command::Set(args) => change::set(args, &config, out),
        Command::Suspend(args) => change::suspend(args, &config, out),
        Command::Resume(args) => change::resume(args, &config, out),
    }
}

/// The store, if there is one yet: what an agent may do can be told without.
async fn store_if_any(config: &gateway::Config) -> Result<Option<Store>, Failure> {
    match store_access::open_existing(config).await {
        Ok(store) => Ok(Some(store)),
        Err(Failure::NoStoreYet(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}
