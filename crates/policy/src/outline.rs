//! What a policy set says, as short as it can be kept, and how one set differs from the one before.
//!
//! A fingerprint tells that policies changed; an outline tells what changed. It is kept in the trail
//! when a set is loaded, and the next set is compared with what was kept. It holds the words of the
//! files and nothing of where in them they stand, so moving a line is no change.

mod agent;
mod patch;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::PolicySet;
use agent::AgentOutline;
pub use patch::OutlinePatch;

/// Who may do what by one policy set. As JSON it is always the same for the same set.
///
/// An outline that was kept by another release is read too: what it does not know is passed over,
/// and what it lacks is taken as not being there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outline {
    /// By the id of the agent, as text: it is read back from where it was kept, and names nobody
    /// but in sentences.
    agents: BTreeMap<String, AgentOutline>,
}

impl Outline {
    /// The outline of a policy set.
    #[must_use]
    pub fn of(set: &PolicySet) -> Self {
        let agents = set
            .policies()
            .map(|policy| (policy.agent().id().to_string(), AgentOutline::of(policy)));
        Self { agents: agents.collect() }
    }

    /// What is other than it was, one line for each change, by agent; empty where nothing is.
    ///
    /// Against [`Outline::default`], the outline of no policies at all, every agent was added.
    #[must_use]
    pub fn changes(&self, earlier: &Self) -> Vec<String> {
        let ids: BTreeSet<&String> = earlier.agents.keys().chain(self.agents.keys()).collect();
        ids.into_iter().flat_map(|id| self.changes_of(id, earlier)).collect()
    }

    fn changes_of(&self, id: &str, earlier: &Self) -> Vec<String> {
        let changes = match (earlier.agents.get(id), self.agents.get(id)) {
            (None, None) => Vec::new(),
            (None, Some(now)) => vec![format!("added ({})", now.said())],
            (Some(_), None) => vec!["removed".to_owned()],
            (Some(was), Some(now)) => now.changes(was),
        };
        changes.into_iter().map(|change| format!("{id}: {change}")).collect()
    }
}
