//! A comparison as Markdown, for a comment on a pull request.

use std::io::{self, Write};

use ::policy::compare::{AgentChange, Way};

use super::Comparison;
use super::change::{headline, lines, term};
use super::text::marks;

/// Writes a heading for each agent, and a table of what it gains and loses.
pub(super) fn write(comparison: &Comparison<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## Policies: {} → {}\n", cell(&comparison.old), cell(&comparison.new))?;
    if comparison.changes.is_empty() {
        return writeln!(out, "No agent may do anything else than before.");
    }
    for change in comparison.too_much() {
        let gained = change.gained().map(|gained| gained.to_string()).unwrap_or_default();
        writeln!(out, "**Too much: `{}` gains {gained}.**\n", change.agent)?;
    }
    for change in &comparison.changes {
        writeln!(out, "### `{}`: {}\n", change.agent, cell(&headline(change)))?;
        agent(change, comparison.all, out)?;
    }
    Ok(())
}

fn agent(change: &AgentChange, all: bool, out: &mut dyn Write) -> io::Result<()> {
    for changed in &change.terms {
        writeln!(out, "- {} {}", sign(changed.way), cell(&term(changed)))?;
    }
    if !change.terms.is_empty() {
        writeln!(out)?;
    }
    let lines = lines(change, all);
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "| | operation | needs | what it does | | because of |")?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    for (resource, lines) in &lines {
        let reach = change.reach.iter().find(|(id, _)| id.as_str() == resource);
        let reach = reach.map(|(_, (was, is))| format!("{was} → {is}")).unwrap_or_default();
        writeln!(out, "| | **{resource}** | {reach} | | | |")?;
        for line in lines {
            let marks = if line.way == Way::Gained { marks(line) } else { String::new() };
            let marks = if marks.is_empty() { marks } else { format!("**{marks}**") };
            writeln!(
                out,
                "| {} | `{}` | {} | {} | {marks} | {} |",
                sign(line.way),
                line.operation,
                line.needs,
                cell(&line.words),
                cell(&line.because),
            )?;
        }
    }
    writeln!(out)
}

fn sign(way: Way) -> &'static str {
    match way {
        Way::Gained => "➕",
        Way::Lost => "➖",
        Way::Neither => "·",
    }
}

/// A text that ends no cell, opens no tag and makes no link, whatever a name in a policy holds.
fn cell(text: &impl ToString) -> String {
    let mut safe = String::new();
    for character in text.to_string().chars() {
        match character {
            '<' => safe.push_str("&lt;"),
            '|' | '[' | ']' | '*' | '_' | '!' | '\\' | '@' | '#' => {
                safe.push('\\');
                safe.push(character);
            }
            _ => safe.push(character),
        }
    }
    safe
}
