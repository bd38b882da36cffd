//! The cells of one row, in one piece of memory: the bytes that are hashed.
//!
//! Each cell says what it is, and how long, so no two rows are encoded alike. docs/audit-record.md has
//! the encoding.

use std::fmt;

use super::Table;

/// What stands in one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'c> {
    /// Nothing.
    Null,
    /// A number.
    Number(i64),
    /// A text.
    Text(&'c str),
    /// Bytes.
    Bytes(&'c [u8]),
}

/// A table's cells, one for each of its columns, in their order.
#[derive(Clone, PartialEq, Eq)]
pub struct Cells {
    table: Table,
    /// INVARIANT: whole cells, each as [`Cells::push`] writes it.
    encoded: Vec<u8>,
}

const NULL: u8 = 0;
const NUMBER: u8 = 1;
const TEXT: u8 = 2;
const BYTES: u8 = 3;

/// Room for a row of the usual length.
const USUAL: usize = 1024;

impl Cells {
    /// No cells yet.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table, encoded: Vec::with_capacity(USUAL) }
    }

    /// These cells.
    #[must_use]
    pub fn of(table: Table, cells: &[Cell<'_>]) -> Self {
        let mut all = Self::new(table);
        for cell in cells {
            all.push(*cell);
        }
        all
    }

    /// Adds the next cell.
    pub fn push(&mut self, cell: Cell<'_>) {
        match cell {
            Cell::Null => self.encoded.push(NULL),
            Cell::Number(number) => {
                self.encoded.push(NUMBER);
                self.encoded.extend_from_slice(&number.to_be_bytes());
            }
            Cell::Text(text) => self.push_long(TEXT, text.as_bytes()),
            Cell::Bytes(bytes) => self.push_long(BYTES, bytes),
        }
    }

    fn push_long(&mut self, tag: u8, bytes: &[u8]) {
        self.encoded.push(tag);
        self.encoded.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        self.encoded.extend_from_slice(bytes);
    }

    /// The table they are of.
    #[must_use]
    pub fn table(&self) -> Table {
        self.table
    }

    /// What is hashed.
    pub(crate) fn encoded(&self) -> &[u8] {
        &self.encoded
    }

    /// The cells in their order.
    #[must_use]
    pub fn iter(&self) -> CellsIter<'_> {
        CellsIter { rest: &self.encoded }
    }

    /// The cell of the column at this place, from 0.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<Cell<'_>> {
        self.iter().nth(at)
    }
}

impl<'c> IntoIterator for &'c Cells {
    type Item = Cell<'c>;
    type IntoIter = CellsIter<'c>;

    fn into_iter(self) -> CellsIter<'c> {
        self.iter()
    }
}

/// The cells of a row, one after the other.
#[derive(Debug, Clone)]
pub struct CellsIter<'c> {
    rest: &'c [u8],
}

impl<'c> Iterator for CellsIter<'c> {
    type Item = Cell<'c>;

    fn next(&mut self) -> Option<Cell<'c>> {
        let [tag] = self.take()?;
        Some(match tag {
            NUMBER => Cell::Number(i64::from_be_bytes(self.take()?)),
            TEXT => Cell::Text(std::str::from_utf8(self.long()?).ok()?),
            BYTES => Cell::Bytes(self.long()?),
            _ => Cell::Null,
        })
    }
}

impl<'c> CellsIter<'c> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    fn long(&mut self) -> Option<&'c [u8]> {
        let length = usize::try_from(u64::from_be_bytes(self.take()?)).ok()?;
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}

impl fmt::Debug for Cells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.table.name())?;
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_back_as_they_were_put_in() {
        let put = [
            Cell::Null,
            Cell::Number(i64::MIN),
            Cell::Text(""),
            Cell::Text("größer 👍"),
            Cell::Bytes(&[0, 255]),
            Cell::Number(0),
        ];
        let cells = Cells::of(Table::Records, &put);
        assert_eq!(cells.iter().collect::<Vec<_>>(), put);
        assert_eq!(cells.get(3), Some(put[3]));
        assert_eq!(cells.get(6), None);
    }
}
