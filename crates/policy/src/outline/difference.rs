//! Two outlines as far as they differ: of large sets that takes little.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Outline;
use super::agent::AgentOutline;
use super::role::RoleOutline;
use crate::PolicySet;

impl Outline {
    /// The outlines of two sets as far as they differ: of the later one first, then of the earlier one.
    /// What is as it was is left out, but for the agents that take a role that is not.
    ///
    /// Between them is the same as between those of the whole sets.
    #[must_use]
    pub fn of_difference(now: &PolicySet, earlier: &PolicySet) -> (Self, Self) {
        let mut difference = Difference::default();
        let ids: BTreeSet<_> = now.roles().chain(earlier.roles()).map(|role| role.id()).collect();
        for id in ids {
            let of = |set: &PolicySet| set.roles.get(id).map(|role| RoleOutline::of(role));
            difference.add_role(id.as_str(), of(now), of(earlier));
        }
        let other_roles = difference.roles();
        let policies = now.policies().chain(earlier.policies());
        let ids: BTreeSet<_> = policies.map(|policy| policy.agent().id()).collect();
        for id in ids {
            let both = now.policy(id).zip(earlier.policy(id));
            // What is shared is the same, and so are the roles that it takes.
            if both.is_none_or(|(is, was)| !Arc::ptr_eq(is, was)) {
                let of = |set: &PolicySet| set.policy(id).map(|policy| AgentOutline::of(policy));
                difference.add_agent(id.as_str(), of(now), of(earlier), &other_roles);
            }
        }
        (difference.later, difference.before)
    }

    /// The same between a set and the outline that was kept of an earlier one.
    #[must_use]
    pub fn of_difference_from(now: &PolicySet, mut earlier: Self) -> (Self, Self) {
        let mut difference = Difference::default();
        for role in now.roles() {
            let id = role.id().as_str();
            difference.add_role(id, Some(RoleOutline::of(role)), earlier.roles.remove(id));
        }
        difference.before.roles.append(&mut earlier.roles);
        let other_roles = difference.roles();
        for policy in now.policies() {
            let id = policy.agent().id().as_str();
            let (is, was) = (Some(AgentOutline::of(policy)), earlier.agents.remove(id));
            difference.add_agent(id, is, was, &other_roles);
        }
        difference.before.agents.append(&mut earlier.agents);
        (difference.later, difference.before)
    }
}

/// What differs, as far as it is known.
#[derive(Default)]
struct Difference {
    later: Outline,
    before: Outline,
}

impl Difference {
    fn add_role(&mut self, id: &str, is: Option<RoleOutline>, was: Option<RoleOutline>) {
        if is != was {
            self.later.roles.extend(is.map(|role| (id.to_owned(), role)));
            self.before.roles.extend(was.map(|role| (id.to_owned(), role)));
        }
    }

    fn add_agent(
        &mut self,
        id: &str,
        is: Option<AgentOutline>,
        was: Option<AgentOutline>,
        other_roles: &BTreeSet<String>,
    ) {
        let takes = |agent: &AgentOutline| agent.roles.iter().any(|it| other_roles.contains(it));
        if is != was || is.as_ref().is_some_and(takes) {
            self.later.agents.extend(is.map(|agent| (id.to_owned(), agent)));
            self.before.agents.extend(was.map(|agent| (id.to_owned(), agent)));
        }
    }

    /// The roles that are other than they were.
    fn roles(&self) -> BTreeSet<String> {
        self.later.roles.keys().chain(self.before.roles.keys()).cloned().collect()
    }
}
