//! When each grant of the policies was used last, and how often.

use std::collections::BTreeMap;

use audit::{Decided, Record};
use catalogue::Level;
use jiff::Timestamp;
use policy::{Entry, Policy};

use crate::failure::Failure;
use crate::rules::Rules;

/// The grants by the agents that have them.
#[derive(Debug)]
pub(super) struct Ledger {
    agents: BTreeMap<String, BTreeMap<String, usize>>,
    grants: Vec<Grant>,
}

/// One entry, and what became of it.
#[derive(Debug)]
pub(super) struct Grant {
    pub(super) agents: Vec<String>,
    pub(super) entry: Entry,
    /// When it was used last; none where the trail knows of no use.
    pub(super) last: Option<Timestamp>,
    /// How many requests of the whole trail it covered something of.
    pub(super) requests: u64,
}

impl Ledger {
    /// The grants of one agent, or of all.
    pub(super) fn of(rules: &Rules, agent: Option<&str>) -> Result<Self, Failure> {
        let mut ledger = Self { agents: BTreeMap::new(), grants: Vec::new() };
        match agent {
            Some(agent) => ledger.add_policy(rules.policy(agent)?),
            None => rules.policies.policies().for_each(|policy| ledger.add_policy(policy)),
        }
        Ok(ledger)
    }

    fn add_policy(&mut self, policy: &Policy) {
        let agent = policy.agent().id().to_string();
        let entries = policy.access().chain(policy.actions()).chain(policy.operations());
        let mut names = BTreeMap::new();
        for entry in entries.filter(|entry| entry.level != Level::Off) {
            names.insert(entry.name.to_string(), self.grants.len());
            let (agents, entry) = (vec![agent.clone()], entry.clone());
            self.grants.push(Grant { agents, entry, last: None, requests: 0 });
        }
        self.agents.insert(agent, names);
    }

    /// Notes which grants a request used.
    pub(super) fn add(&mut self, record: &Record) {
        let opening = &record.opening;
        if !matches!(opening.decision, Decided::Permitted | Decided::Limited) {
            return;
        }
        let names = opening.agent.as_ref().and_then(|agent| self.agents.get(agent));
        let Some(names) = names else { return };
        for (at, demand) in opening.demands.iter().enumerate() {
            let Some(entry) = &demand.entry else { continue };
            // A request counts once for a grant, however many of its demands the grant covers.
            let before = opening.demands.iter().take(at);
            if before.clone().any(|earlier| earlier.entry.as_ref() == Some(entry)) {
                continue;
            }
            if let Some(grant) = names.get(entry).and_then(|at| self.grants.get_mut(*at)) {
                grant.last = grant.last.max(Some(opening.at));
                grant.requests = grant.requests.saturating_add(1);
            }
        }
    }

    /// All of them, in the order of the policies.
    pub(super) fn grants(&self) -> &[Grant] {
        &self.grants
    }
}
