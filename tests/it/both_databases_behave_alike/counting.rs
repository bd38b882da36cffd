//! Counting records where they are kept.

use audit::{
    Cursor, Decided, Entry, Filter, Opening, QUARTER, Quarter, Record, RecordId, Summary, Tally,
};
use jiff::{SignedDuration, Timestamp};

use super::World;
use super::sample::{bare, entry, id, instant, opening, outcome, refused};

/// Sixty records, one in two minutes, of three agents and all kinds; some with outcomes.
async fn fill(world: &World) {
    let mut entries = Vec::new();
    for number in 0..60 {
        let opening = nth(number);
        entries.push(entry(&opening));
        if number % 3 == 0 && opening.outcome.is_none() {
            entries.push(Entry::outcome(opening.id, &outcome()));
        }
    }
    world.append(&entries).await;
}

fn nth(number: i64) -> Opening {
    let second = number * 120;
    match number % 5 {
        0 => refused(second),
        1 => bare(second),
        2 => Opening { agent: Some("triage-bot".to_owned()), ..opening(second) },
        3 => Opening { operation: None, decision: Decided::Malformed, ..opening(second) },
        _ => opening(second),
    }
}

/// The same summary, counted one by one.
fn counted(records: &[Record]) -> Summary {
    let mut summary = Summary::default();
    for Record { opening, .. } in records {
        let (agent, operation) = (opening.agent.clone(), opening.operation.clone());
        let tally = Tally { agent, operation, decision: opening.decision, requests: 0 };
        let start = opening.at.as_second() / QUARTER.as_secs() * QUARTER.as_secs();
        let start = Timestamp::from_second(start).unwrap();
        let quarter = Quarter { start, decision: opening.decision, requests: 0 };
        add(&mut summary, tally, quarter);
    }
    summary
}

fn add(summary: &mut Summary, tally: Tally, quarter: Quarter) {
    let same = |it: &&mut Tally| Tally { requests: 0, ..(**it).clone() } == tally;
    match summary.tallies.iter_mut().find(same) {
        Some(known) => known.requests += 1,
        None => summary.tallies.push(Tally { requests: 1, ..tally }),
    }
    let same = |it: &&mut Quarter| Quarter { requests: 0, ..**it } == quarter;
    match summary.quarters.iter_mut().find(same) {
        Some(known) => known.requests += 1,
        None => summary.quarters.push(Quarter { requests: 1, ..quarter }),
    }
}

fn in_order(mut summary: Summary) -> Summary {
    summary.tallies.sort_by_key(|it| (it.agent.clone(), it.operation.clone(), it.decision));
    summary.quarters.sort_by_key(|it| (it.start, it.decision));
    summary
}

pub(super) async fn a_summary_counts_what_the_list_lists(world: &World) {
    fill(world).await;
    let some = |text: &str| Some(text.to_owned());
    for (filter, several) in [
        (Filter::default(), true),
        (Filter { agent: some("triage-bot"), ..Filter::default() }, true),
        (Filter { decision: Some(Decided::Denied), ..Filter::default() }, true),
        (Filter { status: Some(403), ..Filter::default() }, true),
        (Filter { text: some("KUSTOMER answered"), ..Filter::default() }, true),
        (Filter { target: some("5f1a2b"), since: Some(instant(1300)), ..Filter::default() }, true),
        (Filter { until: Some(instant(1300)), ..Filter::default() }, true),
        (Filter { agent: some("nobody"), ..Filter::default() }, false),
    ] {
        let listed = world.list(&filter, 100).await;
        assert_eq!(listed.len() > 1, several, "{filter:?}");
        let summary = in_order(world.summarise(&filter).await);
        assert_eq!(summary, in_order(counted(&listed)), "{filter:?}");
    }
}

pub(super) async fn an_instant_is_counted_in_its_quarter_of_an_hour(world: &World) {
    // The samples begin 800 seconds into a quarter.
    let whole = instant(100);
    let just_before = whole - SignedDuration::from_micros(1);
    let last = whole + QUARTER - SignedDuration::from_micros(1);
    for at in [just_before, whole, last] {
        world.append(&[entry(&Opening { id: RecordId::floor(at), at, ..opening(0) })]).await;
    }
    let summary = in_order(world.summarise(&Filter::default()).await);
    let quarter = |start, requests| Quarter { start, decision: Decided::Permitted, requests };
    assert_eq!(summary.quarters, [quarter(whole - QUARTER, 1), quarter(whole, 2)]);
}

pub(super) async fn a_summary_looks_at_no_cursor(world: &World) {
    fill(world).await;
    let all = in_order(world.summarise(&Filter::default()).await);
    let filter = Filter { cursor: Some(Cursor::Before(id(240))), ..Filter::default() };
    assert_eq!(in_order(world.summarise(&filter).await), all);
}
