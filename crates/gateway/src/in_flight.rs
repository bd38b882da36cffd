//! How many requests of each agent are under way: one number an agent, so that what one agent leaves
//! unfinished takes nothing from another.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arc_swap::ArcSwap;
use policy::{AgentId, Policy};

/// What each agent has under way, in this process.
#[derive(Debug)]
pub struct InFlight {
    /// The limit of an agent whose policy sets none.
    otherwise: NonZeroU32,
    /// Only agents with a policy get here, so it is as long as the policies are many. It is replaced when
    /// an agent makes its first request, and only read after that.
    counts: ArcSwap<HashMap<AgentId, Arc<AtomicU32>>>,
}

/// The place of one request among those of its agent, until it is dropped.
#[derive(Debug)]
pub struct Slot(Arc<AtomicU32>);

/// So many requests are under way already, and that is the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowded(pub u32);

impl InFlight {
    /// Nothing is under way yet.
    #[must_use]
    pub fn new(otherwise: NonZeroU32) -> Self {
        Self { otherwise, counts: ArcSwap::default() }
    }

    /// The most that an agent may have under way.
    #[must_use]
    pub fn limit(&self, policy: &Policy) -> u32 {
        let own = policy.limits().in_flight.as_ref();
        own.map_or(self.otherwise.get(), |limit| limit.most)
    }

    /// Takes a place for one more request of an agent.
    pub fn enter(&self, policy: &Policy) -> Result<Slot, Crowded> {
        let most = self.limit(policy);
        let count = self.count(policy.agent().id());
        let one_more = |under_way| (under_way < most).then_some(under_way + 1);
        // Nothing else is read by what this number says, so no order is needed.
        match count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more) {
            Ok(_) => Ok(Slot(count)),
            Err(_) => Err(Crowded(most)),
        }
    }

    fn count(&self, agent: &AgentId) -> Arc<AtomicU32> {
        if let Some(count) = self.counts.load().get(agent) {
            return Arc::clone(count);
        }
        let own = Arc::default();
        self.counts.rcu(|counts| {
            let mut counts = HashMap::clone(counts);
            counts.entry(agent.clone()).or_insert_with(|| Arc::clone(&own));
            counts
        });
        // Another request of the agent may have been faster.
        self.counts.load().get(agent).map_or(own, Arc::clone)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use catalogue::Catalogue;
    use policy::{PolicySet, Source};

    use super::*;

    fn policies() -> PolicySet {
        let source = |id: &str, limits: &str| {
            let text = format!("[agent]\nid = \"{id}\"\nowner = \"ops@example.com\"\n{limits}");
            Source::policy(format!("{id}.toml"), text)
        };
        let sources = [source("one", "[limits]\nin_flight = 2\n"), source("other", "")];
        PolicySet::load(&sources, Catalogue::builtin()).unwrap()
    }

    #[test]
    fn an_agent_has_as_many_under_way_as_its_policy_says_and_gets_places_back() {
        let policies = policies();
        let in_flight = InFlight::new(NonZeroU32::MIN);
        let one = policies.policy("one").unwrap();
        let first = in_flight.enter(one).unwrap();
        let _second = in_flight.enter(one).unwrap();
        assert_eq!(in_flight.enter(one).unwrap_err(), Crowded(2));
        drop(first);
        let _third = in_flight.enter(one).unwrap();
        assert_eq!(in_flight.enter(one).unwrap_err(), Crowded(2));
    }

    #[test]
    fn what_one_agent_has_under_way_takes_nothing_from_another() {
        let policies = policies();
        let in_flight = InFlight::new(NonZeroU32::MIN);
        let (one, other) = (policies.policy("one").unwrap(), policies.policy("other").unwrap());
        let _held = [in_flight.enter(one).unwrap(), in_flight.enter(one).unwrap()];
        let _place = in_flight.enter(other).unwrap();
        assert_eq!(in_flight.enter(other).unwrap_err(), Crowded(1), "the limit of the settings");
    }
}
