//! What one outline has over another, so that of a large policy set only what changed is kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Outline;
use super::agent::AgentOutline;
use super::role::RoleOutline;

/// Puts an outline right that was made before: [`Outline::patch`] makes it, [`Outline::patched`] takes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OutlinePatch {
    /// What each agent that is other than it was may do now; null where it is no more.
    agents: BTreeMap<String, Option<AgentOutline>>,
    /// What each role that is other than it was gives now; null where it is no more.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    roles: BTreeMap<String, Option<RoleOutline>>,
}

impl Outline {
    /// What has to be changed in an earlier outline for it to be this one.
    #[must_use]
    pub fn patch(&self, earlier: &Self) -> OutlinePatch {
        OutlinePatch {
            agents: other(&self.agents, &earlier.agents),
            roles: other(&self.roles, &earlier.roles),
        }
    }

    /// This outline, put right.
    #[must_use]
    pub fn patched(mut self, patch: OutlinePatch) -> Self {
        put_right(&mut self.agents, patch.agents);
        put_right(&mut self.roles, patch.roles);
        self
    }
}

fn other<T: Clone + PartialEq>(
    now: &BTreeMap<String, T>,
    earlier: &BTreeMap<String, T>,
) -> BTreeMap<String, Option<T>> {
    let gone = earlier.keys().filter(|id| !now.contains_key(*id)).map(|id| (id.clone(), None));
    let other = now.iter().filter(|(id, now)| earlier.get(*id) != Some(now));
    gone.chain(other.map(|(id, now)| (id.clone(), Some(now.clone())))).collect()
}

fn put_right<T>(all: &mut BTreeMap<String, T>, patch: BTreeMap<String, Option<T>>) {
    for (id, now) in patch {
        match now {
            Some(now) => all.insert(id, now),
            None => all.remove(&id),
        };
    }
}
