//! How much a grant gives and how much an operation takes.

use std::fmt;
use std::str::FromStr;

/// An access level; `Off < Read < Write < Full`.
///
/// Read looks. Write reads, creates and changes. Full is write, and what cannot be undone or reaches
/// beyond the record: deleting, merging, bulk changes, unmasking, administration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing.
    Off,
    /// Look.
    Read,
    /// Look, create and change.
    Write,
    /// Everything, with what cannot be undone.
    Full,
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Self; 4] = [Self::Off, Self::Read, Self::Write, Self::Full];

    /// The word used in files and sentences.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Read => "read",
            Self::Write => "write",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|level| level.as_str() == word).ok_or(UnknownLevel)
    }
}

/// The word is none of off, read, write, full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected one of off, read, write, full")]
pub struct UnknownLevel;
