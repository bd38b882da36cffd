//! Reading cells by name, whichever database they come from.

use jiff::Timestamp;
use sqlx::{ColumnIndex, Database, Decode, Row, Type};

use crate::failure::unreadable;

/// A row of any database, as the few kinds of cell that a store keeps.
pub(crate) trait Cells {
    /// A text, or null.
    fn text_if_any(&self, column: &'static str) -> Result<Option<String>, sqlx::Error>;
    /// A number, or null.
    fn number_if_any(&self, column: &'static str) -> Result<Option<i64>, sqlx::Error>;
    /// Bytes.
    fn bytes(&self, column: &'static str) -> Result<Vec<u8>, sqlx::Error>;

    /// A text.
    fn text(&self, column: &'static str) -> Result<String, sqlx::Error> {
        self.text_if_any(column)?.ok_or_else(|| unreadable(column, "expected a text, met null"))
    }

    /// A number.
    fn number(&self, column: &'static str) -> Result<i64, sqlx::Error> {
        self.number_if_any(column)?.ok_or_else(|| unreadable(column, "expected a number, met null"))
    }

    /// A number that fits the type which is asked for, or null.
    fn small_if_any<N: TryFrom<i64>>(
        &self,
        column: &'static str,
    ) -> Result<Option<N>, sqlx::Error> {
        let Some(number) = self.number_if_any(column)? else {
            return Ok(None);
        };
        N::try_from(number).map(Some).map_err(|_| unreadable(column, "the number is out of range"))
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

    /// Exactly `N` bytes.
    fn exact_bytes<const N: usize>(&self, column: &'static str) -> Result<[u8; N], sqlx::Error> {
        <[u8; N]>::try_from(self.bytes(column)?)
            .map_err(|_| unreadable(column, "the bytes have another length"))
    }
}

impl<R, D> Cells for R
where
    R: Row<Database = D>,
    D: Database<Row = R>,
    &'static str: ColumnIndex<R>,
    String: for<'r> Decode<'r, D> + Type<D>,
    i64: for<'r> Decode<'r, D> + Type<D>,
    Vec<u8>: for<'r> Decode<'r, D> + Type<D>,
{
    fn text_if_any(&self, column: &'static str) -> Result<Option<String>, sqlx::Error> {
        self.try_get(column)
    }

    fn number_if_any(&self, column: &'static str) -> Result<Option<i64>, sqlx::Error> {
        self.try_get(column)
    }

    fn bytes(&self, column: &'static str) -> Result<Vec<u8>, sqlx::Error> {
        self.try_get(column)
    }
}
