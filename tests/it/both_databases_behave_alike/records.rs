//! Appending to the trail, and finding what was appended.

use audit::{Decided, Entry, Filter, Opening, Outcome, OutcomeKind, Place, Table};
use jiff::Timestamp;

use super::World;
use super::sample::{
    bare, entry, id, instant, list, numbers, opening, outcome, refused, scribe_on,
};

/// Appends the opening and expects it back without any change.
async fn comes_back(world: &World, expected: &Opening) {
    world.append(&[entry(expected)]).await;
    let found = world.find(expected.id).await.expect("the record is there");
    assert_eq!(found.opening, *expected);
    assert_eq!(found.outcome, expected.outcome);
    let listed = world.list(&Filter::default(), 1).await;
    assert_eq!(listed, [found]);
}

pub(super) async fn a_full_record_comes_back_as_it_was(world: &World) {
    comes_back(world, &opening(1)).await;
    world.append(&[Entry::outcome(id(1), &outcome())]).await;
    let found = world.find(id(1)).await.unwrap();
    assert_eq!(found.opening, opening(1));
    assert_eq!(found.outcome, Some(outcome()));
}

pub(super) async fn a_bare_record_comes_back_as_it_was(world: &World) {
    comes_back(world, &bare(1)).await;
    let open = Opening { decision: Decided::Permitted, outcome: None, ..bare(2) };
    comes_back(world, &open).await;
    let nobody = Outcome { kind: OutcomeKind::AgentLeft, status: None, ..outcome() };
    world.append(&[Entry::outcome(id(2), &nobody)]).await;
    assert_eq!(world.find(id(2)).await.unwrap().outcome, Some(nobody));
}

pub(super) async fn a_refused_record_has_its_outcome_in_its_one_row(world: &World) {
    comes_back(world, &refused(1)).await;
    let mut rows = world.store.audit_reader().rows(Place::new(0, 0), 10).await.unwrap();
    rows.retain(|row| row.cells.table() == Table::Outcomes);
    assert_eq!(rows, []);
}

pub(super) async fn every_decision_and_outcome_comes_back(world: &World) {
    for (number, decision) in (1..).zip(Decided::ALL) {
        let kind = decision.outcome_at_once();
        let sample = refused(number);
        let outcome = kind.zip(sample.outcome).map(|(kind, sample)| Outcome { kind, ..sample });
        comes_back(world, &Opening { decision, outcome, ..opening_like(number) }).await;
    }
    for (number, kind) in (100..).step_by(2).zip(OutcomeKind::ALL) {
        let outcome = Outcome { kind, ..outcome() };
        world.append(&[entry(&opening(number + 1)), later(number + 1, &outcome)]).await;
        assert_eq!(world.find(id(number + 1)).await.unwrap().outcome, Some(outcome));
    }
}

/// An opening with the sentence that a refusal's outcome repeats.
fn opening_like(number: i64) -> Opening {
    Opening { outcome: None, ..refused(number) }
}

fn later(number: i64, outcome: &Outcome) -> Entry {
    Entry::outcome(id(number), outcome)
}

pub(super) async fn any_text_comes_back(world: &World) {
    let texts = [
        String::new(),
        "größer, 東京, 👩‍👩‍👧, \u{202e}right to left, \u{feff}, \u{10ffff}".to_owned(),
        "'; DROP TABLE records; -- \"quoted\" \\ %s $1 ? {} \u{1}\t\r\n\u{7f}".to_owned(),
        "/v1/customers/externalId=a%2Fb%00%F0%9F%91%8D".to_owned(),
        "long ".repeat(40_000),
    ];
    for (number, text) in (1..).zip(texts) {
        let expected = Opening {
            agent: Some(text.clone()),
            path: text.clone(),
            targets: vec![text.clone(), String::new()],
            reason: text.clone(),
            sentence: text,
            ..opening(number)
        };
        comes_back(world, &expected).await;
    }
}

pub(super) async fn a_nul_is_replaced_and_fails_nobody_else(world: &World) {
    let poisoned = Opening {
        agent: Some("a\0b".to_owned()),
        path: "/v1/\0".to_owned(),
        sentence: "\0".to_owned(),
        ..opening(2)
    };
    let sentence = "It ended\0.".to_owned();
    let poisoned_outcome = Outcome { sentence, ..outcome() };
    world
        .append(&[
            entry(&opening(1)),
            entry(&poisoned),
            entry(&refused(3)),
            Entry::outcome(id(2), &poisoned_outcome),
        ])
        .await;
    assert_eq!(numbers(&world.list(&Filter::default(), 10).await), [3, 2, 1]);
    let found = world.find(id(2)).await.unwrap();
    assert_eq!(found.opening.agent.as_deref(), Some("a\u{fffd}b"));
    assert_eq!(found.opening.path, "/v1/\u{fffd}");
    assert_eq!(found.opening.sentence, "\u{fffd}");
    assert_eq!(found.outcome.unwrap().sentence, "It ended\u{fffd}.");
    let by_its_name = Filter { agent: Some("a\0b".to_owned()), ..Filter::default() };
    assert_eq!(numbers(&world.list(&by_its_name, 10).await), [2]);
}

