//! A comparison for a terminal: a sentence for each agent, and its operations by resource.

use std::io::{self, Write};

use ::policy::compare::{AgentChange, Way};

use super::Comparison;
use super::change::{Line, headline, lines, term};
use crate::output::{BAD, CAUTION, Cell, FAINT, GOOD, PLAIN, STRONG, Table, painted};

/// Writes it all, and at the end what counts against it.
pub(super) fn write(comparison: &Comparison<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", painted(FAINT, format!("{} -> {}", comparison.old, comparison.new)))?;
    if comparison.changes.is_empty() {
        return writeln!(out, "no agent may do anything else than before");
    }
    for change in &comparison.changes {
        writeln!(out, "\n{}: {}", painted(STRONG, &change.agent), headline(change))?;
        agent(change, comparison.all, out)?;
    }
    for change in comparison.too_much() {
        let limit = comparison.limit.map(|limit| limit.to_string()).unwrap_or_default();
        let gained = change.gained().map(|gained| gained.to_string()).unwrap_or_default();
        let words = format!("`{}` gains {gained} (--fail-on-gain {limit})", change.agent);
        writeln!(out, "\n{} {words}", painted(BAD, "too much:"))?;
    }
    Ok(())
}

/// What one agent gains and loses.
pub(crate) fn agent(change: &AgentChange, all: bool, out: &mut dyn Write) -> io::Result<()> {
    for changed in &change.terms {
        let (sign, style) = sign(changed.way);
        let note = changed.gives.map(|level| format!(" (may give up to {level})"));
        writeln!(out, "  {} {}{}", painted(style, sign), term(changed), note.unwrap_or_default())?;
    }
    for (resource, lines) in lines(change, all) {
        let reach = change.reach.iter().find(|(id, _)| id.as_str() == resource);
        let reach = reach.map(|(_, (was, is))| format!(": {was} -> {is}")).unwrap_or_default();
        writeln!(out, "  {}{reach}", painted(STRONG, &resource))?;
        let mut table = Table::new().indented();
        for line in &lines {
            row(line, &mut table);
        }
        table.write(out)?;
    }
    Ok(())
}

fn row(line: &Line, table: &mut Table) {
    let (sign, style) = sign(line.way);
    // A loss that can delete needs no warning.
    let marks = if line.way == Way::Gained { marks(line) } else { String::new() };
    table.push([
        Cell::new(&format!("  {sign}"), style),
        Cell::new(&line.operation, style),
        line.needs.into(),
        line.words.as_str().into(),
        Cell::new(&marks, CAUTION),
        Cell::new(&line.because, FAINT),
    ]);
}

/// "DELETES", "SENDS", or both.
pub(super) fn marks(line: &Line) -> String {
    let marks = [(line.deletes, "DELETES"), (line.sends, "SENDS")];
    marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark).collect::<Vec<_>>().join(" ")
}

/// How a gain and a loss begin. A gain is what somebody has to look at.
fn sign(way: Way) -> (&'static str, anstyle::Style) {
    match way {
        Way::Gained => ("+", BAD),
        Way::Lost => ("-", GOOD),
        Way::Neither => ("~", PLAIN),
    }
}
