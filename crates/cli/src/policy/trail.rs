//! Reads a stretch of the trail from its oldest record to its newest, for commands that learn from it.

use std::sync::Arc;

use audit::{AuditReader, Cursor, Filter, Record, RecordId};
use gateway::Config;
use jiff::{Timestamp, ZonedDateTime};

use crate::audit::{Pages, Progress};
use crate::failure::Failure;
use crate::store_access;
use crate::time::{NotATime, instant};

/// Which stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    /// Its first instant; none where it begins with the trail.
    pub(super) since: Option<Timestamp>,
    /// The first instant after it.
    pub(super) until: Timestamp,
}

impl Period {
    /// From one time to another, as people write them; without an end it ends now.
    pub(super) fn of(
        since: Option<&str>,
        until: Option<&str>,
        now: &ZonedDateTime,
    ) -> Result<Self, Failure> {
        let since = since.map(|since| instant(since, now)).transpose()?;
        let until = until.map(|until| instant(until, now)).transpose()?;
        let until = until.unwrap_or(now.timestamp());
        if let Some(since) = since.filter(|since| *since > until) {
            return Err(NotATime::EndsFirst { since, until }.into());
        }
        Ok(Self { since, until })
    }
}

/// The trail of the settings' store.
pub(super) struct Trail {
    reader: Arc<dyn AuditReader>,
    quiet: bool,
}

impl Trail {
    /// A trail that somebody else has opened.
    pub(super) fn new(reader: Arc<dyn AuditReader>, quiet: bool) -> Self {
        Self { reader, quiet }
    }

    /// Shows every record of the stretch, the oldest first; a page is in memory at a time.
    pub(super) async fn each(
        &self,
        agent: Option<&str>,
        period: Period,
        mut see: impl FnMut(&Record),
    ) -> Result<(), Failure> {
        let filter = Filter {
            agent: agent.map(str::to_owned),
            since: period.since,
            until: Some(period.until),
            ..Filter::default()
        };
        let progress = Progress::new(!self.quiet);
        let mut pages = Pages::read(Arc::clone(&self.reader), filter);
        while let Some(page) = pages.next().await? {
            page.iter().for_each(&mut see);
            progress.advance(page.len());
        }
        Ok(())
    }

    /// When the oldest record that is there was made; none where there is none.
    pub(super) async fn begins(&self) -> Result<Option<Timestamp>, Failure> {
        let cursor = Some(Cursor::After(RecordId::floor(Timestamp::UNIX_EPOCH)));
        let first = self.reader.list(&Filter { cursor, ..Filter::default() }, 1).await?;
        Ok(first.first().map(|record| record.opening.at))
    }
}

/// Opens the store for a command, and closes it however that ends.
pub(super) async fn with_trail<T, F>(
    config: &Config,
    quiet: bool,
    command: impl FnOnce(Trail) -> F,
) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let store = store_access::open_existing(config).await?;
    let answer = command(Trail::new(store.audit_reader(), quiet)).await;
    store.close().await;
    answer
}
