//! When each grant of the policies was used last, and how often.

use std::collections::{BTreeMap, BTreeSet};

use audit::{Decided, Record, RecordedDemand};
use catalogue::Level;
use jiff::Timestamp;
use policy::{Entry, Layer, Policy};

use crate::failure::Failure;
use crate::rules::Rules;

/// The grants, and by which names the records of each agent speak of them.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Where the grants of each agent are.
    agents: BTreeMap<String, BTreeMap<Name, usize>>,
    grants: Vec<Grant>,
    /// Where the grants of roles are: a role's entry is one grant, whoever takes the role.
    of_roles: BTreeMap<Name, usize>,
}

/// What a record calls a grant of its agent: the role that it is part of, if any, and the entry.
type Name = (Option<String>, String);

/// One entry, and what became of it.
#[derive(Debug)]
pub(super) struct Grant {
    /// The agents that have it.
    pub(super) agents: BTreeSet<String>,
    pub(super) entry: Entry,
    /// When it was used last; none where the trail knows of no use.
    pub(super) last: Option<Timestamp>,
    /// How many requests of the whole trail it covered something of.
    pub(super) requests: u64,
}

impl Ledger {
    /// The grants of one agent, or of all.
    pub(super) fn of(rules: &Rules, agent: Option<&str>) -> Result<Self, Failure> {
        let mut ledger = Self::default();
        if let Some(agent) = agent {
            ledger.add_policy(rules.policy(agent)?);
        } else {
            rules.policies.policies().for_each(|policy| ledger.add_policy(policy));
            rules.policies.roles().for_each(|role| ledger.add_layer(None, role.layer()));
        }
        ledger.grants.sort_by(|one, other| place(one).cmp(&place(other)));
        for (at, grant) in ledger.grants.iter().enumerate() {
            for agent in &grant.agents {
                let names = ledger.agents.entry(agent.clone()).or_default();
                names.insert(name(&grant.entry), at);
            }
        }
        Ok(ledger)
    }

    fn add_policy(&mut self, policy: &Policy) {
        let agent = policy.agent().id().as_str();
        policy.layers().for_each(|layer| self.add_layer(Some(agent), layer));
    }

    /// The entries of a file for an agent, or for nobody: a role that no agent takes.
    fn add_layer(&mut self, agent: Option<&str>, layer: &Layer) {
        for entry in layer.entries() {
            // An entry of off is no grant, and what it takes away must not come back by tidying up.
            if entry.level == Level::Off {
                continue;
            }
            let known = entry.role.is_some().then(|| name(entry));
            let at = known.as_ref().and_then(|known| self.of_roles.get(known));
            if let Some(grant) = at.and_then(|at| self.grants.get_mut(*at)) {
                grant.agents.extend(agent.map(str::to_owned));
                continue;
            }
            if let Some(known) = known {
                self.of_roles.insert(known, self.grants.len());
            }
            let (agents, entry) = (agent.map(str::to_owned).into_iter().collect(), entry.clone());
            self.grants.push(Grant { agents, entry, last: None, requests: 0 });
        }
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
            let Some(entry) = demand.entry.as_ref().filter(|_| is_covered(demand)) else {
                continue;
            };
            // A request counts once for a grant, however many of its demands the grant covers.
            let mut before = opening.demands.iter().take(at);
            if before
                .any(|earlier| (&earlier.role, &earlier.entry) == (&demand.role, &demand.entry))
            {
                continue;
            }
            let name = (demand.role.clone(), entry.clone());
            if let Some(grant) = names.get(&name).and_then(|at| self.grants.get_mut(*at)) {
                grant.last = grant.last.max(Some(opening.at));
                grant.requests = grant.requests.saturating_add(1);
            }
        }
    }

    /// All of them, by file and line.
    pub(super) fn grants(&self) -> &[Grant] {
        &self.grants
    }
}

/// Whether the entry that settled a demand gave enough: of an agent that is only observed, requests are
/// permitted for which none did.
fn is_covered(demand: &RecordedDemand) -> bool {
    let level = |word: &str| word.parse::<Level>().ok();
    let granted = demand.granted.as_deref().and_then(level);
    granted.is_some() && granted >= level(&demand.level)
}

fn name(entry: &Entry) -> Name {
    (entry.role.as_ref().map(ToString::to_string), entry.name.to_string())
}

fn place(grant: &Grant) -> (&str, u32) {
    (&grant.entry.place.file, grant.entry.place.line)
}
