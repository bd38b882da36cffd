//! What two policy sets differ in, told agent by agent: the outlines of large sets take more room than
//! the sets themselves.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use super::agent::AgentOutline;
use super::role::RoleOutline;
use super::written::WrittenPatch;
use super::{Outline, changes_of_agent, changes_of_role};
use crate::{Policy, PolicySet};

/// A policy set and the one before it.
#[derive(Debug, Clone, Copy)]
pub struct Difference<'s> {
    now: &'s PolicySet,
    earlier: &'s PolicySet,
}

/// Something of which a set says other than the one before: its id, what is said, and what was.
pub(super) type Other<'s, T> = (&'s str, Option<T>, Option<T>);

impl<'s> Difference<'s> {
    /// Of a set and the one that was in force before it.
    #[must_use]
    pub fn of(now: &'s PolicySet, earlier: &'s PolicySet) -> Self {
        Self { now, earlier }
    }

    /// What is other than it was, one line for each change: by role, then by agent.
    pub fn changes(self) -> impl Iterator<Item = String> + use<'s> {
        let of_roles = self.roles().flat_map(move |(id, is, was)| {
            changes_of_role(id, is.as_ref(), was.as_ref(), takers(self.now, id))
        });
        let of_agents =
            self.agents().flat_map(|(id, is, was)| changes_of_agent(id, is.as_ref(), was.as_ref()));
        of_roles.chain(of_agents)
    }

    /// What has to be changed in the outline of the earlier set for it to be that of this one, to be
    /// written: [`super::OutlinePatch`] reads it.
    #[must_use]
    pub fn patch(self) -> impl Serialize + use<'s> {
        WrittenPatch::of(self)
    }

    pub(super) fn roles(self) -> impl Iterator<Item = Other<'s, RoleOutline>> + use<'s> {
        let Self { now, earlier } = self;
        let ids: BTreeSet<_> = now.roles().chain(earlier.roles()).map(|role| role.id()).collect();
        ids.into_iter().filter_map(move |id| {
            let of = |set: &PolicySet| set.roles.get(id).map(|role| RoleOutline::of(role));
            other(id.as_str(), of(now), of(earlier))
        })
    }

    pub(super) fn agents(self) -> impl Iterator<Item = Other<'s, AgentOutline>> + use<'s> {
        let Self { now, earlier } = self;
        let policies = now.policies().chain(earlier.policies());
        let ids: BTreeSet<_> = policies.map(|policy| policy.agent().id()).collect();
        ids.into_iter().filter_map(move |id| {
            let both = now.policy(id).zip(earlier.policy(id));
            // What is shared is the same.
            if both.is_some_and(|(is, was)| Arc::ptr_eq(is, was)) {
                return None;
            }
            let of = |set: &PolicySet| set.policy(id).map(|policy| AgentOutline::of(policy));
            other(id.as_str(), of(now), of(earlier))
        })
    }
}

fn other<T: PartialEq>(id: &str, is: Option<T>, was: Option<T>) -> Option<Other<'_, T>> {
    (is != was).then_some((id, is, was))
}

impl Outline {
    /// The same changes, where this outline is all that was kept of the set before.
    pub fn changes_in<'s>(&'s self, now: &'s PolicySet) -> impl Iterator<Item = String> + use<'s> {
        let roles = now.roles().map(|role| role.id().as_str());
        let roles: BTreeSet<_> = roles.chain(self.roles.keys().map(String::as_str)).collect();
        let of_roles = roles.into_iter().flat_map(move |id| {
            let is = now.roles.get(id).map(|role| RoleOutline::of(role));
            changes_of_role(id, is.as_ref(), self.roles.get(id), takers(now, id))
        });
        let agents = now.policies().map(|policy| policy.agent().id().as_str());
        let agents: BTreeSet<_> = agents.chain(self.agents.keys().map(String::as_str)).collect();
        let of_agents = agents.into_iter().flat_map(move |id| {
            let is = now.policy(id).map(|policy| AgentOutline::of(policy));
            changes_of_agent(id, is.as_ref(), self.agents.get(id))
        });
        of_roles.chain(of_agents)
    }
}

/// How many agents take a role.
fn takers(set: &PolicySet, role: &str) -> usize {
    let takes = |policy: &&Arc<Policy>| policy.roles().iter().any(|it| it.id().as_str() == role);
    set.policies().filter(takes).count()
}
