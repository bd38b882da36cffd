//! A short trail of the same making, so that what is measured on a long one is known to be right.

use std::collections::BTreeSet;

use audit::{Against, Decided, Filter, Opening, RecordId};
use jiff::{SignedDuration, Timestamp};

use super::targets::Targets;
use super::*;
use crate::support::clock::MORNING;

const PLAN_RECORDS: u64 = 20_000;

fn plan() -> Plan {
    let begin = MORNING.parse().expect("an instant");
    Plan { records: PLAN_RECORDS, days: 30, agents: 20, seed: 3, begin }
}

async fn ids(store: &Store, filter: &Filter) -> BTreeSet<RecordId> {
    let found = store.audit_reader().list(filter, u32::MAX).await.expect("a list");
    found.iter().map(|record| record.opening.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filled_trail_is_whole_and_what_is_measured_in_it_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("trail.db").display());
    let store = Store::open(&url).await.expect("a store");
    let plan = plan();
    let written = Arc::default();
    fill(&store, &plan, &written).await;
    assert_eq!(written.load(Ordering::Relaxed), PLAN_RECORDS);
    let verified = audit::verify(&*store.audit_reader(), Against::default(), &mut |_, _| ()).await;
    let verified = verified.expect("the trail is read");
    assert_eq!((verified.findings, verified.chains), (Vec::new(), 8));

    let all = store.audit_reader().list(&Filter::default(), u32::MAX).await.expect("a list");
    assert!(all.iter().all(|record| record.outcome.is_some()));
    let requests: Vec<_> = all.iter().map(|record| &record.opening).collect();
    let requests: Vec<_> = requests.into_iter().filter(|opening| opening.requests > 0).collect();
    assert_eq!(requests.len() as u64, PLAN_RECORDS);
    for filter in questions(&plan) {
        let expected: BTreeSet<_> =
            requests.iter().filter(|it| fits(it, &filter)).map(|it| it.id).collect();
        assert!(!expected.is_empty(), "{filter:?}");
        assert_eq!(ids(&store, &filter).await, expected, "{filter:?}");
    }
}

/// What is measured: by agent and time, by target, and denied in the last day.
fn questions(plan: &Plan) -> Vec<Filter> {
    let day = |number: i32| plan.begin + SignedDuration::from_hours(24 * i64::from(number));
    let agent = Some("support-agent".to_owned());
    let target = |rank| Some(Targets::of(plan.seed, plan.records).hot(rank));
    let decision = Some(Decided::Denied);
    let (since, until) = (Some(day(12)), Some(day(13)));
    let any = Filter::default();
    vec![
        Filter { agent: agent.clone(), since, until, ..any.clone() },
        Filter { target: target(0), ..any.clone() },
        Filter { target: target(1), agent, ..any.clone() },
        Filter { target: target(0), since, until, ..any.clone() },
        Filter { decision, since: Some(day(29)), ..any },
    ]
}

fn fits(opening: &Opening, filter: &Filter) -> bool {
    let is_in_time = |at: Timestamp| {
        filter.since.is_none_or(|since| at >= since) && filter.until.is_none_or(|until| at < until)
    };
    (filter.agent.is_none() || filter.agent == opening.agent)
        && filter.decision.is_none_or(|decision| decision == opening.decision)
        && filter.target.as_ref().is_none_or(|target| opening.targets.contains(target))
        && is_in_time(opening.at)
}
