//! Levels by what they are given on, on their way to entries.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalogue::{ActionId, Catalogue, Demand, Klass, Level, Operation, OperationId, ResourceId};

use super::{FACTS, Line, Times, Use, write};
use crate::{EntryName, KlassName, Policy, PolicySet, Source};

/// The entries so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Grants {
    pub(super) access: BTreeMap<ResourceId, Level>,
    pub(super) klasses: BTreeMap<(ResourceId, Klass), Level>,
    pub(super) actions: BTreeMap<ActionId, Level>,
    pub(super) operations: BTreeMap<OperationId, Level>,
}

/// No more rounds than there are levels to raise an entry by, and entries that depend on each other.
const MOST_ROUNDS: usize = 16;

impl Grants {
    /// The narrowest entries that can settle each demand.
    pub(super) fn of(uses: &[Use]) -> Self {
        let mut grants = Self::default();
        for used in uses {
            for demand in &used.demands {
                grants.add(&used.operation, demand);
            }
        }
        grants
    }

    /// Adds what settles a demand, or raises it to the level that is needed.
    fn add(&mut self, operation: &Operation, demand: &Demand) {
        let of_klass = demand.klass.clone().map(|klass| (demand.resource.clone(), klass));
        let is_own = demand.resource == *operation.resource();
        match (&demand.acts_as, of_klass) {
            (None, _) if is_own && operation.only_by_name().is_some() => {
                raise(&mut self.operations, operation.id(), demand.level);
            }
            (_, Some(klass)) => raise(&mut self.klasses, &klass, demand.level),
            (Some(other), None) => raise(&mut self.operations, other.operation(), demand.level),
            (None, None) if is_own => raise(&mut self.operations, operation.id(), demand.level),
            (None, None) => raise(&mut self.access, &demand.resource, demand.level),
        }
    }

    /// Raises whatever settles a demand and is too low. The lines of klasses are one such case: objects
    /// of any klass are settled by the strictest of them.
    pub(super) fn repair(&mut self, catalogue: &Catalogue, uses: &[Use]) {
        for _ in 0..MOST_ROUNDS {
            let Some(policy) = self.policy(catalogue) else { return };
            let mut is_whole = true;
            for used in uses {
                for demand in &used.demands {
                    let entry = policy.settles(&used.operation, demand, &FACTS);
                    if entry.is_some_and(|entry| entry.covers(demand.level, &FACTS)) {
                        continue;
                    }
                    is_whole = false;
                    match entry {
                        Some(entry) => self.raise(&entry.name.clone(), demand.level),
                        None => self.add(&used.operation, demand),
                    }
                }
            }
            if is_whole {
                return;
            }
        }
    }

    fn raise(&mut self, name: &EntryName, level: Level) {
        match name {
            EntryName::Operation(id) => raise(&mut self.operations, id, level),
            EntryName::Action(id) => raise(&mut self.actions, id, level),
            EntryName::Klass(name) => {
                let key = (name.resource().clone(), name.klass().clone());
                raise(&mut self.klasses, &key, level);
            }
            EntryName::Resource(id) => raise(&mut self.access, id, level),
        }
    }

    /// Shuts an operation that another entry would open.
    pub(super) fn shut(&mut self, operation: &OperationId) {
        self.operations.insert(operation.clone(), Level::Off);
    }

    /// The policy that they make; none only if one of the names were none of the catalogue's.
    pub(super) fn policy(&self, catalogue: &Catalogue) -> Option<Arc<Policy>> {
        let text = format!("{HEAD}{}", write::tables(&self.bare()));
        let source = Source::policy("suggestion", text);
        let set = PolicySet::load(&[source], catalogue).ok()?;
        set.policies().next().cloned()
    }

    /// The lines with what speaks for each.
    pub(super) fn lines(&self, catalogue: &Catalogue, uses: &[Use]) -> Vec<Line> {
        let mut lines = self.bare();
        let Some(policy) = self.policy(catalogue) else { return lines };
        for used in uses {
            let mut settled: Vec<&EntryName> = Vec::new();
            for demand in &used.demands {
                let Some(entry) = policy.settles(&used.operation, demand, &FACTS) else { continue };
                // A request counts once for a line, however many of its demands the line settles.
                if !settled.contains(&&entry.name) {
                    settled.push(&entry.name);
                }
            }
            for line in lines.iter_mut().filter(|line| settled.contains(&&line.name)) {
                count(&mut line.evidence, used.operation.id(), used.times);
            }
        }
        lines
    }

    /// The lines alone.
    fn bare(&self) -> Vec<Line> {
        let access =
            self.access.iter().map(|(id, level)| (EntryName::Resource(id.clone()), *level));
        let klasses = self.klasses.iter().map(|((resource, klass), level)| {
            (EntryName::Klass(KlassName::new(resource.clone(), klass.clone())), *level)
        });
        let actions =
            self.actions.iter().map(|(id, level)| (EntryName::Action(id.clone()), *level));
        let operations =
            self.operations.iter().map(|(id, level)| (EntryName::Operation(id.clone()), *level));
        let all = access.chain(klasses).chain(actions).chain(operations);
        all.map(|(name, level)| Line { name, level, evidence: BTreeMap::new() }).collect()
    }
}

/// An agent for entries that belong to none yet.
const HEAD: &str = "[agent]\nid = \"suggestion\"\nowner = \"nobody\"\n";

fn raise<K: Ord + Clone>(levels: &mut BTreeMap<K, Level>, key: &K, level: Level) {
    let given = levels.entry(key.clone()).or_insert(level);
    *given = level.max(*given);
}

fn count(evidence: &mut BTreeMap<OperationId, Times>, operation: &OperationId, times: Times) {
    let counted = evidence.get(operation).map_or(times, |before| before.and(times));
    evidence.insert(operation.clone(), counted);
}
