//! `kustodian audit`: reads the trail, and drops what is old of it.

mod around;
mod checkpoint;
mod criteria;
mod export;
mod follow;
mod key;
mod line;
mod list;
mod prune;
mod show;
mod stats;
mod tail;
mod verify;

use std::io::{self, IsTerminal as _, Write};

use audit::RecordId;
use gateway::Config;
use store::Store;

use crate::failure::Answer;
use crate::settings::Settings;
use crate::store_access;

use around::Around;
pub(crate) use criteria::{Criteria, NotACriterion};
use export::Standard;
pub(crate) use export::{OutputFailure, Pages, Progress};
pub(crate) use follow::{EVERY, Follower};
pub(crate) use line::Layout;

/// Read the record of what agents asked, what was decided, and what came of it.
///
/// Every request has one record, refused ones too. It is read from the store that the settings name,
/// so it works whether a gateway runs or not.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Read(Box<Reading>),
    #[command(subcommand)]
    Key(key::Command),
    Prune(prune::Args),
}

/// The commands that read the trail.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Reading {
    List(list::Args),
    Tail(tail::Args),
    Show(show::Args),
    Stats(stats::Args),
    Verify(verify::Args),
    Checkpoint(checkpoint::Args),
    Export(export::Args),
}

impl Reading {
    /// Which records are looked at, where there may be many.
    fn criteria(&mut self) -> Option<&mut Criteria> {
        match self {
            Self::List(args) => Some(&mut args.criteria),
            Self::Tail(args) => Some(&mut args.criteria),
            Self::Stats(args) => Some(&mut args.criteria),
            Self::Export(args) => Some(&mut args.criteria),
            Self::Show(_) | Self::Verify(_) | Self::Checkpoint(_) => None,
        }
    }
}

/// Reads the trail, drops what is old of it, or does what concerns the audit key.
pub(crate) async fn run(command: Command, settings: &Settings, out: &mut dyn Write) -> Answer {
    match command {
        Command::Read(reading) => open_and_read(*reading, &settings.read()?, out).await,
        Command::Key(command) => key::run(&command, settings, out),
        Command::Prune(args) => prune::run(&args, &settings.read()?, out).await,
    }
}

async fn open_and_read(mut reading: Reading, config: &Config, out: &mut dyn Write) -> Answer {
    if let Some(criteria) = reading.criteria() {
        criteria.look_for_kept_form(config)?;
    }
    let store = store_access::open_existing(config).await?;
    let answer = read(&reading, config, &store, out).await;
    store.close().await;
    answer
}

async fn read(reading: &Reading, config: &Config, store: &Store, out: &mut dyn Write) -> Answer {
    let reader = store.audit_reader();
    match reading {
        Reading::List(args) => list::run(args, &*reader, out, &mut anstream::stderr()).await,
        Reading::Tail(args) => tail::run(args, reader, out).await,
        Reading::Show(args) => show::run(args, &*reader, out).await,
        Reading::Stats(args) => stats::run(args, &*reader, out).await,
        Reading::Verify(args) => verify::run(args, config, &*reader, out).await,
        Reading::Checkpoint(checkpoint::Args {}) => checkpoint::run(config, &*reader, out).await,
        Reading::Export(args) => {
            let mut out = io::stdout();
            let terminal = out.is_terminal();
            let standard = Standard { out: &mut out, terminal };
            export::run(args, reader, standard, &mut anstream::stderr()).await
        }
    }
}

/// Reads a record's id as an argument.
fn id(text: &str) -> Result<RecordId, &'static str> {
    text.parse().map_err(|_| "a record's id looks like 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071")
}
