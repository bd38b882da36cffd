//! What is said of the grants that were not used.

use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::ledger::{Grant, Ledger};
use crate::output::{CAUTION, FAINT, GOOD, Table, json_line, painted};
use crate::policy::trail::Period;
use crate::time::local;

/// The grants that were not used since an instant.
#[derive(Debug)]
pub(super) struct Report<'l> {
    since: Timestamp,
    begins: Option<Timestamp>,
    grants: usize,
    unused: Vec<&'l Grant>,
}

impl<'l> Report<'l> {
    /// Those of the ledger that were not used in the period.
    pub(super) fn new(period: Period, begins: Option<Timestamp>, ledger: &'l Ledger) -> Self {
        let since = period.since.unwrap_or(Timestamp::MIN);
        let is_unused = |grant: &&Grant| grant.last.is_none_or(|last| last < since);
        let unused = ledger.grants().iter().filter(is_unused).collect();
        Self { since, begins, grants: ledger.grants().len(), unused }
    }

    /// Whether every grant was used.
    pub(super) fn is_empty(&self) -> bool {
        self.unused.is_empty()
    }

    /// The earliest instant of which the trail can say that nothing was used since.
    fn known_since(&self) -> Option<Timestamp> {
        self.begins.filter(|begins| *begins > self.since)
    }

    /// For people.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let zone = TimeZone::system();
        let since = local(self.since, &zone);
        let (unused, all) = (self.unused.len(), self.grants);
        if self.is_empty() {
            let fine = painted(GOOD, "all used:");
            writeln!(out, "{fine} each of the {all} grants was used since {since}")?;
        } else {
            let style = painted(CAUTION, format!("{unused} of {all} grants"));
            writeln!(out, "{style} were not used since {since}\n")?;
            self.table(&zone).write(out)?;
        }
        match (self.begins, self.known_since()) {
            (None, _) => writeln!(out, "\nthe trail is empty: nothing was ever used"),
            (_, Some(begins)) => {
                let begins = local(begins, &zone);
                writeln!(
                    out,
                    "\nthe trail holds no record from before {begins}, so it cannot tell of more"
                )
            }
            (Some(begins), None) => {
                writeln!(out, "\nthe trail holds records from {} on", local(begins, &zone))
            }
        }
    }

    fn table(&self, zone: &TimeZone) -> Table {
        let mut table =
            Table::with_headings(["where", "grant", "level", "of", "last used", "requests"])
                .indented();
        for grant in &self.unused {
            let last = match grant.last {
                Some(last) => local(last, zone).into(),
                None => crate::output::Cell::new("never", FAINT),
            };
            table.push([
                grant.entry.place.to_string().into(),
                grant.entry.name.to_string().into(),
                grant.entry.level.to_string().into(),
                agents(grant).into(),
                last,
                grant.requests.to_string().into(),
            ]);
        }
        table
    }

    /// For programs: one object.
    pub(super) fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        let unused: Vec<Value> = self.unused.iter().map(|grant| object(grant)).collect();
        json_line(
            out,
            &json!({
                "since": self.since,
                "trail_begins": self.begins,
                "grants": self.grants,
                "unused": unused,
            }),
        )
    }
}

fn agents(grant: &Grant) -> String {
    let agents: Vec<&str> = grant.agents.iter().map(String::as_str).collect();
    let agents = if agents.is_empty() { "nobody".to_owned() } else { agents.join(", ") };
    match &grant.entry.role {
        Some(role) => format!("{agents}, by role {role}"),
        None => agents,
    }
}

fn object(grant: &Grant) -> Value {
    json!({
        "agents": grant.agents,
        "entry": grant.entry.name.to_string(),
        "role": grant.entry.role.as_ref().map(policy::RoleId::as_str),
        "level": grant.entry.level.to_string(),
        "file": grant.entry.place.file.to_string(),
        "line": grant.entry.place.line,
        "last_used": grant.last,
        "requests": grant.requests,
    })
}
