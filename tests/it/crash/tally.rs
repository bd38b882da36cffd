//! What came of one life of the gateway, or of all of them.

use std::fmt;

/// Faults that are shown one by one; more are only counted.
const SHOWN: usize = 10;

/// Counts, and everything that is not as it should be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Calls that agents sent.
    pub(crate) calls: usize,
    /// Requests that Kustomer saw.
    pub(crate) seen: usize,
    /// Calls that an agent was told the gateway refused.
    pub(crate) refused: usize,
    /// Calls that an agent was told could not be recorded: the database was away.
    pub(crate) turned_away: usize,
    /// Of these, the ones on record all the same: the database took them and crashed before it said so.
    pub(crate) unclear: usize,
    /// Records.
    pub(crate) records: usize,
    /// Records without an outcome: the gateway was killed before it was written.
    pub(crate) open: usize,
    /// What contradicts the promise, in words.
    pub(crate) faults: Vec<String>,
}

impl Tally {
    /// Whether the trail kept its promise, and was put to the test at all.
    pub(crate) fn held(&self) -> bool {
        self.faults.is_empty() && self.seen > 0 && self.refused > 0
    }

    /// Takes in what came of another life.
    pub(crate) fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.seen += other.seen;
        self.refused += other.refused;
        self.turned_away += other.turned_away;
        self.unclear += other.unclear;
        self.records += other.records;
        self.open += other.open;
        self.faults.extend(other.faults);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { calls, seen, refused, turned_away, unclear, records, open, faults } = self;
        write!(
            f,
            "{calls} calls, {seen} seen by Kustomer, {refused} refused, {turned_away} turned away \
             ({unclear} on record); {records} records, {open} without outcome; {} faults",
            faults.len()
        )?;
        for fault in faults.iter().take(SHOWN) {
            write!(f, "\n    {fault}")?;
        }
        Ok(())
    }
}
