//! What the matrix, the comparison of two sets and the replay of a record tell of policies is what is
//! decided.

use std::cell::Cell;

use catalogue::{Asked, Because, Catalogue, Demand, Identified, Klass, Operation};
use policy::compare::{Way, compare};
use policy::recorded::{Line, Recorded, RecordedDemand, Replayed};
use policy::{Decision, Facts, Policy, Reason, decide, matrix};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::asked::{Question, facts, questions};
use super::drawn::{Tick, Written, enforced, instant, narrowed, plain_lines, ticks, written};
use super::rules::Occasion;
use super::{answer, zone};
use crate::fuzz::effort::Effort;

/// What every request of an operation demands; on custom objects, on those of a klass that nobody names.
fn least(operation: &Operation) -> Vec<Demand> {
    let own = Demand {
        resource: operation.resource().clone(),
        klass: operation.names_a_klass().then(|| Klass::new("nobody-names-this")),
        level: operation.level(),
        because: Because::Operation,
        acts_as: None,
    };
    let always = operation.rules().iter().filter(|rule| rule.is_always()).map(|rule| Demand {
        resource: rule.resource().clone(),
        klass: None,
        level: rule.level(),
        because: Because::Rule(rule.because().into()),
        acts_as: None,
    });
    std::iter::once(own).chain(always).collect()
}

