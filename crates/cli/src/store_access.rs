//! Opens the store that the settings name, for commands that read the trail or change tokens.

use gateway::Config;
use gateway::config::sqlite_file;
use secrecy::ExposeSecret as _;
use store::Store;

use crate::failure::Failure;

/// Opens the store; an SQLite file that is not there is created.
pub(crate) async fn open(config: &Config) -> Result<Store, Failure> {
    let url = config.store.url()?;
    Store::open(url.expose_secret()).await.map_err(Failure::Open)
}

/// Opens a store that is there. Looking must not create one: an empty trail in the wrong folder
/// would look like an answer.
pub(crate) async fn open_existing(config: &Config) -> Result<Store, Failure> {
    let url = config.store.url()?;
    match sqlite_file(url.expose_secret()) {
        Some(file) if !file.exists() => Err(Failure::NoStoreYet(file.to_owned())),
        Some(_) | None => open(config).await,
    }
}
