//! The requests of an agent, those that were alike together.

use std::collections::{BTreeMap, HashMap};

use audit::{Decided, Opening, Record};
use catalogue::{Catalogue, Demand};
use jiff::Timestamp;
use policy::recorded::{Recorded, Unreadable};
use policy::suggest::{Times, Use};

use super::super::words;

/// What was asked, and what is left out and why. Its size goes by how many different requests there
/// were, not by how many.
#[derive(Debug, Default)]
pub(super) struct Calls {
    with_denied: bool,
    /// Where the uses of each kind of permitted requests are, by what [`Calls::spell_key`] makes of them.
    kinds: HashMap<String, usize>,
    uses: Vec<Use>,
    unreadable: HashMap<String, Unreadable>,
    key: String,
    /// How many of the uses were not granted, and forwarded because the agent was only observed.
    pub(super) observed: u64,
    aside: BTreeMap<Aside, u64>,
    pace: Pace,
}

/// Why a request does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Aside {
    Unanswered,
    Denied,
    Refused,
    Unreadable(Unreadable),
}

/// How many requests there were in one minute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Pace {
    minute: i64,
    requests: u64,
    /// The most that there were in one minute, and which.
    pub(super) peak: Option<(u64, Timestamp)>,
}

impl Calls {
    /// Nothing yet.
    pub(super) fn new(with_denied: bool) -> Self {
        Self { with_denied, ..Self::default() }
    }

    /// Counts a record of the agent.
    pub(super) fn add(&mut self, record: &Record, catalogue: &Catalogue) {
        let opening = &record.opening;
        let at = opening.at;
        match opening.decision {
            Decided::Permitted => {
                self.pace.add(at, opening.requests);
                if record.outcome.as_ref().is_some_and(audit::Outcome::is_answer) {
                    self.permitted(opening, Times { used: 1, refused: 0, last: at }, catalogue);
                } else {
                    self.put_aside(Aside::Unanswered);
                }
            }
            Decided::Observed => {
                self.pace.add(at, opening.requests);
                if record.outcome.as_ref().is_some_and(audit::Outcome::is_answer) {
                    self.observed = self.observed.saturating_add(1);
                    self.permitted(opening, Times { used: 1, refused: 0, last: at }, catalogue);
                } else {
                    self.put_aside(Aside::Unanswered);
                }
            }
            Decided::Denied if !lacks_a_grant(opening) => self.put_aside(Aside::Refused),
            Decided::Denied if self.with_denied => {
                self.lacking(opening, Times { used: 0, refused: 1, last: at }, catalogue);
            }
            Decided::Denied => self.put_aside(Aside::Denied),
            Decided::Unauthenticated
            | Decided::Malformed
            | Decided::Limited
            | Decided::Undecided => {
                self.put_aside(Aside::Refused);
            }
            Decided::Noted => {}
        }
    }

    /// Counts what nobody adds to any more.
    pub(super) fn finish(&mut self) {
        self.pace.close();
    }

    /// What was asked.
    pub(super) fn uses(&self) -> &[Use] {
        &self.uses
    }

    /// How often something was asked in one minute.
    pub(super) fn pace(&self) -> Pace {
        self.pace
    }

    fn put_aside(&mut self, why: Aside) {
        *self.aside.entry(why).or_default() += 1;
    }

    /// Most are like one that was read before; reading is done once for each kind.
    fn permitted(&mut self, opening: &Opening, times: Times, catalogue: &Catalogue) {
        self.spell_key(opening);
        if let Some(known) = self.kinds.get(&self.key).and_then(|at| self.uses.get_mut(*at)) {
            known.times = known.times.and(times);
            return;
        }
        if let Some(why) = self.unreadable.get(&self.key) {
            return self.put_aside(Aside::Unreadable(*why));
        }
        let (line, demands) = (words::line(opening), words::demands(opening));
        match Recorded::permitted(catalogue, line, demands) {
            Ok(recorded) => {
                let at = self.insert(&recorded, times);
                self.kinds.insert(self.key.clone(), at);
            }
            Err(why) => {
                self.unreadable.insert(self.key.clone(), why);
                self.put_aside(Aside::Unreadable(why));
            }
        }
    }

    /// Of what was refused, the path can tell more than what was lacking, so each is read for itself.
    fn lacking(&mut self, opening: &Opening, times: Times, catalogue: &Catalogue) {
        let (line, demands) = (words::line(opening), words::demands(opening));
        match Recorded::denied(catalogue, line, demands) {
            Ok(recorded) => {
                self.insert(&recorded, times);
            }
            Err(why) => self.put_aside(Aside::Unreadable(why)),
        }
    }

    /// Counts a request with those that are like it; says where they are.
    fn insert(&mut self, recorded: &Recorded, times: Times) -> usize {
        let operation = recorded.operation();
        let is_like = |used: &Use| {
            used.operation.id() == operation.id() && is_same(&used.demands, recorded.demands())
        };
        let found = self.uses.iter().position(is_like);
        let at = found.unwrap_or(self.uses.len());
        if let Some(known) = self.uses.get_mut(at) {
            known.times = known.times.and(times);
        } else {
            let demands = recorded.demands().to_vec();
            self.uses.push(Use { operation: operation.clone(), demands, times });
        }
        at
    }

    /// The operation and the demands, as they are recorded.
    fn spell_key(&mut self, opening: &Opening) {
        self.key.clear();
        self.key.push_str(opening.operation.as_deref().unwrap_or_default());
        for demand in &opening.demands {
            for part in [&demand.resource, &demand.level, &demand.because] {
                self.key.push('\n');
                self.key.push_str(part);
            }
        }
    }

    /// What is left out, as the end of a line for people; empty where nothing is.
    pub(super) fn aside(&self) -> String {
        let parts: Vec<String> = self.left_out().collect();
        if parts.is_empty() { String::new() } else { format!(" (left out: {})", parts.join("; ")) }
    }

    /// What is left out, and why.
    pub(super) fn left_out(&self) -> impl Iterator<Item = String> {
        self.aside.iter().map(|(why, requests)| format!("{requests} {}", why.phrase()))
    }
}

fn is_same(one: &[Demand], other: &[Demand]) -> bool {
    one.len() == other.len() && one.iter().all(|demand| other.contains(demand))
}

/// Whether it was refused because the policy does not grant it: an entry would help.
fn lacks_a_grant(opening: &Opening) -> bool {
    ["not_granted", "level_too_low"].contains(&opening.reason.as_str())
}

impl Pace {
    fn add(&mut self, at: Timestamp, requests: u64) {
        let minute = at.as_second().div_euclid(60);
        if minute != self.minute {
            self.close();
            self.minute = minute;
        }
        self.requests = self.requests.saturating_add(requests);
    }

    fn close(&mut self) {
        let requests = std::mem::take(&mut self.requests);
        if requests > self.peak.map_or(0, |(most, _)| most)
            && let Ok(start) = Timestamp::from_second(self.minute.saturating_mul(60))
        {
            self.peak = Some((requests, start));
        }
    }
}

impl Aside {
    fn phrase(self) -> String {
        match self {
            Self::Unanswered => "permitted, and not answered by Kustomer".to_owned(),
            Self::Denied => "refused for want of a grant (--include-denied)".to_owned(),
            Self::Refused => "refused for other reasons, which no grant changes".to_owned(),
            Self::Unreadable(why) => format!("not understood, because {why}"),
        }
    }
}
