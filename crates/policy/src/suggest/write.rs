//! The entries as the tables of a policy file, with comments that say what speaks for each.

use std::fmt::{self, Write as _};

use catalogue::Level;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Line, Suggestion, Times};
use crate::EntryName;

/// Operations that a comment names; of more it says how many.
const NAMED: usize = 6;

impl fmt::Display for Suggestion {
    /// The tables `[access]`, `[actions]` and `[operations]`, as far as there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&tables(&self.lines))
    }
}

/// The lines in their tables.
pub(super) fn tables(lines: &[Line]) -> String {
    let mut text = String::new();
    for table in ["access", "actions", "operations"] {
        let of_table = || lines.iter().filter(|line| table_of(&line.name) == table);
        if of_table().next().is_none() {
            continue;
        }
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "\n[{table}]");
        let (shut, open): (Vec<_>, Vec<_>) = of_table().partition(|line| line.level == Level::Off);
        for line in open {
            comment(&mut text, line);
            let _ = writeln!(text, "{} = \"{}\"", key(&line.name), line.level);
        }
        if !shut.is_empty() {
            let _ = writeln!(text, "# Not used, and shut because an entry above would open them:");
        }
        for line in shut {
            let _ = writeln!(text, "{} = \"off\"", key(&line.name));
        }
    }
    text
}

fn table_of(name: &EntryName) -> &'static str {
    match name {
        EntryName::Resource(_) | EntryName::Klass(_) => "access",
        EntryName::Action(_) => "actions",
        EntryName::Operation(_) => "operations",
    }
}

/// A name with a dot in it takes quotes.
fn key(name: &EntryName) -> String {
    match name {
        EntryName::Resource(_) | EntryName::Action(_) => name.to_string(),
        EntryName::Klass(_) | EntryName::Operation(_) => format!("\"{name}\""),
    }
}

fn comment(text: &mut String, line: &Line) {
    let all = line.evidence.values().copied().reduce(Times::and);
    let Some(all) = all else { return };
    let mut by: Vec<_> = line.evidence.iter().collect();
    by.sort_by_key(|(id, times)| (std::cmp::Reverse(times.used + times.refused), *id));
    let named = by.iter().take(NAMED);
    let mut named: Vec<String> =
        named.map(|(id, times)| format!("{id} {}", times.used + times.refused)).collect();
    if let Some(more) = by.len().checked_sub(NAMED).filter(|more| *more > 0) {
        named.push(format!("and {more} more"));
    }
    let _ = writeln!(text, "# {}: {}", times(all), named.join(", "));
}

/// `12 requests, the last on 2026-11-23`.
fn times(times: Times) -> String {
    let count = |requests: u64| match requests {
        1 => "1 request".to_owned(),
        many => format!("{many} requests"),
    };
    let last = day(times.last);
    match (times.used, times.refused) {
        (used, 0) => format!("{}, the last on {last}", count(used)),
        (0, refused) => format!("{} refused, the last on {last}", count(refused)),
        (used, refused) => format!("{} and {refused} refused, the last on {last}", count(used)),
    }
}

fn day(at: Timestamp) -> String {
    at.to_zoned_datetime(TimeZone::UTC).strftime("%Y-%m-%d").to_string()
}
