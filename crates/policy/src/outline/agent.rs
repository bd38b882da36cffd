//! What one agent's policy says, and how that differs from what it said.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Entry, Only, Policy};

/// The policy of one agent, in the words of its file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct AgentOutline {
    name: String,
    file: String,
    access: Levels,
    actions: Levels,
    operations: Levels,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    only: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_flight: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
}

/// A level's word by the name of its entry.
type Levels = BTreeMap<String, String>;

impl AgentOutline {
    pub(super) fn of(policy: &Policy) -> Self {
        let agent = policy.agent();
        Self {
            name: agent.name().to_owned(),
            file: policy.file().to_owned(),
            access: levels(policy.access()),
            actions: levels(policy.actions()),
            operations: levels(policy.operations()),
            only: policy.only().map(confinement).collect(),
            limit: policy.limits().requests.as_ref().map(ToString::to_string),
            in_flight: policy.limits().in_flight.as_ref().map(|limit| limit.most),
            expires: agent.expires().map(|expiry| expiry.last_day.to_string()),
            certificate: agent.certificate().map(ToString::to_string),
        }
    }

    /// All that it says: "conversations read, notes write, limit 60/min".
    pub(super) fn said(&self) -> String {
        let mut said: Vec<String> =
            self.entries().map(|((_, entry), level)| format!("{entry} {level}")).collect();
        said.extend(self.only.iter().map(|(scope, ids)| format!("only {scope} {}", joined(ids))));
        said.extend(self.limit.as_ref().map(|limit| format!("limit {limit}")));
        said.extend(self.in_flight.map(|most| format!("in flight {most}")));
        said.extend(self.expires.as_ref().map(|day| format!("expires {day}")));
        said.extend(self.certificate.as_ref().map(|name| format!("certificate {name}")));
        if said.is_empty() { "nothing granted".to_owned() } else { said.join(", ") }
    }

    /// What is other than it was, the agent's own facts first.
    pub(super) fn changes(&self, earlier: &Self) -> Vec<String> {
        let (was, now): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (earlier.entries().collect(), self.entries().collect());
        let entries: BTreeSet<_> = was.keys().chain(now.keys()).collect();
        let name = |outline: &Self| Some(format!("\"{}\"", outline.name));
        let mut changes = Vec::new();
        changes.extend(change("name", name(earlier), name(self)));
        changes.extend(change("file", Some(&earlier.file), Some(&self.file)));
        changes.extend(
            entries.into_iter().filter_map(|entry| change(entry.1, was.get(entry), now.get(entry))),
        );
        let scopes: BTreeSet<&String> = earlier.only.keys().chain(self.only.keys()).collect();
        for scope in scopes {
            let ids = |outline: &Self| outline.only.get(scope).map(|ids| joined(ids));
            changes.extend(change(format!("only {scope}"), ids(earlier), ids(self)));
        }
        changes.extend(change("limit", earlier.limit.as_ref(), self.limit.as_ref()));
        changes.extend(change("in flight", earlier.in_flight, self.in_flight));
        changes.extend(change("expires", earlier.expires.as_ref(), self.expires.as_ref()));
        let (was, now) = (earlier.certificate.as_ref(), self.certificate.as_ref());
        changes.extend(change("certificate", was, now));
        changes
    }

    /// Every entry with its level: resources, then actions, then operations. An entry is told from
    /// another of its name by the table that it stands in.
    fn entries(&self) -> impl Iterator<Item = ((usize, &str), &str)> {
        let tables = [&self.access, &self.actions, &self.operations].into_iter().enumerate();
        tables.flat_map(|(table, levels)| {
            levels.iter().map(move |(name, level)| ((table, name.as_str()), level.as_str()))
        })
    }
}

/// "notes read to full", "notes read removed", "notes read added"; none where nothing changed.
fn change<T: fmt::Display + PartialEq>(
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

fn levels<'p>(entries: impl Iterator<Item = &'p Entry>) -> Levels {
    entries.map(|entry| (entry.name.to_string(), entry.level.to_string())).collect()
}

fn confinement(only: &Only) -> (String, Vec<String>) {
    (only.scope().id().to_string(), only.ids().map(str::to_owned).collect())
}

/// "5f1a, 5f1b", or "none".
fn joined(ids: &[String]) -> String {
    if ids.is_empty() { "none".to_owned() } else { ids.join(", ") }
}
