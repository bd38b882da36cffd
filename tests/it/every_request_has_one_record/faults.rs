//! A fault of the gateway's own, before the request is on record: what counts requests panics.

use std::sync::Arc;

use audit::{Decided, OutcomeKind};
use metrics::CounterFn;

use super::{READ, check};
use crate::support::counters::start_counting;
use crate::support::world::{Scene, World};

struct Fault;

impl CounterFn for Fault {
    fn increment(&self, _: u64) {
        panic!("a fault of a test's own");
    }

    fn absolute(&self, _: u64) {}
}

/// A gateway that fails where it counts a request of one of these decisions.
async fn failing_at(decisions: &'static [&'static str]) -> World {
    start_counting(Scene::bot(READ), decisions, Arc::new(Fault)).await
}

#[tokio::test]
async fn after_the_decision_it_is_on_record_as_undecided_and_nothing_is_forwarded() {
    let world = failing_at(&["permitted"]).await;
    let answer = world.ask("bot", "GET /v1/customers").await;
    assert_eq!((answer.status, answer.code().as_str()), (500, "internal_failure"));
    assert_eq!(answer.header("kustodian-decision"), "undecided");
    let record = world.only_record().await;
    assert_eq!(record.opening.id, answer.request_id());
    assert_eq!(record.opening.decision, Decided::Undecided);
    assert_eq!(record.opening.reason, "internal_failure");
    assert_eq!(record.opening.agent.as_deref(), Some("bot"));
    check(&record, OutcomeKind::NotForwarded, Some(500));
    assert_eq!(
        record.sentence(),
        "Agent bot was refused: the gateway failed inside before the request was on record; \
         nothing was sent to Kustomer."
    );
    assert_eq!(world.received(), 0);
    // It was the end of that one request.
    assert_eq!(world.ask("bot", "GET /v1/users").await.status, 403);
    assert_eq!(world.records().await.len(), 2);
}

#[tokio::test]
async fn in_a_refusal_it_is_on_record_whoever_asked() {
    let world = failing_at(&["denied", "unauthenticated"]).await;
    for (token, agent) in [(Some(world.token("bot")), Some("bot")), (None, None)] {
        let answer = world.ask_as(token, "GET /v1/users").await;
        assert_eq!(answer.status, 500);
        let record = world.record_of(&answer).await;
        assert_eq!(record.opening.reason, "internal_failure");
        assert_eq!(record.opening.agent.as_deref(), agent);
        check(&record, OutcomeKind::NotForwarded, Some(500));
    }
    assert_eq!(world.records().await.len(), 2);
}

#[tokio::test]
async fn even_in_the_record_of_a_fault_it_ends_one_request_alone() {
    let world = failing_at(&["permitted", "undecided"]).await;
    assert_eq!(world.ask("bot", "GET /v1/customers").await.status, 500);
    assert_eq!(world.ask("bot", "GET /v1/users").await.status, 403);
    assert_eq!(world.received(), 0);
}
