//! JSON lines: exactly what `audit list --json` prints.

use std::io::{self, Write};

use audit::Record;

use super::writer::Writer;
use crate::output::json_line;

/// Writes a record as one line.
pub(super) struct Jsonl<W> {
    out: W,
}

impl<W: Write> Jsonl<W> {
    /// Begins; there is nothing before the first record.
    pub(super) fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write> Writer for Jsonl<W> {
    fn write(&mut self, record: &Record) -> io::Result<()> {
        json_line(&mut self.out, record)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}
