//! What became of all records, those that are alike together.

use std::collections::BTreeMap;

use audit::{Record, RecordId};

use super::answer::{Answered, Beside, Why};

/// Examples that are kept of each group.
const EXAMPLES: usize = 3;

/// The counts. Their size goes by how many different changes there are, not by how many records.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) records: u64,
    pub(super) permitted: u64,
    pub(super) refused: u64,
    pub(super) lost: BTreeMap<Group, Found>,
    pub(super) gained: BTreeMap<Group, Found>,
    pub(super) untold: BTreeMap<Group, Found>,
    pub(super) beside: BTreeMap<Beside, u64>,
}

/// What is alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    pub(super) agent: String,
    pub(super) operation: String,
    pub(super) why: String,
}

/// How often, and the first of them.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) requests: u64,
    pub(super) examples: Vec<Example>,
}

/// A record by which to look further.
#[derive(Debug)]
pub(super) struct Example {
    pub(super) id: RecordId,
    pub(super) sentence: String,
}

impl Tally {
    /// Whether there was no request at all.
    pub(super) fn is_empty(&self) -> bool {
        self.records == 0 && self.beside.is_empty()
    }

    /// Counts a record.
    pub(super) fn add(&mut self, record: &Record, answered: Answered) {
        let requests = record.opening.requests.max(1);
        let groups = match &answered {
            Answered::Beside(Beside::Noted) => return,
            Answered::Beside(why) => {
                *self.beside.entry(*why).or_default() += requests;
                return;
            }
            Answered::Same { permitted } => {
                self.records += requests;
                let same = if *permitted { &mut self.permitted } else { &mut self.refused };
                *same += requests;
                return;
            }
            Answered::Lost(_) => &mut self.lost,
            Answered::Gained(_) => &mut self.gained,
            Answered::CannotTell(_) => &mut self.untold,
        };
        self.records += requests;
        let found = groups.entry(group(record, answered)).or_default();
        found.requests += requests;
        if found.examples.len() < EXAMPLES {
            let sentence = record.sentence().to_owned();
            found.examples.push(Example { id: record.opening.id, sentence });
        }
    }

    /// Requests that were permitted and would be refused.
    pub(super) fn losses(&self) -> u64 {
        sum(&self.lost)
    }

    /// Requests that were refused and would be permitted.
    pub(super) fn gains(&self) -> u64 {
        sum(&self.gained)
    }

    /// Requests of which nobody can tell.
    pub(super) fn untold(&self) -> u64 {
        sum(&self.untold)
    }
}

fn sum(groups: &BTreeMap<Group, Found>) -> u64 {
    groups.values().map(|found| found.requests).sum()
}

fn group(record: &Record, answered: Answered) -> Group {
    let opening = &record.opening;
    let why = match answered {
        Answered::Lost(why) | Answered::Gained(why) => why,
        Answered::CannotTell(why) => Why::phrase(why),
        Answered::Same { .. } | Answered::Beside(_) => String::new(),
    };
    // What has no operation on record is named by what was sent.
    let sent = || format!("{} {}", opening.method, opening.path.escape_debug());
    Group {
        agent: opening.agent.clone().unwrap_or_default(),
        operation: opening.operation.clone().unwrap_or_else(sent),
        why,
    }
}
