//! CSV as RFC 4180 has it: a line of headings, lines that end in CR LF, quotes where they are needed.

use std::borrow::Cow;
use std::io::{self, Write};

use ::csv::{Terminator, WriterBuilder};
use audit::Record;

use super::column::{COLUMNS, Cells};
use super::writer::Writer;

/// With one of these at its beginning a cell is a formula to a spreadsheet, and what an agent sent
/// must not become one.
const FORMULA: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// Writes a record as one row.
pub(super) struct Csv<W: Write> {
    rows: ::csv::Writer<W>,
}

impl<W: Write> Csv<W> {
    /// Writes the headings.
    pub(super) fn new(out: W) -> io::Result<Self> {
        let mut rows = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
        rows.write_record(COLUMNS.iter().map(|column| column.name)).map_err(io_error)?;
        Ok(Self { rows })
    }
}

impl<W: Write> Writer for Csv<W> {
    fn write(&mut self, record: &Record) -> io::Result<()> {
        for column in COLUMNS {
            self.rows.write_field(cell(&column.cells, record).as_bytes()).map_err(io_error)?;
        }
        self.rows.write_record(None::<&[u8]>).map_err(io_error)
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.rows.flush()
    }
}

/// What the output said, as it said it: a pipe that was closed must still be known as one.
fn io_error(error: ::csv::Error) -> io::Error {
    let said = error.to_string();
    if let ::csv::ErrorKind::Io(error) = error.into_kind() {
        return error;
    }
    io::Error::other(said)
}

/// The cell as text; empty where there is nothing.
fn cell<'r>(cells: &Cells, record: &'r Record) -> Cow<'r, str> {
    match cells {
        Cells::Text(read) => defused(read(record)),
        Cells::MaybeText(read) => read(record).map(defused).unwrap_or_default(),
        Cells::MaybeNumber(read) => {
            read(record).map(|number| number.to_string().into()).unwrap_or_default()
        }
        Cells::Instant(read) => read(record).to_string().into(),
    }
}

/// The text with an apostrophe before what a spreadsheet would run.
fn defused(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.starts_with(FORMULA) { format!("'{text}").into() } else { text }
}

#[cfg(test)]
mod tests {
    use audit::{Opening, Record};

    use super::super::testing::{Closed, permitted, under_way};
    use super::*;

    #[test]
    fn a_closed_pipe_is_known_as_one_in_the_middle_of_an_export() {
        let record = permitted();
        let mut csv = Csv::new(Closed).unwrap();
        let ended = (0..1_000).find_map(|_| csv.write(&record).err());
        assert_eq!(ended.map(|why| why.kind()), Some(io::ErrorKind::BrokenPipe));
    }

    fn written(records: &[Record]) -> String {
        let mut out = Vec::new();
        let mut csv = Box::new(Csv::new(&mut out).unwrap());
        for record in records {
            csv.write(record).unwrap();
        }
        csv.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_record_is_a_row_beneath_the_headings() {
        let text = written(&[permitted()]);
        assert!(text.ends_with("\r\n") && text.matches("\r\n").count() == 2, "{text}");
        insta::assert_snapshot!(text.replace("\r\n", "\n"));
    }

    #[test]
    fn a_reader_gets_back_what_was_written_and_nothing_for_what_there_is_not() {
        let record = under_way();
        let text = written(&[permitted(), record.clone()]);
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let headings = reader.headers().unwrap().clone();
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 2);
        let cell = |name| rows[1].get(headings.iter().position(|it| it == name).unwrap()).unwrap();
        assert_eq!(cell("id"), record.opening.id.to_string());
        assert_eq!(cell("sentence"), record.sentence());
        assert_eq!((cell("outcome_kind"), cell("outcome_status")), ("", ""));
    }

    #[test]
    fn a_cell_that_a_spreadsheet_would_run_is_defused() {
        for (sent, written) in [
            ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("/v1/=1", "/v1/=1"),
            ("", ""),
        ] {
            assert_eq!(defused(sent.into()), written);
        }
    }

    #[test]
    fn every_text_an_agent_can_send_goes_through_the_defusing() {
        let Record { opening, outcome } = permitted();
        let bad = || "=1".to_owned();
        let (method, path, targets) = (bad(), bad(), vec![bad()]);
        let record = Record { opening: Opening { method, path, targets, ..opening }, outcome };
        assert_eq!(written(&[record]).matches(",'=1").count(), 3);
    }
}
