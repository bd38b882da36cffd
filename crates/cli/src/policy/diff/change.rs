//! What changed for one agent, in the lines that are shown: one for each operation, with its cases.

use std::collections::BTreeMap;

use ::catalogue::{Level, Operation};
use ::policy::compare::{AgentChange, Move, TermChange, Way};
use ::policy::{Entry, EntryName, Mode};

/// From how many cases on they are counted instead of listed.
const MANY: usize = 3;

/// One operation that is answered otherwise than before.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) way: Way,
    /// `customers.update`, or `kobjects.get of order`.
    pub(super) operation: String,
    pub(super) needs: Level,
    /// What it does, and in which cases.
    pub(super) words: String,
    pub(super) deletes: bool,
    pub(super) sends: bool,
    /// The entries that say so.
    pub(super) because: String,
}

/// How many operations an agent gains, and of what kind.
#[derive(Debug, Default)]
pub(super) struct Count {
    pub(super) gained: usize,
    pub(super) deletes: usize,
    pub(super) sends: usize,
    pub(super) lost: usize,
}

/// The lines of an agent, by resource.
pub(super) fn lines(change: &AgentChange, all: bool) -> BTreeMap<String, Vec<Line>> {
    let mut groups: BTreeMap<(&str, &str, Option<&str>, Way), Vec<&Move>> = BTreeMap::new();
    for moved in &change.moves {
        let operation = &moved.operation;
        let klass = moved.asking.klass.as_deref();
        let key = (operation.resource().as_str(), operation.id().as_str(), klass, moved.way);
        groups.entry(key).or_default().push(moved);
    }
    let is_gone = change.after.is_none();
    let mut lines: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for ((resource, ..), moves) in groups {
        let of_resource = lines.entry(resource.to_owned()).or_default();
        if all {
            of_resource.extend(moves.iter().filter_map(|moved| line(&[moved], is_gone)));
        } else {
            of_resource.extend(line(&moves, is_gone));
        }
    }
    lines
}

fn line(moves: &[&Move], is_gone: bool) -> Option<Line> {
    let first = moves.first()?;
    let operation = &first.operation;
    // What every request of the operation is comes first, where it is among them.
    let is_plain = first.asking.is_plain();
    let klass = first.asking.klass.as_ref().map(|klass| format!(" of {klass}"));
    Some(Line {
        way: first.way,
        operation: format!("{}{}", operation.id(), klass.unwrap_or_default()),
        needs: moves.iter().map(|moved| moved.needs).max().unwrap_or(first.needs),
        words: words(operation, moves, is_plain),
        deletes: moves.iter().any(|moved| moved.deletes()),
        sends: first.sends(),
        because: if is_gone { String::new() } else { because(first) },
    })
}

/// "update customer {id}, also when the body has `deleted`".
fn words(operation: &Operation, moves: &[&Move], is_plain: bool) -> String {
    let phrase = operation.phrase().bare_text();
    let cases: Vec<&str> = moves.iter().filter_map(|it| it.asking.with.as_deref()).collect();
    let cases = match cases.len() {
        0 => String::new(),
        1..MANY => cases.join(", or "),
        many => format!("in {many} cases of what its query or body can ask for"),
    };
    let guarded = moves.first().map(|it| guards(it)).unwrap_or_default();
    let also = if is_plain && !cases.is_empty() { "also " } else { "" };
    let comma = if cases.is_empty() { "" } else { ", " };
    format!("{phrase}{comma}{also}{cases}{guarded}")
}

/// The terms of the grant, where they are what changed.
fn guards(moved: &Move) -> String {
    let said = |terms: &std::collections::BTreeSet<String>| {
        if terms.is_empty() {
            "always".to_owned()
        } else {
            terms.iter().map(String::as_str).collect::<Vec<_>>().join(" and ")
        }
    };
    match (&moved.terms_before, &moved.terms_after) {
        (Some(was), Some(is)) if was == is => String::new(),
        (Some(was), Some(is)) => format!(" ({}, instead of {})", said(is), said(was)),
        (None, Some(is)) if !is.is_empty() => format!(" ({})", said(is)),
        (Some(was), None) if !was.is_empty() => format!(" (was: {})", said(was)),
        (None | Some(_), None | Some(_)) => String::new(),
    }
}

