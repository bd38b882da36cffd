//! A row of the trail as a store keeps it: cells in the order of their table's columns, its place in a
//! chain, and the hash that ties it to the row before.
//!
//! The columns are named once, in [`Table::columns`]: what is hashed, what is written and what is read
//! back all follow that list, so no cell can be kept and not be hashed. To add a column: a line in the
//! list and in `row/write.rs` and `row/read.rs`, two migrations, and a new [`crate::ENCODING`].

mod cells;
mod read;
mod write;

use crate::Hash;
pub use cells::{Cell, Cells, CellsIter};
pub use read::{Misread, later_outcome, record};
pub(crate) use write::{outcome_row, record_row};

/// One of the trail's two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// What was asked and decided; also what the gateway notes of itself.
    Records,
    /// What came of the requests that were forwarded.
    Outcomes,
}

/// A column of a table, without the two that every row has: `place` and `hash`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What its cells hold.
    pub kind: Kind,
}

/// What the cells of a column hold, where they are not null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number of 64 bits.
    Number,
    /// Text without a NUL.
    Text,
    /// Bytes.
    Bytes,
}

/// A row with its place in a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it stands.
    pub place: Place,
    /// The hash over the row before it and all of its own cells.
    pub hash: Hash,
    /// What is in it.
    pub cells: Cells,
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text }
}

const fn number(name: &'static str) -> Column {
    Column { name, kind: Kind::Number }
}

const fn bytes(name: &'static str) -> Column {
    Column { name, kind: Kind::Bytes }
}

const RECORDS: [Column; 21] = [
    bytes("id"),
    number("at"),
    text("agent"),
    text("token"),
    text("address"),
    text("method"),
    text("path"),
    text("operation"),
    text("resource"),
    text("targets"),
    text("demands"),
    text("decision"),
    text("reason"),
    text("policy_file"),
    number("policy_line"),
    text("policy_fingerprint"),
    number("requests"),
    text("detail"),
    text("sentence"),
    number("status"),
    number("duration_ms"),
];

const OUTCOMES: [Column; 7] = [
    bytes("record_id"),
    text("kind"),
    number("status"),
    number("duration_ms"),
    number("bytes_in"),
    number("bytes_out"),
    text("sentence"),
];

impl Table {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Records, Self::Outcomes];

    /// Its name in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Outcomes => "outcomes",
        }
    }

    /// Its columns, but for `place` and `hash`.
    #[must_use]
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Records => &RECORDS,
            Self::Outcomes => &OUTCOMES,
        }
    }
}

/// Where a row stands: the chain's ordinal and the row's number within it, in one number.
///
/// The number takes the lower 40 bits and the ordinal those above, so rows in the order of their places
/// are chain after chain, each in the order in which it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(i64);

const NUMBER_BITS: u32 = 40;

impl Place {
    /// The place of a chain's row; numbers begin with 0.
    #[must_use]
    pub fn new(ordinal: u32, number: u64) -> Self {
        let ordinal = i64::from(ordinal) << NUMBER_BITS;
        // A chain of 2^40 rows would take a year at 30,000 a second; the mask keeps to the chain.
        Self(ordinal | i64::try_from(number & ((1 << NUMBER_BITS) - 1)).unwrap_or(0))
    }

    /// The number that a store keeps.
    #[must_use]
    pub fn as_i64(self) -> i64 {
        self.0
    }

    /// The place that a store kept.
    #[must_use]
    pub fn from_i64(place: i64) -> Self {
        Self(place)
    }

    /// Which chain.
    #[must_use]
    pub fn ordinal(self) -> u32 {
        u32::try_from(self.0 >> NUMBER_BITS).unwrap_or(u32::MAX)
    }

    /// The smallest place that is greater; none behind the greatest.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }

    /// Which row of the chain, from 0.
    #[must_use]
    pub fn number(self) -> u64 {
        u64::try_from(self.0 & ((1 << NUMBER_BITS) - 1)).unwrap_or(0)
    }
}

/// The greatest ordinal that a place has room for.
pub const MOST_CHAINS: u32 = (1 << (63 - NUMBER_BITS)) - 1;

impl std::fmt::Display for Place {
    /// `12:3456`, the chain's ordinal and the row's number.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.ordinal(), self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_holds_its_chain_and_its_number_and_is_in_their_order() {
        let place = Place::new(7, 123_456_789_012);
        assert_eq!((place.ordinal(), place.number()), (7, 123_456_789_012));
        assert_eq!(Place::from_i64(place.as_i64()), place);
        assert_eq!(place.to_string(), "7:123456789012");
        assert!(Place::new(7, (1 << NUMBER_BITS) - 1) < Place::new(8, 0));
        assert_eq!(Place::new(MOST_CHAINS, 5).ordinal(), MOST_CHAINS);
    }
}
