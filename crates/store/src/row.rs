//! What a row means, said once for both databases: types to cells, and cells to types.
//!
//! Both databases keep the same few kinds of cell: text, bytes and 64-bit numbers.

mod cells;
mod opening;
mod outcome;
mod record;
mod summary;
mod text;
mod token;

pub(crate) use cells::Cells;
pub(crate) use opening::OpeningRow;
pub(crate) use outcome::OutcomeRow;
pub(crate) use record::record;
pub(crate) use summary::summary;
pub(crate) use text::clean;
pub(crate) use token::{TokenCells, token};

use audit::Entry;

/// The rows of a batch, by table.
pub(crate) struct Batch<'a> {
    /// For `records`.
    pub(crate) openings: Vec<OpeningRow<'a>>,
    /// For `outcomes`, each with its record's id.
    pub(crate) outcomes: Vec<(&'a [u8], OutcomeRow<'a>)>,
    /// The same, but only where the record is there.
    pub(crate) given_up: Vec<(&'a [u8], OutcomeRow<'a>)>,
}

impl<'a> Batch<'a> {
    /// Sorts entries by table; their order within a table stays.
    pub(crate) fn of(entries: &'a [Entry]) -> Result<Self, sqlx::Error> {
        let mut batch = Self { openings: Vec::new(), outcomes: Vec::new(), given_up: Vec::new() };
        for entry in entries {
            match entry {
                Entry::Opening(opening) => batch.openings.push(OpeningRow::of(opening)?),
                Entry::Outcome(id, outcome) => {
                    batch.outcomes.push((id.as_bytes(), OutcomeRow::of(outcome)));
                }
                Entry::GivenUp(id, outcome) => {
                    batch.given_up.push((id.as_bytes(), OutcomeRow::of(outcome)));
                }
            }
        }
        Ok(batch)
    }
}
