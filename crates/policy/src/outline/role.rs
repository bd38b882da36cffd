//! What one role gives, and how that differs from what it gave.

use serde::{Deserialize, Serialize};

use super::tables::{Tables, change};
use crate::Role;

/// A role, in the words of its file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct RoleOutline {
    #[serde(flatten)]
    tables: Tables,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_flight: Option<u32>,
}

impl RoleOutline {
    pub(super) fn of(role: &Role) -> Self {
        Self {
            tables: Tables::of(role.layer()),
            limit: role.limits().requests.as_ref().map(ToString::to_string),
            in_flight: role.limits().in_flight.as_ref().map(|limit| limit.most),
        }
    }

    /// All that it gives: "conversations read, notes write".
    pub(super) fn said(&self) -> String {
        let mut said: Vec<String> = self.tables.said().collect();
        said.extend(self.limit.as_ref().map(|limit| format!("limit {limit}")));
        said.extend(self.in_flight.map(|most| format!("in flight {most}")));
        if said.is_empty() { "nothing granted".to_owned() } else { said.join(", ") }
    }

    /// What is other than it was.
    pub(super) fn changes(&self, earlier: &Self) -> Vec<String> {
        let mut changes = self.tables.changes(&earlier.tables);
        changes.extend(change("limit", earlier.limit.as_ref(), self.limit.as_ref()));
        changes.extend(change("in flight", earlier.in_flight, self.in_flight));
        changes
    }
}
