//! `kustodian audit`: reads the trail.

mod around;
mod criteria;
mod export;
mod follow;
mod line;
mod list;
mod show;
mod stats;
mod tail;

use std::io::{self, IsTerminal as _, Write};

use audit::RecordId;
use store::Store;

use crate::failure::Answer;
use crate::settings::Settings;
use crate::store_access;

use around::Around;
pub(crate) use criteria::Criteria;
pub(crate) use export::OutputFailure;
use export::Standard;
pub(crate) use follow::{EVERY, Follower};
pub(crate) use line::Layout;

/// Read the record of what agents asked, what was decided, and what came of it.
///
/// Every request has one record, refused ones too. It is read from the store that the settings name,
/// so it works whether a gateway runs or not.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    List(list::Args),
    Tail(tail::Args),
    Show(show::Args),
    Stats(stats::Args),
    Export(export::Args),
}

/// Opens the store and reads.
pub(crate) async fn run(command: &Command, settings: &Settings, out: &mut dyn Write) -> Answer {
    let store = store_access::open_existing(&settings.read()?).await?;
    let answer = read(command, &store, out).await;
    store.close().await;
    answer
}

async fn read(command: &Command, store: &Store, out: &mut dyn Write) -> Answer {
    let reader = store.audit_reader();
    match command {
        Command::List(args) => list::run(args, &*reader, out, &mut anstream::stderr()).await,
        Command::Tail(args) => tail::run(args, reader, out).await,
        Command::Show(args) => show::run(args, &*reader, out).await,
        Command::Stats(args) => stats::run(args, &*reader, out).await,
        Command::Export(args) => {
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
