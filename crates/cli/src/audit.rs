//! `kustodian audit`: reads the trail.

mod criteria;
mod follow;
mod line;
mod list;
mod show;
mod tail;

use std::io::Write;

use store::Store;

use crate::failure::Answer;
use crate::settings::Settings;
use crate::store_access;

pub(crate) use criteria::Criteria;
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
        Command::List(args) => list::run(args, &*reader, out).await,
        Command::Tail(args) => tail::run(args, reader, out).await,
        Command::Show(args) => show::run(args, &*reader, out).await,
    }
}
