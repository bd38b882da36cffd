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

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::PolicySet;
use agent::AgentOutline;
pub use difference::Difference;
pub use patch::OutlinePatch;
use role::RoleOutline;
use written::Written;

/// Who may do what by one policy set, as it was kept. What is written is always the same for the same set.
///
/// An outline that was kept by another release is read too: what it does not know is passed over,
/// and what it lacks is taken as not being there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Outline {
    /// By the id of the agent, as text: it is read back from where it was kept, and names nobody
    /// but in sentences.
    agents: BTreeMap<String, AgentOutline>,
    /// By the id of the role. What a role gives is said once, whoever takes it.
    roles: BTreeMap<String, RoleOutline>,
}

impl Outline {
    /// What is written of a policy set: the same as its outline, made agent by agent while it is written,
    /// because that of very many takes more memory than they do.
    #[must_use]
    pub fn written(set: &PolicySet) -> impl Serialize {
        Written::of(set)
    }
}

/// What changed of a role that so many agents take.
fn changes_of_role(
    id: &str,
    is: Option<&RoleOutline>,
    was: Option<&RoleOutline>,
    takers: usize,
) -> Vec<String> {
    let changes = changes_of(is, was, RoleOutline::said, RoleOutline::changes);
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
    let changes = changes_of(is, was, AgentOutline::said, AgentOutline::changes);
    changes.into_iter().map(|change| format!("{id}: {change}")).collect()
}

/// What changed of something that may have come or gone.
fn changes_of<T>(
    is: Option<&T>,
    was: Option<&T>,
    said: impl Fn(&T) -> String,
    changes: impl Fn(&T, &T) -> Vec<String>,
) -> Vec<String> {
    match (was, is) {
        (None, None) => Vec::new(),
        (None, Some(is)) => vec![format!("added ({})", said(is))],
        (Some(_), None) => vec!["removed".to_owned()],
        (Some(was), Some(is)) => changes(is, was),
    }
}
