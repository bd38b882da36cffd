//! The table: a row for each attack, a column for each who was attacked.

use std::fmt;

use super::Came;
use crate::attacks::case::Case;

/// Everything that came of the attacks. Displayed, it is the rows in which somebody let something
/// through, as Markdown, with a count of all above.
#[derive(Debug)]
pub(crate) struct Table {
    names: Vec<String>,
    rows: Vec<Row>,
}

/// One way in which an attack may end.
type Kind = fn(&Came) -> bool;

#[derive(Debug)]
struct Row {
    number: u8,
    name: &'static str,
    came: Vec<Came>,
}

impl Table {
    /// A table without rows for those with these names.
    pub(crate) fn new(names: Vec<String>) -> Self {
        Self { names, rows: Vec::new() }
    }

    /// Adds what came of an attack on each, in the order of their names.
    pub(crate) fn add(&mut self, attack: &Case, came: Vec<Came>) {
        self.rows.push(Row { number: attack.number, name: attack.name, came });
    }

    /// Whether the first of them let anything through.
    pub(crate) fn first_fell(&self) -> bool {
        self.rows.iter().any(|row| row.came.first().is_some_and(Came::is_more))
    }

    fn count(&self, place: usize, fits: impl Fn(&Came) -> bool) -> usize {
        self.rows.iter().filter(|row| row.came.get(place).is_some_and(&fits)).count()
    }
}

impl Came {
    /// Whether Kustomer saw more than Kustodian lets it see.
    fn is_more(&self) -> bool {
        matches!(self, Self::Taken(_) | Self::Through(_) | Self::Carried(_))
    }
}

impl fmt::Display for Came {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(Some(status)) => write!(f, "{status}"),
            Self::Refused(None) => f.write_str("closed"),
            Self::Permitted => f.write_str("as permitted"),
            Self::Taken(lines) => write!(f, "taken for {}", quoted(lines)),
            Self::Through(lines) => write!(f, "**through**: {}", quoted(lines)),
            Self::Carried(names) => write!(f, "**carries** `{}`", names.join("`, `")),
        }
    }
}

fn quoted(lines: &[String]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| short(line)).collect();
    lines.join(", ")
}

/// A first line as it came, in one piece and not too long.
fn short(line: &str) -> String {
    let line = line.strip_suffix(" HTTP/1.1").unwrap_or(line);
    let line = line.escape_debug().to_string();
    let short: String = line.chars().take(60).collect();
    let more = if short.len() < line.len() { "..." } else { "" };
    format!("`{}{more}`", short.replace('|', "\\|"))
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| of {} attacks over HTTP/1.1 | {} |",
            self.rows.len(),
            self.names.join(" | ")
        )?;
        writeln!(f, "|---|{}", "---|".repeat(self.names.len()))?;
        let all: [(&str, Kind); 5] = [
            ("refused: Kustomer sees nothing", |came| matches!(came, Came::Refused(_))),
            ("Kustomer sees what is granted, byte for byte", |came| *came == Came::Permitted),
            ("taken for something that is granted", |came| matches!(came, Came::Taken(_))),
            ("carries the agent's own headers", |came| matches!(came, Came::Carried(_))),
            ("through with the real key", |came| matches!(came, Came::Through(_))),
        ];
        for (what, fits) in all {
            let counts = (0..self.names.len()).map(|place| self.count(place, fits).to_string());
            writeln!(f, "| {what} | {} |", counts.collect::<Vec<_>>().join(" | "))?;
        }
        writeln!(f, "\n| # | attack | {} |", self.names.join(" | "))?;
        writeln!(f, "|---|---|{}", "---|".repeat(self.names.len()))?;
        let mut rows: Vec<_> = self.rows.iter().collect();
        rows.sort_by_key(|row| row.number);
        for row in rows.into_iter().filter(|row| row.came.iter().any(Came::is_more)) {
            let came: Vec<_> = row.came.iter().map(ToString::to_string).collect();
            writeln!(f, "| {} | {} | {} |", row.number, row.name, came.join(" | "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_shown_where_somebody_let_through_more_than_kustodian() {
        let mut table = Table::new(vec!["Kustodian".to_owned(), "Other".to_owned()]);
        let cases = crate::attacks::cases();
        let lines = |line: &str| vec![format!("{line} HTTP/1.1")];
        table.add(&cases[0], vec![Came::Refused(Some(400)), Came::Through(lines("GET /v1/a|b"))]);
        table.add(&cases[1], vec![Came::Permitted, Came::Carried(vec!["cookie".to_owned()])]);
        table.add(&cases[2], vec![Came::Refused(None), Came::Taken(lines("GET /v1/customers"))]);
        table.add(&cases[3], vec![Came::Refused(Some(403)), Came::Refused(Some(403))]);
        assert!(!table.first_fell());
        insta::assert_snapshot!(table, @r"
        | of 4 attacks over HTTP/1.1 | Kustodian | Other |
        |---|---|---|
        | refused: Kustomer sees nothing | 3 | 1 |
        | Kustomer sees what is granted, byte for byte | 1 | 0 |
        | taken for something that is granted | 0 | 1 |
        | carries the agent's own headers | 0 | 1 |
        | through with the real key | 0 | 1 |

        | # | attack | Kustodian | Other |
        |---|---|---|---|
        | 1 | dot segment | 400 | **through**: `GET /v1/a\|b` |
        | 1 | dot segments from the root | as permitted | **carries** `cookie` |
        | 1 | dot segments to the key's own token | closed | taken for `GET /v1/customers` |
        ");
    }
}
