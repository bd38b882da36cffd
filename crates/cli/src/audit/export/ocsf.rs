//! OCSF: each record as an event of the class API Activity, which security tools know.
//!
//! docs/audit-record.md says which field becomes which attribute. What has no attribute is kept under
//! `unmapped`, so nothing of a record is lost but its instant below the millisecond, and that stands in
//! `metadata.original_time`. To check a change: the class's JSON Schema admits no other attributes, and
//! the Python package `ocsf-json-schema` makes it.

mod activity;
mod event;
mod verdict;

use std::io::{self, Write};

use audit::Record;

use super::writer::Writer;
use crate::output::json_line;
use event::event;

/// Writes a record as one event a line.
pub(super) struct Ocsf<W> {
    out: W,
}

impl<W: Write> Ocsf<W> {
    /// Begins; there is nothing before the first record.
    pub(super) fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write> Writer for Ocsf<W> {
    fn write(&mut self, record: &Record) -> io::Result<()> {
        json_line(&mut self.out, &event(record))
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}