/// The entry that gives or takes it: `customers = "full" (policies/a.toml:15)`.
fn because(moved: &Move) -> String {
    let (before, after) = &moved.entries;
    let entries = match moved.way {
        Way::Lost if after.is_empty() => return "no entry speaks of it any more".to_owned(),
        Way::Gained | Way::Neither | Way::Lost => after,
    };
    let entries = if entries.is_empty() { before } else { entries };
    entries.iter().map(entry).collect::<Vec<_>>().join(", ")
}

/// An entry as it stands in its file.
pub(super) fn entry(entry: &Entry) -> String {
    let name = match &entry.name {
        EntryName::Operation(_) | EntryName::Klass(_) => format!("\"{}\"", entry.name),
        EntryName::Action(_) | EntryName::Resource(_) => entry.name.to_string(),
    };
    format!("{name} = \"{}\" ({})", entry.level, entry.place)
}

/// "expires 2027-06-30, was 2026-06-30".
pub(super) fn term(term: &TermChange) -> String {
    let what = &term.what;
    match (&term.was, &term.now) {
        (Some(was), Some(now)) => format!("{what}: {was} -> {now}"),
        (Some(was), None) => format!("{what}: {was} -> not set"),
        (None, Some(now)) => format!("{what}: not set -> {now}"),
        (None, None) => what.clone(),
    }
}

impl Count {
    /// Of the operations, not of their cases.
    pub(super) fn of(lines: &BTreeMap<String, Vec<Line>>) -> Self {
        let mut count = Self::default();
        for line in lines.values().flatten() {
            match line.way {
                Way::Gained => {
                    count.gained += 1;
                    count.deletes += usize::from(line.deletes);
                    count.sends += usize::from(line.sends);
                }
                Way::Lost => count.lost += 1,
                Way::Neither => {}
            }
        }
        count
    }
}

/// "Support Agent gains 3 operations (2 of them delete) and loses 1".
pub(crate) fn headline(change: &AgentChange) -> String {
    let count = Count::of(&lines(change, false));
    let policy = change.after.as_ref().or(change.before.as_ref());
    let name = policy.map_or(change.agent.as_str(), |policy| policy.agent().name());
    let marks: Vec<String> = [(count.deletes, "can delete"), (count.sends, "can send outside")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    let marks = if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) };
    let gained = operations(count.gained);
    match (&change.before, &change.after) {
        (None, _) => format!("{name} is new, and may do {gained}{marks}"),
        (_, None) => format!("{name} is gone, and loses {}", operations(count.lost)),
        (Some(before), Some(after)) => match (count.gained, count.lost) {
            (0, 0) => match mode(before.agent().mode(), after.agent().mode()) {
                Some(words) => format!("{name} {words}"),
                None => format!("{name} may do what it could, on other terms"),
            },
            (_, 0) => format!("{name} gains {gained}{marks}"),
            (0, lost) => format!("{name} loses {}", operations(lost)),
            (_, lost) => format!("{name} gains {gained}{marks} and loses {}", operations(lost)),
        },
    }
}

/// What another mode means to an agent.
fn mode(before: Mode, after: Mode) -> Option<&'static str> {
    match (before, after) {
        _ if before == after => None,
        (_, Mode::Suspended) => Some("is suspended, and may do nothing"),
        (_, Mode::Observe) => Some("is observed, and refused nothing for want of a grant"),
        (Mode::Suspended, Mode::Enforce) => Some("may do again what its policy grants"),
        (_, Mode::Enforce) => Some("may do no more than its policy grants"),
    }
}

fn operations(count: usize) -> String {
    match count {
        0 => "no operation".to_owned(),
        1 => "1 operation".to_owned(),
        _ => format!("{count} operations"),
    }
}
