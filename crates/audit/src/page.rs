//! Rows of the trail as they are walked along: page by page, and no page ends within a place.

use crate::{AuditReader, Place, Row, StoreFailure};

/// Some rows, in the order of their places.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Row>,
    /// Where the next page begins; none where nothing comes behind this one.
    pub(crate) next: Option<Place>,
}

impl Page {
    /// Reads about so many rows from a place on.
    ///
    /// Of two rows that have one place, one was planted. Were the page to end between them, the other
    /// would never be seen: so the last place is left to the next page, unless this one holds no other.
    pub(crate) async fn read(
        reader: &dyn AuditReader,
        from: Place,
        limit: u32,
    ) -> Result<Self, StoreFailure> {
        // One row alone would not tell whether it has a twin.
        let limit = limit.max(2);
        let mut rows = reader.rows(from, limit).await?;
        let Some(last) = rows.last().map(|row| row.place) else {
            return Ok(Self { rows, next: None });
        };
        let is_cut = rows.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
        if is_cut && rows.first().is_some_and(|first| first.place != last) {
            rows.retain(|row| row.place != last);
            return Ok(Self { rows, next: Some(last) });
        }
        Ok(Self { rows, next: last.next() })
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;
    use crate::row::{Cell, Cells, Table};
    use crate::{ChainState, Filter, Hash, Record, RecordId, Summary};

    /// A trail that is only rows, at these places.
    #[derive(Debug)]
    struct Rows(Vec<i64>);

    #[async_trait]
    impl AuditReader for Rows {
        async fn list(&self, _: &Filter, _: u32) -> Result<Vec<Record>, StoreFailure> {
            Ok(Vec::new())
        }

        async fn find(&self, _: RecordId) -> Result<Option<Record>, StoreFailure> {
            Ok(None)
        }

        async fn last_noted(&self, _: &str) -> Result<Option<Record>, StoreFailure> {
            Ok(None)
        }

        async fn summarise(&self, _: &Filter) -> Result<Summary, StoreFailure> {
            Ok(Summary::default())
        }

        async fn chains(&self) -> Result<Vec<ChainState>, StoreFailure> {
            Ok(Vec::new())
        }

        async fn rows(&self, from: Place, limit: u32) -> Result<Vec<Row>, StoreFailure> {
            let row = |place: &i64| Row {
                place: Place::from_i64(*place),
                hash: Hash::NONE,
                cells: Cells::of(Table::Outcomes, &[Cell::Null]),
            };
            let rows = self.0.iter().filter(|place| **place >= from.as_i64()).map(row);
            Ok(rows.take(limit as usize).collect())
        }
    }

    async fn walked(places: &[i64], limit: u32) -> Vec<i64> {
        let rows = Rows(places.to_vec());
        let (mut walked, mut from) = (Vec::new(), Some(Place::from_i64(i64::MIN)));
        while let Some(start) = from {
            let page = Page::read(&rows, start, limit).await.unwrap();
            walked.extend(page.rows.iter().map(|row| row.place.as_i64()));
            from = page.next;
        }
        walked
    }

    #[tokio::test]
    async fn whatever_the_pages_both_rows_of_one_place_are_seen() {
        for places in [vec![], vec![1], vec![1, 2, 3], vec![1, 2, 2, 3], vec![1, 2, 3, 3, i64::MAX]]
        {
            for limit in 1..6 {
                assert_eq!(walked(&places, limit).await, places, "pages of {limit}");
            }
        }
    }
}
