//! What a decision takes among many agents: the look-up of the policy and the decision, each time by
//! another agent, so that what is needed is seldom near at hand.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use catalogue::{Catalogue, Identified};
use jiff::Timestamp;
use policy::{Decision, Facts, Policy, PolicySet, decide};

use crate::speed::median::median;
use crate::support::world::ID;

/// How many decisions are timed together, and how often.
const BATCH: usize = 5_000;
const BATCHES: usize = 40;

/// Steps from one agent to the next: far apart, and every agent's turn comes.
const STRIDE: usize = 7919;

/// Decides many requests of many agents.
pub(crate) fn measure(set: &PolicySet) -> String {
    let agents: Vec<String> =
        set.policies().map(|policy| policy.agent().id().to_string()).collect();
    let asked: Vec<Identified> = [
        ("GET", format!("/v1/customers/{ID}")),
        ("GET", format!("/v1/conversations/{ID}/messages")),
        ("DELETE", format!("/v1/customers/{ID}")),
        ("GET", "/v1/users".to_owned()),
    ]
    .iter()
    .map(|(method, path)| Catalogue::builtin().identify(method, path).expect("a path"))
    .collect();
    let agents: Vec<_> = agents.iter().map(String::as_str).collect();
    let policies: Vec<_> = agents.iter().filter_map(|id| set.policy(*id)).collect();
    let found = time(&asked, &agents, |id| set.policy(*id).expect("a policy"));
    let known = time(&asked, &policies, |policy| policy);
    format!(
        "{known:.2} us, and {found:.2} us with the look-up of the policy, at the median of {BATCHES} times \
         {BATCH}"
    )
}

/// The microseconds that a decision takes, with whatever it takes to come by the policy.
fn time<'s, T>(
    asked: &[Identified],
    agents: &'s [T],
    policy: impl Fn(&'s T) -> &'s Arc<Policy>,
) -> f64 {
    let facts = Facts::at(Timestamp::UNIX_EPOCH);
    let (mut turn, mut took, mut permitted) = (0_usize, Vec::new(), 0);
    for _ in 0..BATCHES {
        let batch: Vec<Identified> = asked.iter().cycle().take(BATCH).cloned().collect();
        let mut decided = Vec::with_capacity(BATCH);
        let start = Instant::now();
        for identified in batch {
            turn = (turn + STRIDE) % agents.len();
            decided.push(decide(policy(&agents[turn]), identified, black_box(&facts)));
        }
        took.push(start.elapsed().as_secs_f64() / BATCH as f64);
        permitted += decided.iter().filter(|it| matches!(it, Decision::Permit(_))).count();
    }
    assert!(permitted > 0, "some of it is permitted");
    median(took) * 1e6
}
