//! The world of one case: an empty store of its own.

use std::sync::Arc;

use audit::{Cursor, Entry, Filter, Record, RecordId, Scribe, StoreFailure, Summary};
use store::{AgentDirectory, Store};
use tempfile::TempDir;
use tokio::sync::Mutex;

use super::sample::{list, try_scribe_on};
use crate::support::postgres::{Database, postgres};

/// An empty store, and the place where it is.
pub(crate) struct World {
    // The store comes first: its connections go before its place does.
    pub(crate) store: Store,
    pub(crate) kind: &'static str,
    scribe: Mutex<Option<Scribe>>,
    place: Place,
    another: fn() -> Place,
}

/// A place for a store; it goes when this is dropped.
pub(crate) struct Place {
    pub(crate) url: String,
    _held: Held,
}

enum Held {
    Folder { _folder: TempDir },
    Database { _database: Database },
}

impl Place {
    fn file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("kustodian.db").display());
        Self { url, _held: Held::Folder { _folder: folder } }
    }

    fn database() -> Self {
        let database = postgres();
        Self { url: database.url.clone(), _held: Held::Database { _database: database } }
    }
}

impl World {
    pub(crate) async fn on_sqlite() -> Self {
        Self::at("sqlite", Place::file).await
    }

    pub(crate) async fn on_postgres() -> Self {
        Self::at("postgres", Place::database).await
    }

    async fn at(kind: &'static str, another: fn() -> Place) -> Self {
        let place = another();
        let store = Store::open(&place.url).await.unwrap();
        Self { store, kind, scribe: Mutex::default(), place, another }
    }

    /// A place of the same kind in which nothing was ever opened.
    pub(crate) fn another_place(&self) -> Place {
        (self.another)()
    }

    /// A second handle on the same store.
    pub(crate) async fn open_again(&self) -> Store {
        Store::open(&self.place.url).await.unwrap()
    }

    pub(crate) fn agents(&self) -> Arc<dyn AgentDirectory> {
        self.store.agents()
    }

    pub(crate) async fn append(&self, entries: &[Entry]) {
        self.try_append(entries).await.unwrap();
    }

    /// Appends to a chain that is opened when it is first needed.
    pub(crate) async fn try_append(&self, entries: &[Entry]) -> Result<(), StoreFailure> {
        let mut scribe = self.scribe.lock().await;
        if scribe.is_none() {
            *scribe = Some(try_scribe_on(&self.store).await?);
        }
        let scribe = scribe.as_mut().expect("it was just opened");
        scribe.append(entries.to_vec()).await.map_err(|(failure, _)| failure)
    }

    pub(crate) async fn find(&self, id: RecordId) -> Option<Record> {
        self.store.audit_reader().find(id).await.unwrap()
    }

    pub(crate) async fn list(&self, filter: &Filter, limit: u32) -> Vec<Record> {
        list(&self.store, filter, limit).await
    }

    pub(crate) async fn summarise(&self, filter: &Filter) -> Summary {
        self.store.audit_reader().summarise(filter).await.unwrap()
    }

    /// Reads on, page by page, until nothing is left.
    pub(crate) async fn pages(
        &self,
        filter: &Filter,
        page: u32,
        onward: fn(RecordId) -> Cursor,
    ) -> Vec<Record> {
        let mut filter = filter.clone();
        let mut all = Vec::new();
        loop {
            let records = self.list(&filter, page).await;
            let Some(last) = records.last() else {
                return all;
            };
            filter.cursor = Some(onward(last.opening.id));
            all.extend(records);
        }
    }
}
