//! What one outline has over another, so that of a large policy set only what changed is kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Outline;
use super::agent::AgentOutline;

/// Puts an outline right that was made before: [`Outline::patch`] makes it, [`Outline::patched`] takes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OutlinePatch {
    /// What each agent that is other than it was may do now; null where it is no more.
    agents: BTreeMap<String, Option<AgentOutline>>,
}

impl Outline {
    /// What has to be changed in an earlier outline for it to be this one.
    #[must_use]
    pub fn patch(&self, earlier: &Self) -> OutlinePatch {
        let gone = earlier.agents.keys().filter(|id| !self.agents.contains_key(*id));
        let gone = gone.map(|id| (id.clone(), None));
        let other = self.agents.iter().filter(|(id, now)| earlier.agents.get(*id) != Some(now));
        let other = other.map(|(id, now)| (id.clone(), Some(now.clone())));
        OutlinePatch { agents: gone.chain(other).collect() }
    }

    /// This outline, put right.
    #[must_use]
    pub fn patched(mut self, patch: OutlinePatch) -> Self {
        for (id, agent) in patch.agents {
            match agent {
                Some(agent) => self.agents.insert(id, agent),
                None => self.agents.remove(&id),
            };
        }
        self
    }

    /// How many agents it is about.
    #[must_use]
    pub fn agents(&self) -> usize {
        self.agents.len()
    }
}
