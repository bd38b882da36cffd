//! The trail in SQLite.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use async_trait::async_trait;
use audit::{
    Abandoned, AuditReader, AuditSink, Batch, ChainState, Filter, NewChain, Place, Record,
    RecordId, Row, StoreFailure, Summary, Table,
};
use jiff::Timestamp;
use sqlx::{QueryBuilder, SqlitePool};

use super::append::append;
use super::{Sqlite, chains};
use crate::failure::{moved_on, while_doing};
use crate::listing::{self, Search, Stretches};
use crate::row::{chain_state, ends, id_of, record, row, summary};

/// Records that one statement asks about.
const ASKED: usize = 500;

#[async_trait]
impl AuditSink for Sqlite {
    async fn begin_chain(&self, id: RecordId, at: Timestamp) -> Result<NewChain, StoreFailure> {
        self.pen.write_aside("begin a chain", move |file| chains::begin(file, id, at)).await
    }

    async fn append(&self, batch: &Batch) -> Result<(), StoreFailure> {
        let doing = "append to the trail";
        let committing = AtomicBool::new(false);
        match self.pen.write(doing, |file| append(file, batch, &committing)) {
            Ok(true) => Ok(()),
            Ok(false) => Err(moved_on(doing)),
            Err(failure) => Err(StoreFailure { unclear: committing.into_inner(), ..failure }),
        }
    }

    async fn chain_state(&self, ordinal: u32) -> Result<Option<ChainState>, StoreFailure> {
        state(&self.readers, ordinal).await.map_err(while_doing("look up a chain"))
    }

    async fn completed(&self, records: &[RecordId]) -> Result<Vec<RecordId>, StoreFailure> {
        completed(&self.readers, records).await.map_err(while_doing("look up outcomes"))
    }

    async fn abandoned(
        &self,
        silence: Duration,
        but: u32,
        limit: u32,
    ) -> Result<Vec<Abandoned>, StoreFailure> {
        let doing = "look for gateways that are gone";
        self.pen.write_aside(doing, move |file| chains::abandoned(file, silence, but, limit)).await
    }
}

#[async_trait]
impl AuditReader for Sqlite {
    async fn list(&self, filter: &Filter, limit: u32) -> Result<Vec<Record>, StoreFailure> {
        let listed = match filter.target {
            None => self.many(listing::list(filter, limit)).await,
            Some(_) => self.search(filter, limit).await,
        };
        listed.map_err(while_doing("list the trail"))
    }

    async fn find(&self, id: RecordId) -> Result<Option<Record>, StoreFailure> {
        self.one(listing::find(id)).await.map_err(while_doing("find a record"))
    }

    async fn last_noted(&self, reason: &str) -> Result<Option<Record>, StoreFailure> {
        self.one(listing::last_noted(reason)).await.map_err(while_doing("find a record"))
    }

    async fn summarise(&self, filter: &Filter) -> Result<Summary, StoreFailure> {
        let mut query = listing::summary(filter);
        let rows = query.build().fetch_all(&self.readers).await;
        rows.and_then(|rows| summary(&rows)).map_err(while_doing("sum up the trail"))
    }

    async fn chains(&self) -> Result<Vec<ChainState>, StoreFailure> {
        let rows = sqlx::query(listing::CHAINS).fetch_all(&self.readers).await;
        rows.and_then(|rows| rows.iter().map(chain_state).collect())
            .map_err(while_doing("list the chains"))
    }

    async fn rows(&self, from: Place, limit: u32) -> Result<Vec<Row>, StoreFailure> {
        let (records, outcomes) = tokio::try_join!(
            self.rows_of(Table::Records, from, limit),
            self.rows_of(Table::Outcomes, from, limit)
        )
        .map_err(while_doing("read the trail"))?;
        Ok(listing::merged(records, outcomes, limit))
    }
}

impl Sqlite {
    /// Looks for a target in one stretch after the other.
    async fn search(&self, filter: &Filter, limit: u32) -> Result<Vec<Record>, sqlx::Error> {
        let row = listing::ends(filter).build().fetch_one(&self.readers).await?;
        let Some((nearest, edge)) = ends(&row)? else { return Ok(Vec::new()) };
        let stretches = Stretches::of(filter, nearest, edge);
        let mut search = Search::through(stretches, filter, limit);
        while let Some(query) = search.next() {
            search.found.extend(self.many(query).await?);
        }
        Ok(search.found)
    }

    async fn many(
        &self,
        mut query: QueryBuilder<sqlx::Sqlite>,
    ) -> Result<Vec<Record>, sqlx::Error> {
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(record).collect()
    }

    async fn one(
        &self,
        mut query: QueryBuilder<sqlx::Sqlite>,
    ) -> Result<Option<Record>, sqlx::Error> {
        let row = query.build().fetch_optional(&self.readers).await?;
        row.as_ref().map(record).transpose()
    }

    async fn rows_of(
        &self,
        table: Table,
        from: Place,
        limit: u32,
    ) -> Result<Vec<Row>, sqlx::Error> {
        let rows = listing::rows(table, from, limit).build().fetch_all(&self.readers).await?;
        rows.iter().map(|cells| row(cells, table)).collect()
    }
}

async fn state(readers: &SqlitePool, ordinal: u32) -> Result<Option<ChainState>, sqlx::Error> {
    let row =
        sqlx::query("SELECT ordinal, id, row_count, head, closed FROM chains WHERE ordinal = $1")
            .bind(i64::from(ordinal))
            .fetch_optional(readers)
            .await?;
    row.as_ref().map(chain_state).transpose()
}

async fn completed(
    readers: &SqlitePool,
    records: &[RecordId],
) -> Result<Vec<RecordId>, sqlx::Error> {
    let mut completed = Vec::new();
    for records in records.chunks(ASKED) {
        let mut query = QueryBuilder::new("SELECT record_id FROM outcomes WHERE record_id IN (");
        let mut ids = query.separated(", ");
        for id in records {
            ids.push_bind(id.as_bytes().to_vec());
        }
        query.push(")");
        let rows = query.build().fetch_all(readers).await?;
        for row in &rows {
            completed.push(id_of(row, "record_id")?);
        }
    }
    Ok(completed)
}
