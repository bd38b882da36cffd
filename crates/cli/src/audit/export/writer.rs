//! The formats, and what each of them does.

use std::io;

use audit::Record;

use super::csv::Csv;
use super::jsonl::Jsonl;
use super::ocsf::Ocsf;
use super::output::Output;
use super::parquet::Parquet;

/// Writes records in one format.
pub(super) trait Writer {
    /// Writes one record.
    fn write(&mut self, record: &Record) -> io::Result<()>;

    /// Writes what comes after the last record.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// How records are written.
///
/// To add a format: a variant here, its writer in a file of its own, and a row in docs/audit-record.md.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// One JSON object a line, as `audit list --json` prints it
    #[default]
    Jsonl,
    /// A table as text, with a line of headings
    Csv,
    /// A table with types, compressed, for pandas, Spark and other tools
    Parquet,
    /// One OCSF event (API Activity) a line, for a SIEM
    Ocsf,
}

impl Format {
    /// All of them.
    #[cfg(test)]
    pub(super) const ALL: [Self; 4] = [Self::Jsonl, Self::Csv, Self::Parquet, Self::Ocsf];

    /// Whether it is no text, so that nobody can want it on a screen.
    pub(super) fn is_binary(self) -> bool {
        match self {
            Self::Parquet => true,
            Self::Jsonl | Self::Csv | Self::Ocsf => false,
        }
    }

    /// Begins to write in this format.
    pub(super) fn writer<'w>(self, output: &'w mut Output<'_>) -> io::Result<Box<dyn Writer + 'w>> {
        Ok(match self {
            Self::Jsonl => Box::new(Jsonl::new(output)),
            Self::Csv => Box::new(Csv::new(output)?),
            Self::Parquet => Box::new(Parquet::new(output)?),
            Self::Ocsf => Box::new(Ocsf::new(output)),
        })
    }
}
