//! Counts, added up to what is shown.

use std::collections::BTreeMap;

use audit::{Decided, Filter, Summary};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Value, json};

use super::step::Step;

/// What is shown of a summary.
#[derive(Debug)]
pub(super) struct Report {
    /// All requests together.
    pub(super) all: Count,
    /// By decision, in the order of the documentation; those that there were.
    pub(super) decisions: Vec<(Decided, Count)>,
    /// By agent, the busiest first; none is a caller who could not prove who it is.
    pub(super) agents: Vec<(Option<String>, Count)>,
    /// By operation, the most frequent first; none where the request
    /// was not read that far, or the catalogue knows no such operation.
    pub(super) operations: Vec<(Option<String>, Count)>,
    /// By hour or day, the oldest first; those without a request are left out.
    pub(super) times: BTreeMap<Timestamp, Count>,
    /// What `times` goes by.
    pub(super) step: Step,
    /// Where hours and days begin as they do.
    pub(super) zone: TimeZone,
}

/// Requests, by whether they were let through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) permitted: u64,
    pub(super) refused: u64,
}

impl Count {
    pub(super) fn requests(self) -> u64 {
        self.permitted.saturating_add(self.refused)
    }

    fn add(&mut self, decision: Decided, requests: u64) {
        let side = match decision {
            // Let through, though its policy does not grant it; `decisions` tells the two apart.
            Decided::Permitted | Decided::Observed => &mut self.permitted,
            Decided::Denied
            | Decided::Unauthenticated
            | Decided::Malformed
            | Decided::Limited
            | Decided::Undecided => &mut self.refused,
            // No request: there is none to count.
            Decided::Noted => return,
        };
        *side = side.saturating_add(requests);
    }
}

impl Report {
    /// Adds up; hours and days are those of the zone.
    pub(super) fn of(summary: &Summary, zone: TimeZone) -> Self {
        let (mut all, mut decisions) = (Count::default(), BTreeMap::<_, Count>::new());
        let (mut agents, mut operations) = (BTreeMap::new(), BTreeMap::new());
        for tally in &summary.tallies {
            let counts = [
                &mut all,
                decisions.entry(tally.decision).or_default(),
                agents.entry(tally.agent.clone()).or_default(),
                operations.entry(tally.operation.clone()).or_default(),
            ];
            for count in counts {
                count.add(tally.decision, tally.requests);
            }
        }
        let step = Step::fitting(summary.quarters.iter().map(|quarter| quarter.start));
        let mut times = BTreeMap::<_, Count>::new();
        for quarter in &summary.quarters {
            let count = times.entry(step.start(quarter.start, &zone)).or_default();
            count.add(quarter.decision, quarter.requests);
        }
        let decisions = decisions.into_iter().collect();
        let (agents, operations) = (most_first(agents), most_first(operations));
        Self { all, decisions, agents, operations, times, step, zone }
    }

    /// The report as one object.
    pub(super) fn json(&self, filter: &Filter) -> Value {
        let decisions = self
            .decisions
            .iter()
            .map(|(decision, count)| json!({ "decision": decision, "requests": count.requests() }));
        let named = |key: &str, counts: &[(Option<String>, Count)]| -> Value {
            counts.iter().map(|(name, count)| row(key, name, *count)).collect()
        };
        let times = self.times.iter().map(|(start, count)| row("start", start, *count));
        json!({
            "since": filter.since,
            "until": filter.until,
            "requests": self.all.requests(),
            "permitted": self.all.permitted,
            "refused": self.all.refused,
            "decisions": decisions.collect::<Value>(),
            "agents": named("agent", &self.agents),
            "operations": named("operation", &self.operations),
            "step": self.step.word(),
            "times": times.collect::<Value>(),
        })
    }
}

fn row(key: &str, name: &impl Serialize, count: Count) -> Value {
    let (requests, Count { permitted, refused }) = (count.requests(), count);
    json!({ key: name, "requests": requests, "permitted": permitted, "refused": refused })
}

fn most_first(counts: BTreeMap<Option<String>, Count>) -> Vec<(Option<String>, Count)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    // Stable: equal counts stay in the order of their names.
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(count.requests()));
    counts
}
