//! Reading cells by name, whichever database they come from.

use audit::{Cell, Kind, Table};
use jiff::Timestamp;
use sqlx::{ColumnIndex, Database, Decode, Row, Type};

use crate::failure::unreadable;

/// A row of any database, as the few kinds of cell that a store keeps.
pub(crate) trait Cells {
    /// A text, or null.
    fn text_if_any(&self, column: &'static str) -> Result<Option<String>, sqlx::Error>;
    /// A number, or null.
    fn number_if_any(&self, column: &'static str) -> Result<Option<i64>, sqlx::Error>;
    /// Bytes, or null.
    fn bytes_if_any(&self, column: &'static str) -> Result<Option<Vec<u8>>, sqlx::Error>;
    /// Whatever is in the column at this place, from 0.
    fn cell(&self, at: usize, kind: Kind) -> Result<Cell<'_>, sqlx::Error>;

    /// A text.
    fn text(&self, column: &'static str) -> Result<String, sqlx::Error> {
        self.text_if_any(column)?.ok_or_else(|| unreadable(column, "expected a text, met null"))
    }

    /// A number.
    fn number(&self, column: &'static str) -> Result<i64, sqlx::Error> {
        self.number_if_any(column)?.ok_or_else(|| unreadable(column, "expected a number, met null"))
    }

    /// A number that is not negative.
    fn count(&self, column: &'static str) -> Result<u64, sqlx::Error> {
        u64::try_from(self.number(column)?)
            .map_err(|_| unreadable(column, "expected a count, met a negative number"))
    }

    /// An instant, or null.
    fn instant_if_any(&self, column: &'static str) -> Result<Option<Timestamp>, sqlx::Error> {
        let Some(micros) = self.number_if_any(column)? else {
            return Ok(None);
        };
        Timestamp::from_microsecond(micros)
            .map(Some)
            .map_err(|_| unreadable(column, "the instant is out of range"))
    }

    /// An instant.
    fn instant(&self, column: &'static str) -> Result<Timestamp, sqlx::Error> {
        self.instant_if_any(column)?
            .ok_or_else(|| unreadable(column, "expected an instant, met null"))
    }

    /// Exactly `N` bytes, or null.
    fn exact_bytes_if_any<const N: usize>(
        &self,
        column: &'static str,
    ) -> Result<Option<[u8; N]>, sqlx::Error> {
        let Some(bytes) = self.bytes_if_any(column)? else { return Ok(None) };
        let exact = <[u8; N]>::try_from(bytes).map(Some);
        exact.map_err(|_| unreadable(column, "the bytes have another length"))
    }

    /// Exactly `N` bytes.
    fn exact_bytes<const N: usize>(&self, column: &'static str) -> Result<[u8; N], sqlx::Error> {
        self.exact_bytes_if_any(column)?
            .ok_or_else(|| unreadable(column, "expected bytes, met null"))
    }

    /// The cells of a table's columns, the first of which is at this place.
    fn cells(&self, from: usize, table: Table) -> Result<audit::Cells, sqlx::Error> {
        let mut cells = audit::Cells::new(table);
        for (at, column) in (from..).zip(table.columns()) {
            cells.push(self.cell(at, column.kind)?);
        }
        Ok(cells)
    }
}

impl<R, D> Cells for R
where
    R: Row<Database = D>,
    D: Database<Row = R>,
    &'static str: ColumnIndex<R>,
    usize: ColumnIndex<R>,
    String: for<'r> Decode<'r, D> + Type<D>,
    i64: for<'r> Decode<'r, D> + Type<D>,
    Vec<u8>: for<'r> Decode<'r, D> + Type<D>,
    for<'r> &'r str: Decode<'r, D> + Type<D>,
    for<'r> &'r [u8]: Decode<'r, D> + Type<D>,
{
    fn text_if_any(&self, column: &'static str) -> Result<Option<String>, sqlx::Error> {
        self.try_get(column)
    }

    fn number_if_any(&self, column: &'static str) -> Result<Option<i64>, sqlx::Error> {
        self.try_get(column)
    }

    fn bytes_if_any(&self, column: &'static str) -> Result<Option<Vec<u8>>, sqlx::Error> {
        self.try_get(column)
    }

    fn cell(&self, at: usize, kind: Kind) -> Result<Cell<'_>, sqlx::Error> {
        Ok(match kind {
            Kind::Number => self.try_get::<Option<i64>, _>(at)?.map_or(Cell::Null, Cell::Number),
            Kind::Text => self.try_get::<Option<&str>, _>(at)?.map_or(Cell::Null, Cell::Text),
            Kind::Bytes => self.try_get::<Option<&[u8]>, _>(at)?.map_or(Cell::Null, Cell::Bytes),
        })
    }
}
