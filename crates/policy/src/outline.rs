//! What a policy set says, as short as it can be kept, and how one set differs from the one before.
//!
//! A fingerprint tells that policies changed; an outline tells what changed. It is kept in the trail
//! when a set is loaded, and the next set is compared with what was kept. It holds the words of the
//! files and nothing of where in them they stand, so moving a line is no change.

mod agent;
mod difference;
mod patch;
mod role;
mod tables;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::PolicySet;
use agent::AgentOutline;
pub use difference::Difference;
pub use patch::OutlinePatch;
use role::RoleOutline;
use written::Written;

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
    /// By the id of the role. What a role gives is said once, whoever takes it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    roles: BTreeMap<String, RoleOutline>,
}

impl Outline {
    /// The outline of a policy set.
    #[must_use]
    pub fn of(set: &PolicySet) -> Self {
        let agents = set
            .policies()
            .map(|policy| (policy.agent().id().to_string(), AgentOutline::of(policy)));
        let roles = set.roles().map(|role| (role.id().to_string(), RoleOutline::of(role)));
        Self { agents: agents.collect(), roles: roles.collect() }
    }

    /// What is written of a policy set: the same as its outline, made agent by agent while it is written,
    /// because that of very many takes more memory than they do.
    #[must_use]
    pub fn written(set: &PolicySet) -> impl Serialize {
        Written::of(set)
    }

    /// What is other than it was, one line for each change: by role, then by agent; empty where nothing
    /// is.
    ///
    /// Against [`Outline::default`], the outline of no policies at all, everything was added.
    #[must_use]
    pub fn changes(&self, earlier: &Self) -> Vec<String> {
        let roles: BTreeSet<&String> = earlier.roles.keys().chain(self.roles.keys()).collect();
        let ids: BTreeSet<&String> = earlier.agents.keys().chain(self.agents.keys()).collect();
        let of_roles = roles.into_iter().flat_map(|id| {
            let takers = self.agents.values().filter(|agent| agent.roles.contains(id)).count();
            changes_of_role(id, self.roles.get(id), earlier.roles.get(id), takers)
        });
        let of_agents = ids
            .into_iter()
            .flat_map(|id| changes_of_agent(id, self.agents.get(id), earlier.agents.get(id)));
        of_roles.chain(of_agents).collect()
    }
}

/// What changed of a role that so many agents take.
fn changes_of_role(
    id: &str,
    is: Option<&RoleOutline>,
    was: Option<&RoleOutline>,
    takers: usize,
) -> Vec<String> {
    let changes = match (was, is) {
        (None, None) => Vec::new(),
        (None, Some(is)) => vec![format!("added ({})", is.said())],
        (Some(_), None) => vec!["removed".to_owned()],
        (Some(was), Some(is)) => is.changes(was),
    };
    let takers = match takers {
        0 => "no agent".to_owned(),
        1 => "1 agent".to_owned(),
        more => format!("{more} agents"),
    };
    changes.into_iter().map(|change| format!("role {id} (of {takers}): {change}")).collect()
}

fn changes_of_agent(
    id: &str,
    is: Option<&AgentOutline>,
    was: Option<&AgentOutline>,
) -> Vec<String> {
    let changes = match (was, is) {
        (None, None) => Vec::new(),
        (None, Some(is)) => vec![format!("added ({})", is.said())],
        (Some(_), None) => vec!["removed".to_owned()],
        (Some(was), Some(is)) => is.changes(was),
    };
    changes.into_iter().map(|change| format!("{id}: {change}")).collect()
}
