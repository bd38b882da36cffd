//! What one outline has over another, so that of a large policy set only what changed is kept.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Outline;
use super::agent::AgentOutline;
use super::role::RoleOutline;
use crate::PolicySet;

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

    /// The outlines of two sets as far as they differ: of the later one first, then of the earlier one.
    /// What is as it was is left out, but for the agents that take a role that is not.
    ///
    /// Between them is the same as between those of the whole sets, and of large sets they take little.
    #[must_use]
    pub fn of_difference(now: &PolicySet, earlier: &PolicySet) -> (Self, Self) {
        let (mut later, mut before) = (Self::default(), Self::default());
        let ids: BTreeSet<_> = now.roles().chain(earlier.roles()).map(|role| role.id()).collect();
        for id in ids {
            let of = |set: &PolicySet| {
                set.roles().find(|role| role.id() == id).map(|role| RoleOutline::of(role))
            };
            let (is, was) = (of(now), of(earlier));
            if is != was {
                later.roles.extend(is.map(|role| (id.to_string(), role)));
                before.roles.extend(was.map(|role| (id.to_string(), role)));
            }
        }
        let other_roles: BTreeSet<&String> =
            later.roles.keys().chain(before.roles.keys()).collect();
        let policies = now.policies().chain(earlier.policies());
        let ids: BTreeSet<_> = policies.map(|policy| policy.agent().id()).collect();
        for id in ids {
            let of = |set: &PolicySet| set.policy(id).map(|policy| AgentOutline::of(policy));
            let (is, was) = (of(now), of(earlier));
            let takes =
                |agent: &AgentOutline| agent.roles.iter().any(|it| other_roles.contains(it));
            if is != was || is.as_ref().is_some_and(takes) {
                later.agents.extend(is.map(|agent| (id.to_string(), agent)));
                before.agents.extend(was.map(|agent| (id.to_string(), agent)));
            }
        }
        (later, before)
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
