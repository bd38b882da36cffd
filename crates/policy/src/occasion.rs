//! What entries are weighed by: the facts of the moment and, where there is one, the request.

use std::cell::Cell;
use std::sync::Arc;

use catalogue::Asked;

use crate::{Agent, Case, Condition, Facts, Shut};

/// The moment, and the request if there is one, for which it is asked what an entry gives.
#[derive(Debug)]
pub struct Occasion<'o> {
    facts: &'o Facts<'o>,
    request: Option<(&'o Agent, &'o Asked)>,
    /// Where there is no request: the conditions that are taken as false.
    untrue: &'o [Arc<Condition>],
    lacks_body: Cell<bool>,
    past: Option<Past<'o>>,
}

/// What is known of a request of which only a record is left.
#[derive(Debug, Clone, Copy)]
struct Past<'o> {
    /// Conditions that were true.
    met: &'o [Arc<Condition>],
    /// What a condition is taken for that the record does not tell.
    taken_for: bool,
}

impl<'o> Occasion<'o> {
    /// A request at a moment.
    #[must_use]
    pub fn of(agent: &'o Agent, asked: &'o Asked, facts: &'o Facts<'o>) -> Self {
        let (request, lacks_body) = (Some((agent, asked)), Cell::new(false));
        Self { facts, request, untrue: &[], lacks_body, past: None }
    }

    /// A request of which only a record is left, with what its path alone asks, and the conditions that
    /// are known to have been true. One that it does not tell is taken for true or for false: an entry
    /// never gives less for a condition that is true, so what is the same for both is certain.
    pub(crate) fn recorded(
        agent: &'o Agent,
        asked: Option<&'o Asked>,
        facts: &'o Facts<'o>,
        met: &'o [Arc<Condition>],
        taken_for: bool,
    ) -> Self {
        let past = Some(Past { met, taken_for });
        let request = asked.map(|asked| (agent, asked));
        Self { facts, request, untrue: &[], lacks_body: Cell::new(false), past }
    }

    /// A moment without a request: an entry with a condition gives what it gives where that is true.
    #[must_use]
    pub fn at_large(facts: &'o Facts<'o>) -> Self {
        Self::supposing(facts, &[])
    }

    /// The same, with these conditions taken as false and all others as true.
    pub(crate) fn supposing(facts: &'o Facts<'o>, untrue: &'o [Arc<Condition>]) -> Self {
        Self { facts, request: None, untrue, lacks_body: Cell::new(false), past: None }
    }

    /// The facts of the moment.
    #[must_use]
    pub fn facts(&self) -> &'o Facts<'o> {
        self.facts
    }

    /// Whether a condition was met that looks into the body, which has not been read. Until it is, such
    /// a condition is taken as true, to see whether reading is worth it; nothing is decided by that.
    #[must_use]
    pub fn lacks_body(&self) -> bool {
        self.lacks_body.get()
    }

    /// Why an entry with this condition gives nothing; none where the condition is true.
    pub(crate) fn shut_by(&self, condition: &Condition) -> Option<Shut> {
        if let Some(Past { met, taken_for }) = self.past {
            if met.iter().any(|it| **it == *condition) {
                return None;
            }
            let asked = self.request.map(|(_, asked)| asked);
            if !asked.is_some_and(|asked| condition.is_told_by_path(asked)) {
                return (!taken_for).then(|| Shut::NotTrue(condition.short()));
            }
        }
        let Some((agent, asked)) = self.request else {
            let is_untrue = self.untrue.iter().any(|untrue| **untrue == *condition);
            return is_untrue.then(|| Shut::NotTrue(condition.short()));
        };
        if condition.wants_body() && asked.body().is_none() {
            self.lacks_body.set(true);
            return None;
        }
        let Facts { now, zone, address } = *self.facts;
        match condition.holds(&Case { agent, asked, now, zone, address }) {
            Ok(true) => None,
            Ok(false) => Some(Shut::NotTrue(condition.short())),
            Err(why) => Some(Shut::NoAnswer(why)),
        }
    }
}
