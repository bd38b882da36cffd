//! What one outline has over another, so that of a large policy set only what changed is kept.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Outline;
use super::agent::AgentOutline;
use super::role::RoleOutline;

/// Puts an outline right that was made before: [`super::Difference::patch`] is written, and read as this.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct OutlinePatch {
    /// What each agent that is other than it was may do now; null where it is no more.
    agents: BTreeMap<String, Option<AgentOutline>>,
    /// What each role that is other than it was gives now; null where it is no more.
    roles: BTreeMap<String, Option<RoleOutline>>,
}

impl Outline {
    /// This outline, put right.
    #[must_use]
    pub fn patched(mut self, patch: OutlinePatch) -> Self {
        put_right(&mut self.agents, patch.agents);
        put_right(&mut self.roles, patch.roles);
        self
    }
}

fn put_right<T>(all: &mut BTreeMap<String, T>, patch: BTreeMap<String, Option<T>>) {
    for (id, now) in patch {
        match now {
            Some(now) => all.insert(id, now),
            None => all.remove(&id),
        };
    }
}
