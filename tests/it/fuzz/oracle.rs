//! Whatever policies say, and all at once: the decision is what docs/policies.md says it is, and whoever
//! else speaks of it says the same: the matrix, the comparison, the replay, and `explain` and
//! `policy test`.

mod asked;
mod drawn;
mod explained;
mod rules;
mod told;
mod when;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catalogue::Identified;
use jiff::tz::{Offset, TimeZone};
use policy::{Decision, Policy, Reason, decide, worth_reading};
use proptest::option;
use proptest::prelude::*;

use super::effort::Effort;
use asked::{Question, facts, questions};
use drawn::{Tick, narrowed, plain_lines, ticks, written};
use rules::{Occasion, Verdict, words};
use when::AHEAD;

/// The zone in which the organisation keeps its hours.
fn zone() -> TimeZone {
    TimeZone::fixed(Offset::constant(i8::try_from(AHEAD).expect("some hours")))
}

/// What the program says, in the words of the rules; and whether the request is forwarded.
fn decided(decision: &Decision) -> Verdict {
    let reason = match decision {
        Decision::Permit(permit) => match permit.observed() {
            None => return Verdict::Permitted,
            Some(reason) => reason,
        },
        Decision::Denial(denial) => denial.reason(),
    };
    let lacks = || reason.lacks().iter().map(|lack| words(&lack.demand)).collect::<BTreeSet<_>>();
    match (reason, decision) {
        (Reason::NotGranted(_), Decision::Permit(_)) => Verdict::Observed(lacks()),
        (Reason::NotGranted(_), Decision::Denial(_)) => Verdict::NotGranted(lacks()),
        (Reason::Narrowed { .. }, _) => Verdict::Narrowed(lacks()),
        (Reason::UnknownOperation(_), _) => Verdict::UnknownOperation,
        (Reason::AgentSuspended { .. }, _) => Verdict::Suspended,
        (Reason::AgentNotYet(_), _) => Verdict::NotYet,
        (Reason::AgentExpired(_), _) => Verdict::Expired,
        (Reason::Outside(_) | Reason::BodyNotRead, _) => panic!("nothing of that: {reason:?}"),
    }
}

/// What the program says to a question; none where the question is not clear.
fn answer(policy: &Arc<Policy>, question: &Question, at: Tick) -> Option<Decision> {
    let zone = zone();
    let facts = facts(question, at, &zone);
    Some(decide(policy, question.read(policy, &facts)?, &facts))
}

/// How many questions had which answer: a property that no question gets to holds nothing.
#[derive(Debug, Default)]
struct Count(RefCell<BTreeMap<&'static str, u64>>);

impl Count {
    fn add(&self, verdict: &Verdict) {
        let word = match verdict {
            Verdict::Suspended => "suspended",
            Verdict::NotYet => "not yet",
            Verdict::Expired => "expired",
            Verdict::UnknownOperation => "unknown",
            Verdict::Permitted => "permitted",
            Verdict::Observed(_) => "observed",
            Verdict::NotGranted(_) => "not granted",
            Verdict::Narrowed(_) => "narrowed",
        };
        *self.0.borrow_mut().entry(word).or_default() += 1;
    }
}

#[test]
fn what_is_decided_is_what_the_page_on_policies_says() {
    let count = Count::default();
    let inputs = (written(24), option::weighted(0.3, plain_lines()), questions(), ticks());
    Effort::usual().check("oracle", &inputs, |(written, narrowing, question, at)| {
        let mut policy = written.policy();
        if let Some(narrowing) = &narrowing {
            policy = narrowed(&policy, narrowing);
        }
        let zone = zone();
        let facts = facts(&question, at, &zone);
        let Some(read) = question.read(&policy, &facts) else { return Ok(()) };
        let occasion = Occasion { at, question: Some(&question) };
        let expected = match &read {
            Identified::Unknown(_) => {
                occasion.shut_out(&written).unwrap_or(Verdict::UnknownOperation)
            }
            Identified::Known(asked) => {
                let (operation, demands) = (asked.operation(), asked.demands());
                occasion.verdict(&written, narrowing.as_ref(), operation, demands)
            }
        };
        let found = decided(&decide(&policy, read, &facts));
        count.add(&found);
        prop_assert_eq!(found, expected);
        Ok(())
    });
    let count = count.0.into_inner();
    assert_eq!(count.len(), 8, "each answer is given: {count:?}");
    assert!(count["permitted"] >= 20 && count["narrowed"] >= 10, "{count:?}");
}

#[test]
fn a_body_that_is_not_worth_reading_changes_nothing() {
    let inputs = (written(24), option::weighted(0.3, plain_lines()), questions(), ticks());
    Effort::usual().check("oracle-bodies", &inputs, |(written, narrowing, question, at)| {
        let mut policy = written.policy();
        if let Some(narrowing) = &narrowing {
            policy = narrowed(&policy, narrowing);
        }
        let zone = zone();
        let facts = facts(&question, at, &zone);
        let Some(Identified::Known(unread)) = question.identified() else { return Ok(()) };
        let Some(read) = question.read(&policy, &facts) else { return Ok(()) };
        if worth_reading(&policy, &unread, &facts) {
            return Ok(());
        }
        let without = decide(&policy, Identified::Known(unread), &facts);
        let with = decide(&policy, read, &facts);
        let are_denied = matches!((&without, &with), (Decision::Denial(_), Decision::Denial(_)));
        prop_assert!(are_denied, "{:?} and {:?}", without, with);
        Ok(())
    });
}
