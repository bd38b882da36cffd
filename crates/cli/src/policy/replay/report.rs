//! What is said of a replay.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use anstyle::Style;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::tally::{Found, Group, Tally};
use crate::output::{BAD, CAUTION, FAINT, GOOD, STRONG, json_line, painted};
use crate::policy::trail::Period;
use crate::time::local;

/// The counts, and what they are of.
#[derive(Debug)]
pub(super) struct Report<'t> {
    pub(super) candidate: &'t Path,
    pub(super) period: Period,
    pub(super) tally: &'t Tally,
}

/// A kind of change: its heading, its colour, and its groups.
type Kind<'t> = (&'static str, Style, &'t BTreeMap<Group, Found>);

impl<'t> Report<'t> {
    fn kinds(&self) -> [Kind<'t>; 3] {
        [
            ("permitted -> refused", BAD, &self.tally.lost),
            ("refused -> permitted", CAUTION, &self.tally.gained),
            ("cannot be told", FAINT, &self.tally.untold),
        ]
    }

    /// For people.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let zone = TimeZone::system();
        let Tally { records, permitted, refused, .. } = self.tally;
        let since =
            self.period.since.map_or_else(|| "the beginning".to_owned(), |at| local(at, &zone));
        let candidate = self.candidate.display();
        writeln!(out, "{records} recorded requests since {since}, decided by {candidate}")?;
        for (heading, style, groups) in self.kinds() {
            write_groups(out, heading, style, groups)?;
        }
        let changes = self.tally.losses() + self.tally.gains();
        if changes == 0 {
            writeln!(out, "\n{}", painted(GOOD, "no answer would change"))?;
        }
        writeln!(out, "\nthe same: {permitted} permitted, {refused} refused")?;
        let beside: Vec<String> = self
            .tally
            .beside
            .iter()
            .map(|(why, requests)| format!("{requests} {}", why.phrase()))
            .collect();
        if !beside.is_empty() {
            writeln!(out, "not for policies to decide: {}", beside.join(", "))?;
        }
        Ok(())
    }

    /// For programs: one object.
    pub(super) fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        let [lost, gained, untold] = self.kinds().map(|(_, _, groups)| list(groups));
        let beside: BTreeMap<&str, u64> =
            self.tally.beside.iter().map(|(why, requests)| (why.phrase(), *requests)).collect();
        let since: Option<Timestamp> = self.period.since;
        json_line(
            out,
            &json!({
                "candidate": self.candidate.display().to_string(),
                "since": since,
                "until": self.period.until,
                "requests": self.tally.records,
                "same": { "permitted": self.tally.permitted, "refused": self.tally.refused },
                "lost": { "requests": self.tally.losses(), "groups": lost },
                "gained": { "requests": self.tally.gains(), "groups": gained },
                "cannot_tell": { "requests": self.tally.untold(), "groups": untold },
                "not_replayed": beside,
            }),
        )
    }
}

fn write_groups(
    out: &mut dyn Write,
    heading: &str,
    style: Style,
    groups: &BTreeMap<Group, Found>,
) -> io::Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    let all: u64 = groups.values().map(|found| found.requests).sum();
    writeln!(out, "\n{} {all}", painted(style, format!("{heading}:")))?;
    let mut agent = "";
    for (group, found) in groups {
        if group.agent != agent {
            agent = &group.agent;
            writeln!(out, "  {}", painted(STRONG, agent))?;
        }
        writeln!(out, "    {} {}: {}", found.requests, group.operation, group.why)?;
        for example in &found.examples {
            writeln!(out, "      {} {}", painted(FAINT, example.id), example.sentence)?;
        }
    }
    Ok(())
}

fn list(groups: &BTreeMap<Group, Found>) -> Vec<Value> {
    let object = |(group, found): (&Group, &Found)| {
        let examples: Vec<Value> = found
            .examples
            .iter()
            .map(|example| json!({ "id": example.id, "sentence": example.sentence }))
            .collect();
        json!({
            "agent": group.agent,
            "operation": group.operation,
            "reason": group.why,
            "requests": found.requests,
            "examples": examples,
        })
    };
    groups.iter().map(object).collect()
}
