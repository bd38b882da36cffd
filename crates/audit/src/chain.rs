//! The chain: every row carries a hash over its own cells and the hash of the row before it.
//!
//! Each writer has a chain of its own, from its start to its stop, so replicas need no common lock. A
//! chain's id is that of its first record, and that record names the heads of the chains known then:
//! whoever removes a whole chain leaves the names that others have for it. docs/audit-record.md has
//! the encoding, so that anybody can compute it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::RecordId;
use crate::row::{Cells, Place, Row, Table};

/// The version of the encoding that is hashed. It grows with every change of a table's columns.
pub const ENCODING: u32 = 1;

/// What the encoding begins with, so that nothing else that is hashed can be taken for a row.
const PREFIX: &[u8] = b"kustodian trail 1\n";

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What the first row of a chain has for the hash of the row before it.
    pub const NONE: Self = Self([0; 32]);

    /// Wraps a hash that was computed elsewhere.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = Hex(&self.0).to_string();
        // So that a shorter form can be asked for where people only compare.
        f.pad(&digits)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(NotAHash);
        }
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| NotAHash)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| NotAHash)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The text is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a hash of 64 hexadecimal digits")]
pub struct NotAHash;

/// How far a chain has come: how many rows it has, and the hash of the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The chain.
    pub chain: RecordId,
    /// How many rows it has had since its beginning.
    pub rows: u64,
    /// The hash of the last of them.
    pub hash: Hash,
}

/// A chain that is being written or walked along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    ordinal: u32,
    head: Head,
}

impl Chain {
    /// A chain without rows, under the ordinal that its store gave it.
    #[must_use]
    pub fn new(id: RecordId, ordinal: u32) -> Self {
        Self { ordinal, head: Head { chain: id, rows: 0, hash: Hash::NONE } }
    }

    /// The chain where it has come to a head.
    #[must_use]
    pub fn at(head: Head, ordinal: u32) -> Self {
        Self { ordinal, head }
    }

    /// Which one it is in its store.
    #[must_use]
    pub fn ordinal(&self) -> u32 {
        self.ordinal
    }

    /// How far it has come.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// Adds a row at the end.
    pub fn link(&mut self, cells: Cells) -> Row {
        let hash = self.next_hash(&cells);
        let place = Place::new(self.ordinal, self.head.rows);
        self.head = Head { chain: self.head.chain, rows: self.head.rows + 1, hash };
        Row { place, hash, cells }
    }

    /// The hash that these cells have as the next row.
    #[must_use]
    pub fn next_hash(&self, cells: &Cells) -> Hash {
        let Head { chain, rows, hash } = self.head;
        let mut digest = Sha256::new();
        digest.update(PREFIX);
        digest.update(hash.as_bytes());
        digest.update(chain.as_bytes());
        digest.update(rows.to_be_bytes());
        digest.update([tag(cells.table())]);
        digest.update(cells.encoded());
        Hash(digest.finalize().into())
    }
}

fn tag(table: Table) -> u8 {
    match table {
        Table::Records => b'r',
        Table::Outcomes => b'o',
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::row::Cell;

    fn chain() -> Chain {
        Chain::new(RecordId::floor(Timestamp::UNIX_EPOCH), 1)
    }

    fn cells(cells: &[Cell<'_>]) -> Cells {
        Cells::of(Table::Outcomes, cells)
    }

    fn text(text: &str) -> Cell<'_> {
        Cell::Text(text)
    }

    /// Computed by another program, from the encoding as docs/audit-record.md describes it.
    #[test]
    fn the_hash_is_the_one_that_the_documentation_describes() {
        let hash = chain().next_hash(&cells(&[
            Cell::Null,
            Cell::Number(-2),
            text("ä"),
            Cell::Bytes(&[0, 255]),
        ]));
        assert_eq!(
            hash.to_string(),
            "ee46e40576ee52629407c93e917b34a2c8f42979171ed5cf4319435051e326dd"
        );
    }

    #[test]
    fn cells_that_run_together_alike_have_different_hashes() {
        let all = [
            cells(&[text("ab"), text("c")]),
            cells(&[text("a"), text("bc")]),
            cells(&[text("abc")]),
            cells(&[Cell::Bytes(b"abc")]),
            cells(&[text("abc"), Cell::Null]),
            cells(&[text("abc"), text("")]),
            Cells::of(Table::Records, &[text("abc")]),
        ];
        let hashes: std::collections::BTreeSet<_> =
            all.iter().map(|cells| chain().next_hash(cells).to_string()).collect();
        assert_eq!(hashes.len(), all.len());
    }

    #[test]
    fn a_row_depends_on_its_chain_on_its_number_and_on_the_row_before() {
        let row = || cells(&[text("same")]);
        let mut one = chain();
        let first = one.link(row());
        let second = one.link(row());
        assert_eq!((first.place.number(), second.place.number()), (0, 1));
        assert_ne!(first.hash, second.hash);
        let other = Head { hash: Hash::from_bytes([7; 32]), ..one.head() };
        assert_ne!(Chain::at(other, 1).next_hash(&row()), one.next_hash(&row()));
        let id = RecordId::from_bytes([9; 16]);
        assert_ne!(Chain::new(id, 1).next_hash(&row()), chain().next_hash(&row()));
        let elsewhere = Head { rows: 5, ..one.head() };
        assert_ne!(Chain::at(elsewhere, 1).next_hash(&row()), one.next_hash(&row()));
    }

    #[test]
    fn a_hash_is_read_back_from_its_digits_and_from_nothing_else() {
        let hash = chain().link(cells(&[])).hash;
        assert_eq!(hash.to_string().parse(), Ok(hash));
        for text in ["", "00", &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(text.parse::<Hash>(), Err(NotAHash));
        }
    }
}