pub(super) async fn the_greatest_numbers_come_back(world: &World) {
    let greatest = i64::MAX.unsigned_abs();
    let most = |number| Outcome {
        status: Some(u16::MAX),
        duration_ms: number,
        bytes_in: number,
        bytes_out: number,
        ..outcome()
    };
    let mut expected = refused(1);
    expected.policy.line = Some(u32::MAX);
    let sample = expected.outcome.clone().unwrap_or_else(outcome);
    expected.outcome = Some(Outcome {
        status: Some(u16::MAX),
        duration_ms: greatest,
        sentence: expected.sentence.clone(),
        ..sample
    });
    expected.requests = greatest;
    comes_back(world, &expected).await;
    // No database has room for more; what is greater is kept as the greatest.
    world.append(&[entry(&opening(2)), Entry::outcome(id(2), &most(u64::MAX))]).await;
    assert_eq!(world.find(id(2)).await.unwrap().outcome, Some(most(greatest)));
}

pub(super) async fn an_instant_keeps_its_microseconds(world: &World) {
    for (number, micros) in (1..).zip([0, 1, 1_790_000_000_123_456, 253_402_207_199_999_999]) {
        let at = Timestamp::from_microsecond(micros).unwrap();
        comes_back(world, &Opening { at, ..opening(number) }).await;
    }
    let at = Timestamp::from_nanosecond(1_790_000_000_123_456_789).unwrap();
    world.append(&[entry(&Opening { at, ..opening(9) })]).await;
    let kept = world.find(id(9)).await.unwrap().opening.at;
    assert_eq!(kept.as_nanosecond(), 1_790_000_000_123_456_000);
}

pub(super) async fn a_second_outcome_is_refused_and_fails_its_batch(world: &World) {
    let other = Outcome { kind: OutcomeKind::GatewayStopped, ..outcome() };
    world.append(&[entry(&opening(1)), Entry::outcome(id(1), &outcome())]).await;
    let failure = world.try_append(&[entry(&opening(2)), later(1, &other)]).await.unwrap_err();
    assert!(!failure.unclear, "{failure}");
    assert_eq!(world.find(id(1)).await.unwrap().outcome, Some(outcome()));
    assert_eq!(numbers(&world.list(&Filter::default(), 10).await), [1]);
    let known = world.store.audit_sink().completed(&[id(2), id(1)]).await.unwrap();
    assert_eq!(known, [id(1)]);
}

pub(super) async fn an_outcome_completes_its_own_record_only(world: &World) {
    let other = Outcome { kind: OutcomeKind::UpstreamSilent, ..outcome() };
    world.append(&[entry(&opening(1)), entry(&opening(2)), entry(&opening(3))]).await;
    world.append(&[later(3, &other), later(1, &outcome())]).await;
    let outcomes: Vec<_> =
        world.list(&Filter::default(), 10).await.into_iter().map(|record| record.outcome).collect();
    assert_eq!(outcomes, [Some(other), None, Some(outcome())]);
}

pub(super) async fn a_batch_fails_as_a_whole(world: &World) {
    world.append(&[entry(&opening(1))]).await;
    let batch = [entry(&opening(2)), entry(&opening(1)), later(1, &outcome())];
    let failure = world.try_append(&batch).await.unwrap_err();
    assert_eq!(failure.doing, "append to the trail");
    assert!(!failure.why.contains("5f1a2b"), "a stored value is told: {failure}");
    assert_eq!(world.find(id(2)).await, None);
    assert_eq!(world.find(id(1)).await.unwrap().outcome, None);
    // The store goes on.
    world.append(&[entry(&opening(3))]).await;
    assert_eq!(numbers(&world.list(&Filter::default(), 10).await), [3, 1]);
}

pub(super) async fn a_big_batch_is_kept_whole_and_in_order(world: &World) {
    let mut batch: Vec<_> = (0..1000).map(|number| entry(&opening(number))).collect();
    batch.extend((0..1000).map(|number| later(number, &outcome())));
    batch.extend((1000..2001).map(|number| entry(&refused(number))));
    world.append(&batch).await;
    let all = world.list(&Filter::default(), 5000).await;
    assert_eq!(numbers(&all), (0..2001).rev().collect::<Vec<_>>());
    assert!(all.iter().all(|record| record.outcome.is_some()));
}

pub(super) async fn nothing_to_append_is_no_failure(world: &World) {
    world.append(&[]).await;
    assert_eq!(world.list(&Filter::default(), 10).await, []);
}

pub(super) async fn an_unknown_id_finds_nothing(world: &World) {
    world.append(&[entry(&opening(1))]).await;
    assert_eq!(world.find(id(2)).await, None);
}

pub(super) async fn writers_at_the_same_time_lose_nothing(world: &World) {
    let other = world.open_again().await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let store = if writer % 2 == 0 { world.store.clone() } else { other.clone() };
        writers.spawn(async move {
            let mut scribe = scribe_on(&store).await;
            for number in writer * 10..writer * 10 + 10 {
                scribe.append(vec![entry(&opening(number))]).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    let all = list(&other, &Filter::default(), 1000).await;
    assert_eq!(numbers(&all), (0..80).rev().collect::<Vec<_>>());
    assert_eq!(all.first().map(|record| record.opening.at), Some(instant(79)));
}