#[test]
fn the_matrix_shows_what_is_answered_where_conditions_are_true_and_says_where_there_are_none() {
    let inputs = (written(24), option::weighted(0.3, plain_lines()), ticks());
    Effort::usual().check("oracle-matrix", &inputs, |(written, narrowing, at)| {
        let mut policy = written.policy();
        if let Some(narrowing) = &narrowing {
            policy = narrowed(&policy, narrowing);
        }
        let facts = Facts::at(instant(at));
        let occasion = Occasion { at, question: None };
        let is_shut_out = occasion.shut_out(&written).is_some();
        for row in matrix::rows(Catalogue::builtin(), &policy, &facts) {
            let (operation, demands) = (&row.operation, least(&row.operation));
            let lacks = |layers: &[_]| !occasion.lacks(layers, operation, &demands).is_empty();
            let is_denied = is_shut_out
                || lacks(&written.layers())
                || narrowing.as_ref().is_some_and(|lines| lacks(&[lines]));
            prop_assert_eq!(row.permitted, !is_denied, "{}", operation.id());
            // What a search looks into, and of which klass objects are, is a question of its own.
            if row.is_conditional() || operation.is_search() || operation.names_a_klass() {
                continue;
            }
            let example = Catalogue::builtin().example(operation).expect("an example");
            let decision = decide(&policy, Identified::Known(example), &facts);
            // The gateway would read what a condition that has no say looks into.
            if matches!(&decision, Decision::Denial(it) if *it.reason() == Reason::BodyNotRead) {
                continue;
            }
            let is_granted = matches!(&decision, Decision::Permit(it) if it.observed().is_none());
            prop_assert_eq!(row.permitted, is_granted, "{}", operation.id());
        }
        Ok(())
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// From the moment of the comparison on, which is not before what it is about.
    #[test]
    fn no_request_is_permitted_anew_that_the_comparison_does_not_show_as_a_gain(
        before in enforced(3),
        after in enforced(3),
        now in ticks(),
        asked in vec((questions(), 0..60_i64), 40),
    ) {
        let catalogue = Catalogue::builtin();
        let changes = compare(catalogue, &before.set(), &after.set(), instant(now));
        let moves = || changes.iter().flat_map(|change| &change.moves);
        let (earlier, later) = (before.policy(), after.policy());
        for (question, hours) in asked {
            let at = now + hours;
            let permits = |policy| matches!(answer(policy, &question, at), Some(Decision::Permit(_)));
            let (was, is) = (permits(&earlier), permits(&later));
            let Some(Identified::Known(asked)) = question.identified() else { continue };
            let id = asked.operation().id();
            let mut of_operation = moves().filter(|it| it.operation.id() == id);
            if !was && is {
                let is_shown = of_operation.any(|it| it.way == Way::Gained);
                prop_assert!(is_shown, "{} is gained at {}: {:?}", id, at, question);
            } else if was && !is {
                prop_assert!(of_operation.next().is_some(), "{} is lost at {}: {:?}", id, at, question);
            }
        }
    }
}

/// What a record keeps of a demand.
struct Kept {
    on: String,
    level: String,
    because: String,
}

fn kept<'d>(demands: impl IntoIterator<Item = &'d Demand>) -> Vec<Kept> {
    let kept = |demand: &Demand| Kept {
        on: demand.on(),
        level: demand.level.to_string(),
        because: demand.because.as_str().to_owned(),
    };
    demands.into_iter().map(kept).collect()
}

/// How many records had which answer.
#[derive(Debug, Default)]
struct Count {
    permitted: Cell<u64>,
    refused: Cell<u64>,
    untold: Cell<u64>,
    gained: Cell<u64>,
    lost: Cell<u64>,
}

fn one_more(count: &Cell<u64>) {
    count.set(count.get() + 1);
}

/// The record of a request that one policy decided; none where nothing was left to decide.
fn recorded(
    question: &Question,
    decision: &Decision,
    policy: &Policy,
    facts: &Facts<'_>,
) -> Option<Recorded> {
    let read = |asked: &Asked, demands: &[Kept], is_whole| {
        let line = Line {
            method: &question.method,
            path: question.target.split('?').next().unwrap_or_default(),
            operation: Some(asked.operation().id().as_str()),
            targets: asked.targets(),
        };
        let demands = demands.iter().map(|kept| RecordedDemand {
            resource: &kept.on,
            level: &kept.level,
            because: &kept.because,
        });
        let demands: Vec<_> = demands.collect();
        let catalogue = Catalogue::builtin();
        let recorded = if is_whole {
            Recorded::permitted(catalogue, line, demands)
        } else {
            Recorded::denied(catalogue, line, demands)
        };
        recorded.expect("a record that can be read")
    };
    match decision {
        Decision::Permit(permit) => {
            let recorded = read(permit.asked(), &kept(permit.asked().demands()), true);
            let is_granted = permit.observed().is_none();
            Some(if is_granted { recorded.permitted_by(policy, facts) } else { recorded })
        }
        Decision::Denial(denial) => match (denial.reason(), denial.identified()) {
            (Reason::NotGranted(lacks), Identified::Known(asked)) => {
                let lacking = kept(lacks.iter().map(|lack| &lack.demand));
                Some(read(asked, &lacking, false))
            }
            _ => None,
        },
    }
}

fn check_replay(
    count: &Count,
    first: &Written,
    candidate: &Written,
    question: &Question,
    at: Tick,
) -> TestCaseResult {
    let zone = zone();
    let facts = facts(question, at, &zone);
    let (policy, other) = (first.policy(), candidate.policy());
    let Some(was) = answer(&policy, question, at) else { return Ok(()) };
    let Some(recorded) = recorded(question, &was, &policy, &facts) else { return Ok(()) };
    let was_granted = matches!(&was, Decision::Permit(it) if it.observed().is_none());
    let again = policy.replay(&recorded, &facts);
    if was_granted {
        prop_assert!(!matches!(again, Replayed::Refused(_)), "{:?}", again);
    } else {
        prop_assert!(!matches!(again, Replayed::Permitted(_)), "{:?}", again);
    }
    let Some(decision) = answer(&other, question, at) else { return Ok(()) };
    let is_granted = matches!(&decision, Decision::Permit(it) if it.observed().is_none());
    match other.replay(&recorded, &facts) {
        Replayed::Permitted(_) => {
            one_more(&count.permitted);
            if !was_granted {
                one_more(&count.gained);
            }
            prop_assert!(is_granted, "{:?}", decision);
        }
        Replayed::Refused(_) => {
            one_more(&count.refused);
            if was_granted {
                one_more(&count.lost);
            }
            prop_assert!(!is_granted, "{:?}", decision);
        }
        Replayed::CannotTell(_) => one_more(&count.untold),
    }
    Ok(())
}

#[test]
fn a_replay_never_tells_another_answer_than_the_decision() {
    let count = Count::default();
    let inputs = (written(24), written(24), vec((questions(), ticks()), 8));
    Effort::usual().check("oracle-replay", &inputs, |(first, candidate, asked)| {
        for (question, at) in asked {
            check_replay(&count, &first, &candidate, &question, at)?;
        }
        Ok(())
    });
    let Count { permitted, refused, untold, gained, lost } = &count;
    for answers in [permitted, refused, untold, gained, lost] {
        assert!(answers.get() >= 5, "each answer is given: {count:?}");
    }
}
