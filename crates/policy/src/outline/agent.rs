//! What one agent's policy says, and how that differs from what it said.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::tables::{Tables, change};
use crate::{Mode, Only, Policy};

/// The policy of one agent, in the words of its file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct AgentOutline {
    name: String,
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) roles: Vec<String>,
    #[serde(flatten)]
    tables: Tables,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    only: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_flight: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
}

impl AgentOutline {
    pub(super) fn of(policy: &Policy) -> Self {
        let agent = policy.agent();
        // What a role sets is said of the role.
        let is_own = |file: &str| file == policy.file();
        let limits = policy.limits();
        let limit = limits.requests.as_ref().filter(|limit| is_own(&limit.place.file));
        let in_flight = limits.in_flight.as_ref().filter(|limit| is_own(&limit.place.file));
        Self {
            name: agent.name().to_owned(),
            file: policy.file().to_owned(),
            mode: (agent.mode() != Mode::Enforce).then(|| agent.mode().to_string()),
            roles: policy.roles().iter().map(|role| role.id().to_string()).collect(),
            tables: Tables::of(policy.own()),
            only: policy.only().map(confinement).collect(),
            limit: limit.map(ToString::to_string),
            in_flight: in_flight.map(|limit| limit.most),
            not_before: agent.not_before().map(|term| term.bound.to_string()),
            expires: agent.expires().map(|term| term.bound.to_string()),
            certificate: agent.certificate().map(ToString::to_string),
        }
    }

    /// All that it says: "conversations read, notes write, limit 60/min".
    pub(super) fn said(&self) -> String {
        let mut said = Vec::new();
        said.extend(self.mode.as_ref().map(|mode| format!("mode {mode}")));
        said.extend(self.roles.iter().map(|role| format!("role {role}")));
        said.extend(self.tables.said());
        said.extend(self.only.iter().map(|(scope, ids)| format!("only {scope} {}", joined(ids))));
        said.extend(self.limit.as_ref().map(|limit| format!("limit {limit}")));
        said.extend(self.in_flight.map(|most| format!("in flight {most}")));
        said.extend(self.not_before.as_ref().map(|bound| format!("not before {bound}")));
        said.extend(self.expires.as_ref().map(|bound| format!("expires {bound}")));
        said.extend(self.certificate.as_ref().map(|name| format!("certificate {name}")));
        if said.is_empty() { "nothing granted".to_owned() } else { said.join(", ") }
    }

    /// What is other than it was, the agent's own facts first.
    pub(super) fn changes(&self, earlier: &Self) -> Vec<String> {
        let name = |outline: &Self| Some(format!("\"{}\"", outline.name));
        let mut changes = Vec::new();
        changes.extend(change("name", name(earlier), name(self)));
        changes.extend(change("file", Some(&earlier.file), Some(&self.file)));
        let mode = |outline: &Self| {
            Some(outline.mode.clone().unwrap_or_else(|| Mode::default().to_string()))
        };
        changes.extend(change("mode", mode(earlier), mode(self)));
        changes.extend(self.changed_roles(earlier));
        changes.extend(self.tables.changes(&earlier.tables));
        let scopes: BTreeSet<&String> = earlier.only.keys().chain(self.only.keys()).collect();
        for scope in scopes {
            let ids = |outline: &Self| outline.only.get(scope).map(|ids| joined(ids));
            changes.extend(change(format!("only {scope}"), ids(earlier), ids(self)));
        }
        changes.extend(change("limit", earlier.limit.as_ref(), self.limit.as_ref()));
        changes.extend(change("in flight", earlier.in_flight, self.in_flight));
        changes.extend(change("not before", earlier.not_before.as_ref(), self.not_before.as_ref()));
        changes.extend(change("expires", earlier.expires.as_ref(), self.expires.as_ref()));
        let (was, now) = (earlier.certificate.as_ref(), self.certificate.as_ref());
        changes.extend(change("certificate", was, now));
        changes
    }

    /// "role reader added", by role; the order in which they are taken gives nothing and takes nothing.
    fn changed_roles(&self, earlier: &Self) -> Vec<String> {
        let roles: BTreeSet<&String> = earlier.roles.iter().chain(&self.roles).collect();
        let taken =
            |outline: &Self, role: &String| outline.roles.contains(role).then(|| role.clone());
        let changed = |role| change("role", taken(earlier, role), taken(self, role));
        roles.into_iter().filter_map(changed).collect()
    }
}

fn confinement(only: &Only) -> (String, Vec<String>) {
    (only.scope().id().to_string(), only.ids().map(str::to_owned).collect())
}

/// "5f1a, 5f1b", or "none".
fn joined(ids: &[String]) -> String {
    if ids.is_empty() { "none".to_owned() } else { ids.join(", ") }
}
