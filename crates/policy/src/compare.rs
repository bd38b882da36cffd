//! How two policy sets differ in what they let agents do.
//!
//! They are compared by what would be decided, not by their words: two files that permit the same
//! requests are the same, in whatever order and by whichever entries they say it. For each operation
//! the question is put several times: as every request of it is, and with each demand that a query or a
//! body can add; now, and at each instant from now on at which a window of time opens or shuts; and with
//! each condition of the entries concerned true, and false. What cannot be asked that way (the term of an agent, its limits, its `[only]`) is
//! compared as it stands.

mod alike;
mod answer;
mod probe;
mod terms;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catalogue::{Catalogue, Level, Operation, ResourceId};
use jiff::Timestamp;

use crate::{AgentId, Policy, PolicySet};
use alike::Alike;
use answer::{Answer, Circumstances, moments};
use probe::Probe;

pub use probe::Asking;
pub use terms::TermChange;

/// Which way something changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// What is refused at some time, or under some condition, will be permitted then.
    Gained,
    /// What is permitted at some time will be refused then, and nothing is gained by it.
    Lost,
    /// Neither: it is only said.
    Neither,
}

/// What is other than it was for one agent.
#[derive(Debug, Clone)]
pub struct AgentChange {
    /// The agent's id.
    pub agent: AgentId,
    /// Its policy in the earlier set; none where the agent is new.
    pub before: Option<Arc<Policy>>,
    /// Its policy in the later set; none where the agent is gone.
    pub after: Option<Arc<Policy>>,
    /// What it may do that it could not, and the reverse: by resource, then by operation.
    pub moves: Vec<Move>,
    /// What changed in what holds for all that it does.
    pub terms: Vec<TermChange>,
    /// The highest level of each resource of which it can use anything, before and after, where the
    /// two differ.
    pub reach: BTreeMap<ResourceId, (Level, Level)>,
}

/// One request that is answered otherwise than before.
#[derive(Debug, Clone)]
pub struct Move {
    /// The operation.
    pub operation: Arc<Operation>,
    /// What the request is like.
    pub asking: Asking,
    /// The highest level that it needs.
    pub needs: Level,
    /// Whether it is permitted now, or no longer.
    pub way: Way,
    /// The entries that settle it, before and after; where it is denied, those that deny it.
    pub entries: (Vec<crate::Entry>, Vec<crate::Entry>),
    /// The terms that its grant is under before, such as a window of time; none where it never is granted.
    pub terms_before: Option<BTreeSet<String>>,
    /// The same for after.
    pub terms_after: Option<BTreeSet<String>>,
}

impl Move {
    /// Whether something is deleted by it that cannot be brought back.
    #[must_use]
    pub fn deletes(&self) -> bool {
        self.operation.deletes() || self.asking.deletes()
    }

    /// Whether what it carries can leave Kustomer.
    #[must_use]
    pub fn sends(&self) -> bool {
        self.operation.sends()
    }
}

impl AgentChange {
    /// The highest level of what was gained; none where nothing was. What can leave Kustomer counts as
    /// `full`: it cannot be called back.
    #[must_use]
    pub fn gained(&self) -> Option<Level> {
        let gained = self.moves.iter().filter(|it| it.way == Way::Gained);
        let moves = gained.map(|it| if it.sends() { Level::Full } else { it.needs });
        moves.chain(self.terms.iter().filter_map(|term| term.gives)).max()
    }
}

