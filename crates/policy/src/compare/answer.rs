//! What two policies say to a question, at every moment and under every condition that can matter.

use std::collections::BTreeSet;
use std::sync::Arc;

use catalogue::Operation;
use jiff::Timestamp;

use super::probe::Probe;
use crate::{Condition, Entry, Facts, Layer, Occasion, Policy};

/// Up to how many conditions it is asked what comes of each combination of them.
const ALL_COMBINATIONS: usize = 6;

/// When, and under which conditions, a question is put.
#[derive(Debug)]
pub(super) struct Circumstances {
    moments: Vec<Timestamp>,
    /// Each is the conditions that are taken as false. The first is that none is.
    untrue: Vec<Vec<Arc<Condition>>>,
    /// Whether there are combinations of conditions that are not among them.
    pub(super) is_partial: bool,
}

impl Circumstances {
    /// What can matter to a question: the conditions of the entries that have a say in it.
    pub(super) fn of(
        probe: &Probe,
        operation: &Operation,
        policies: &[&Policy],
        moments: &[Timestamp],
    ) -> Self {
        let mut conditions: Vec<Arc<Condition>> = Vec::new();
        for entry in entries(policies) {
            if let Some(condition) = entry.when()
                && probe.concerns(operation, &entry.name)
                && !conditions.contains(condition)
            {
                conditions.push(Arc::clone(condition));
            }
        }
        let is_partial = conditions.len() > ALL_COMBINATIONS;
        let untrue = if is_partial { some(&conditions) } else { every(&conditions) };
        Self { moments: moments.to_vec(), untrue, is_partial }
    }
}

/// Every combination of conditions; none of them first, all of them last.
fn every(conditions: &[Arc<Condition>]) -> Vec<Vec<Arc<Condition>>> {
    let combinations = 0..1_usize << conditions.len();
    let chosen = |bits: usize| {
        let each = conditions.iter().enumerate();
        each.filter(move |(at, _)| bits >> at & 1 == 1).map(|(_, it)| Arc::clone(it)).collect()
    };
    combinations.map(chosen).collect()
}

/// None of them, each alone, all but each, and all.
fn some(conditions: &[Arc<Condition>]) -> Vec<Vec<Arc<Condition>>> {
    let mut chosen = vec![Vec::new()];
    for alone in conditions {
        chosen.push(vec![Arc::clone(alone)]);
        chosen.push(conditions.iter().filter(|it| *it != alone).cloned().collect());
    }
    chosen.push(conditions.to_vec());
    chosen
}

/// Now, and every instant from now on at which an entry of one of the policies begins or ceases to
/// count: between two of them, nothing changes.
pub(super) fn moments(policies: &[&Policy], now: Timestamp) -> Vec<Timestamp> {
    let bounds =
        entries(policies).flat_map(|entry| [entry.window().not_before, entry.window().expires]);
    let turns = bounds.flatten().map(|bound| bound.turns_at()).filter(|at| *at > now);
    turns.chain([now]).collect::<BTreeSet<Timestamp>>().into_iter().collect()
}

fn entries<'p>(policies: &[&'p Policy]) -> impl Iterator<Item = &'p Entry> {
    policies.iter().flat_map(|policy| policy.layers()).flat_map(Layer::entries)
}

/// What a policy says to a question, in each of its circumstances.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) said: Vec<Said>,
}

/// What it says in one of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    pub(super) is_granted: bool,
    /// The entries that grant it, or those that fall short.
    pub(super) entries: Vec<Entry>,
}

impl Answer {
    /// Without a policy, everything is denied.
    pub(super) fn of(
        policy: Option<&Policy>,
        operation: &Operation,
        probe: &Probe,
        circumstances: &Circumstances,
    ) -> Self {
        let mut all = Vec::new();
        for now in &circumstances.moments {
            let facts = Facts::at(*now);
            for untrue in &circumstances.untrue {
                let occasion = Occasion::supposing(&facts, untrue);
                let said = policy.map(|policy| said(policy, operation, probe, &occasion));
                all.push(said.unwrap_or_default());
            }
        }
        Self { said: all }
    }

    /// Whether it is ever granted.
    pub(super) fn is_ever_granted(&self) -> bool {
        self.said.iter().any(|said| said.is_granted)
    }

    /// The terms of the entries that grant it, whenever they do; none where none ever does.
    pub(super) fn terms(&self) -> Option<BTreeSet<String>> {
        let granting = self.said.iter().filter(|said| said.is_granted);
        let entries = granting.flat_map(|said| &said.entries);
        self.is_ever_granted().then(|| entries.flat_map(terms).collect())
    }
}

/// The window and the condition of an entry, in words.
fn terms(entry: &Entry) -> impl Iterator<Item = String> {
    let window = (!entry.window().is_always_open()).then(|| entry.window().to_string());
    let when = entry.when().map(|condition| format!("when {}", condition.short()));
    window.into_iter().chain(when)
}

fn said(policy: &Policy, operation: &Operation, probe: &Probe, occasion: &Occasion<'_>) -> Said {
    let (mut met, mut short) = (Vec::new(), Vec::new());
    let mut is_granted = true;
    for demand in &probe.demands {
        match policy.settles(operation, demand, occasion) {
            Some(entry) if entry.covers(demand.level, occasion) => push(&mut met, entry),
            Some(entry) => {
                push(&mut short, entry);
                is_granted = false;
            }
            None => is_granted = false,
        }
    }
    Said { is_granted, entries: if is_granted { met } else { short } }
}

fn push(entries: &mut Vec<Entry>, entry: &Entry) {
    if !entries.contains(entry) {
        entries.push(entry.clone());
    }
}
