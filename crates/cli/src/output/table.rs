//! Columns that line up.

use std::io::{self, Write};

use anstyle::Style;

use super::{PLAIN, STRONG, painted};

/// Between two columns.
const GAP: &str = "  ";

/// Rows of cells, each column as wide as its widest cell.
#[derive(Debug, Default)]
pub(crate) struct Table {
    indent: &'static str,
    rows: Vec<Vec<Cell>>,
}

/// A text and its style.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Table {
    /// A table without headings.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A table with headings over its columns.
    pub(crate) fn with_headings<const N: usize>(headings: [&str; N]) -> Self {
        let row = headings.into_iter().map(|heading| Cell::new(heading, STRONG)).collect();
        Self { rows: vec![row], ..Self::default() }
    }

    /// The same, a little to the right.
    pub(crate) fn indented(self) -> Self {
        Self { indent: "  ", ..self }
    }

    /// Adds a row.
    pub(crate) fn push<const N: usize>(&mut self, row: [Cell; N]) {
        self.rows.push(row.into());
    }

    /// Writes the table. The last column is not filled up, so that no line ends in blanks.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let widths = self.widths();
        for row in &self.rows {
            let mut line = String::from(self.indent);
            let mut owed = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                if !cell.text.is_empty() {
                    line.push_str(&owed);
                    line.push_str(&painted(cell.style, &cell.text));
                    owed.clear();
                }
                owed.push_str(&" ".repeat(width.saturating_sub(cell.width())));
                owed.push_str(GAP);
            }
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width =
            |column| self.rows.iter().filter_map(|row| row.get(column)).map(Cell::width).max();
        (0..columns).map(|column| width(column).unwrap_or(0)).collect()
    }
}

impl Cell {
    /// A text in a style.
    pub(crate) fn new(text: &(impl ToString + ?Sized), style: Style) -> Self {
        Self { text: text.to_string(), style }
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

impl<T: ToString> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(&text, PLAIN)
    }
}

#[cfg(test)]
mod tests {
    use super::super::BAD;
    use super::*;

    #[test]
    fn columns_line_up_whatever_their_colours_and_no_line_ends_in_blanks() {
        let mut table = Table::with_headings(["id", "what", "note"]).indented();
        table.push([Cell::new("a", BAD), "long text".into(), "".into()]);
        table.push(["longer".into(), "".into(), "x".into()]);
        let mut out = Vec::new();
        table.write(&mut out).unwrap();
        let plain = anstream::adapter::strip_str(str::from_utf8(&out).unwrap()).to_string();
        assert_eq!(
            plain,
            "  id      what       note\n  a       long text\n  longer             x\n"
        );
    }
}