/// Every agent for which the later set is not the same as the earlier, by id. What was before `now` is
/// over, and not compared.
#[must_use]
pub fn compare(
    catalogue: &Catalogue,
    earlier: &PolicySet,
    later: &PolicySet,
    now: Timestamp,
) -> Vec<AgentChange> {
    let ids = |set: &PolicySet| -> BTreeSet<AgentId> {
        set.policies().map(|policy| policy.agent().id().clone()).collect()
    };
    let all: BTreeSet<AgentId> = ids(earlier).union(&ids(later)).cloned().collect();
    let alike = Alike::of(earlier, later);
    let changes = all.into_iter().filter_map(|agent| {
        let (before, after) = (earlier.policy(&agent).cloned(), later.policy(&agent).cloned());
        // Of very many agents nearly all are as they were, and asking every question takes long.
        if before.as_ref().zip(after.as_ref()).is_some_and(|(was, is)| alike.are(was, is)) {
            return None;
        }
        let change = of_agent(catalogue, agent, before, after, now);
        let is_one = change.before.is_none() || change.after.is_none();
        (is_one || !change.moves.is_empty() || !change.terms.is_empty()).then_some(change)
    });
    changes.collect()
}

fn of_agent(
    catalogue: &Catalogue,
    agent: AgentId,
    before: Option<Arc<Policy>>,
    after: Option<Arc<Policy>>,
    now: Timestamp,
) -> AgentChange {
    let policies: Vec<&Policy> = [&before, &after].into_iter().flatten().map(|it| &**it).collect();
    let moments = moments(&policies, now);
    let mut moves = Vec::new();
    let mut reach: BTreeMap<ResourceId, (Level, Level)> = BTreeMap::new();
    let mut highest = Highest::default();
    for operation in catalogue.operations() {
        let levels = reach.entry(operation.resource().clone()).or_insert((Level::Off, Level::Off));
        for probe in Probe::all(catalogue, operation, &policies) {
            let circumstances = Circumstances::of(&probe, operation, &policies, &moments);
            let was = Answer::of(before.as_deref(), operation, &probe, &circumstances);
            let is = Answer::of(after.as_deref(), operation, &probe, &circumstances);
            for (answer, level) in [(&was, &mut levels.0), (&is, &mut levels.1)] {
                if answer.is_ever_granted() {
                    *level = (*level).max(probe.needs_on(operation.resource()));
                }
            }
            highest.take(operation, &probe, &is);
            moves.extend(moved(operation, probe, &was, &is, circumstances.is_partial));
        }
    }
    moves.sort_by(|one: &Move, other| one.operation.resource().cmp(other.operation.resource()));
    reach.retain(|_, (was, is)| was != is);
    let terms = terms::changes(before.as_deref(), after.as_deref(), highest.0);
    AgentChange { agent, before, after, moves, terms, reach }
}

/// The highest level of anything that the later policy permits: what an agent gains whose whole term
/// is prolonged.
#[derive(Debug, Default)]
struct Highest(Option<Level>);

impl Highest {
    fn take(&mut self, operation: &Operation, probe: &Probe, answer: &Answer) {
        if answer.is_ever_granted() {
            let level = if operation.sends() { Level::Full } else { probe.needs() };
            self.0 = self.0.max(Some(level));
        }
    }
}

/// Where not every combination of conditions was tried, other terms than before could permit more.
fn moved(
    operation: &Arc<Operation>,
    probe: Probe,
    was: &Answer,
    is: &Answer,
    is_partial: bool,
) -> Option<Move> {
    let pairs = || was.said.iter().zip(&is.said);
    let gained = pairs().find(|(was, is)| !was.is_granted && is.is_granted);
    let lost = pairs().find(|(was, is)| was.is_granted && !is.is_granted);
    let (terms_before, terms_after) = (was.terms(), is.terms());
    let untold = pairs().next().filter(|_| is_partial && terms_before != terms_after);
    let (way, (before, after)) = match (gained.or(untold), lost) {
        (Some(pair), _) => (Way::Gained, pair),
        (None, Some(pair)) => (Way::Lost, pair),
        (None, None) => return None,
    };
    Some(Move {
        operation: Arc::clone(operation),
        needs: probe.needs(),
        asking: probe.asking,
        way,
        entries: (before.entries.clone(), after.entries.clone()),
        terms_before,
        terms_after,
    })
}
