//! The entries of one file, in its own words, and how they differ from those it had.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Entry, Layer};

/// The three tables of entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Tables {
    access: Grants,
    actions: Grants,
    operations: Grants,
}

/// What an entry gives, such as "read" or "write (expires 2027-06-30)", by its name.
type Grants = BTreeMap<String, String>;

impl Tables {
    pub(super) fn of(layer: &Layer) -> Self {
        Self {
            access: grants(layer.access()),
            actions: grants(layer.actions()),
            operations: grants(layer.operations()),
        }
    }

    /// Each entry with what it gives: "notes write".
    pub(super) fn said(&self) -> impl Iterator<Item = String> {
        self.entries().map(|((_, entry), grant)| format!("{entry} {grant}"))
    }

    /// What is other than it was.
    pub(super) fn changes(&self, earlier: &Self) -> Vec<String> {
        let (was, now): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (earlier.entries().collect(), self.entries().collect());
        let entries: BTreeSet<_> = was.keys().chain(now.keys()).collect();
        let changed = |entry: &(usize, &str)| change(entry.1, was.get(entry), now.get(entry));
        entries.into_iter().filter_map(changed).collect()
    }

    /// Every entry with what it gives: resources, then actions, then operations. An entry is told from
    /// another of its name by the table that it stands in.
    fn entries(&self) -> impl Iterator<Item = ((usize, &str), &str)> {
        let tables = [&self.access, &self.actions, &self.operations].into_iter().enumerate();
        tables.flat_map(|(table, grants)| {
            grants.iter().map(move |(name, grant)| ((table, name.as_str()), grant.as_str()))
        })
    }
}

fn grants<'p>(entries: impl Iterator<Item = &'p Entry>) -> Grants {
    let grant = |entry: &Entry| {
        let when = entry.when().map(|when| format!(" when {when}")).unwrap_or_default();
        if entry.window().is_always_open() {
            format!("{}{when}", entry.level)
        } else {
            format!("{} ({}){when}", entry.level, entry.window())
        }
    };
    entries.map(|entry| (entry.name.to_string(), grant(entry))).collect()
}

/// "notes read to full", "notes read removed", "notes read added"; none where nothing changed.
pub(super) fn change<T: fmt::Display + PartialEq>(
    what: impl fmt::Display,
    was: Option<T>,
    now: Option<T>,
) -> Option<String> {
    if was == now {
        return None;
    }
    match (was, now) {
        (None, None) => None,
        (None, Some(now)) => Some(format!("{what} {now} added")),
        (Some(was), None) => Some(format!("{what} {was} removed")),
        (Some(was), Some(now)) => Some(format!("{what} {was} to {now}")),
    }
}
