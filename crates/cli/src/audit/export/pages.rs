//! Reads the trail page by page, the next page while the one before it is written.

use std::sync::Arc;

use audit::{AuditReader, Cursor, Filter, Record, RecordId, StoreFailure};
use jiff::Timestamp;
use tokio::sync::mpsc;

/// How many records are read at once.
pub(super) const PAGE: u32 = 1000;

/// Records that fit a filter, oldest first, a page at a time.
pub(crate) struct Pages(mpsc::Receiver<Page>);

/// Some records, or the end.
pub(crate) type Page = Result<Option<Vec<Record>>, StoreFailure>;

impl Pages {
    /// Begins to read. At most three pages are in memory: one that is written, one that waits for it,
    /// and one that is read.
    pub(crate) fn read(reader: Arc<dyn AuditReader>, filter: Filter) -> Self {
        let (send, receive) = mpsc::channel(1);
        tokio::spawn(read(reader, filter, send));
        Self(receive)
    }

    /// The next page, or none at the end.
    pub(crate) async fn next(&mut self) -> Page {
        // The end is said and never inferred: an export that is not whole must not look so.
        self.0.recv().await.unwrap_or_else(|| Err(broken_off()))
    }
}

async fn read(reader: Arc<dyn AuditReader>, mut filter: Filter, send: mpsc::Sender<Page>) {
    let since = filter.since.unwrap_or(Timestamp::MIN);
    filter.cursor = Some(Cursor::After(RecordId::floor(Timestamp::UNIX_EPOCH)));
    loop {
        let page = reader.list(&filter, PAGE).await;
        let last = page.as_ref().ok().and_then(|page| page.last()).map(|last| last.opening.id);
        let page = page.map(|page| last.is_some().then(|| not_before(since, page)));
        // Nobody receives any more once writing has failed; there is nothing left to read for.
        let (Ok(()), Some(last)) = (send.send(page).await, last) else { return };
        filter.cursor = Some(Cursor::After(last));
        // Of two bounds SQLite may search from the lower one, and would then read all that is exported
        // already again for each page. From here on the cursor is the higher one.
        filter.since = None;
    }
}

/// What the filter's `since` asks for; ids and instants are in the same order but for moments.
fn not_before(since: Timestamp, mut page: Vec<Record>) -> Vec<Record> {
    page.retain(|record| record.opening.at >= since);
    page
}

fn broken_off() -> StoreFailure {
    let why = "the reading ended before its end was reached".to_owned();
    StoreFailure { doing: "read the trail", why, unclear: false }
}

#[cfg(test)]
pub(super) mod testing {
    //! A trail that fails in the middle.

    use async_trait::async_trait;
    use audit::{ChainState, Place, Row, Summary};

    use super::super::testing::permitted;
    use super::*;

    /// Gives a page of one record, and then no more.
    #[derive(Debug)]
    pub(in super::super) struct Broken;

    #[async_trait]
    impl AuditReader for Broken {
        async fn list(&self, filter: &Filter, _: u32) -> Result<Vec<Record>, StoreFailure> {
            let record = permitted();
            let Some(Cursor::After(last)) = filter.cursor else { return Err(broken_off()) };
            if last < record.opening.id { Ok(vec![record]) } else { Err(broken_off()) }
        }

        async fn find(&self, _: RecordId) -> Result<Option<Record>, StoreFailure> {
            Ok(None)
        }

        async fn last_noted(&self, _: &str) -> Result<Option<Record>, StoreFailure> {
            Ok(None)
        }

        async fn chains(&self) -> Result<Vec<ChainState>, StoreFailure> {
            Ok(Vec::new())
        }

        async fn rows(&self, _: Place, _: u32) -> Result<Vec<Row>, StoreFailure> {
            Ok(Vec::new())
        }

        async fn summarise(&self, _: &Filter) -> Result<Summary, StoreFailure> {
            Ok(Summary::default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::permitted;
    use super::*;

    #[test]
    fn a_record_that_is_too_old_for_the_filter_is_left_out_of_its_page() {
        let record = permitted();
        let at = record.opening.at;
        let later = at.checked_add(jiff::SignedDuration::from_micros(1)).unwrap();
        assert_eq!(not_before(at, vec![record.clone()]).len(), 1);
        assert_eq!(not_before(later, vec![record]).len(), 0);
    }

    #[tokio::test]
    async fn a_trail_that_fails_in_the_middle_has_no_end() {
        let mut pages = Pages::read(Arc::new(testing::Broken), Filter::default());
        assert_eq!(pages.next().await.unwrap().map(|page| page.len()), Some(1));
        assert!(pages.next().await.is_err());
        assert!(pages.next().await.is_err());
    }
}
