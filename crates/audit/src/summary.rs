//! How many requests there were: by agent and what was decided, and over time.

use jiff::{SignedDuration, Timestamp};

use crate::Decided;

/// The span in which requests are counted together: a quarter of an hour.
///
/// Every time zone's days and hours are made of whole quarters, so whoever shows the counts can add
/// them up to the hours and days of a place.
pub const QUARTER: SignedDuration = SignedDuration::from_mins(15);

/// How many records fit a filter. Both lists count the same records, read at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// By agent, operation and decision; in no particular order.
    pub tallies: Vec<Tally>,
    /// By time and decision; in no particular order. Quarters without a request are left out.
    pub quarters: Vec<Quarter>,
}

/// So many requests of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The agent's id; none where it was not proven who asked.
    pub agent: Option<String>,
    /// The operation; none where the catalogue knows none, or the request was not read that far.
    pub operation: Option<String>,
    /// What was decided.
    pub decision: Decided,
    /// How many.
    pub requests: u64,
}

/// So many requests of one decision within one quarter of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quarter {
    /// Its first instant.
    pub start: Timestamp,
    /// What was decided.
    pub decision: Decided,
    /// How many.
    pub requests: u64,
}
