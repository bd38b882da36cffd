//! Searching a trail that is long enough to be searched stretch by stretch: whatever else is asked for,
//! the store finds what a plain comparison of all records finds.

use audit::{Cursor, Decided, Entry, Filter, Opening, Record, Scribe};

use super::World;
use super::sample::{bare, entry, id, instant, opening, refused, scribe_on};
use crate::support::dice::Dice;

/// Longer than the first stretch of a search, and than what SQLite files at once.
const RECORDS: i64 = 14_000;
/// Records of one append.
const GROUP: usize = 2_000;

const TARGETS: [&str; 7] = ["hot", "warm", "second", "third", "rare", "in the newest", "nowhere"];

/// Two replicas write at once. The first stops, so that SQLite has filed all of its records; those of
/// the other are too few to be filed.
async fn fill(world: &World) -> Vec<Opening> {
    let all: Vec<Opening> = (0..RECORDS).map(nth).collect();
    let (ours, theirs): (Vec<_>, Vec<_>) = all.iter().partition(|it| !is_of_the_other(it));
    let mut first = scribe_on(&world.store).await;
    let mut second = scribe_on(&world.store).await;
    append(&mut first, &ours).await;
    append(&mut second, &theirs).await;
    first.close(Vec::new()).await.unwrap();
    all
}

fn is_of_the_other(opening: &Opening) -> bool {
    opening.id.as_bytes()[5].is_multiple_of(3)
}

async fn append(scribe: &mut Scribe, openings: &[&Opening]) {
    for group in openings.chunks(GROUP) {
        let entries: Vec<Entry> = group.iter().map(|opening| entry(opening)).collect();
        scribe.append(entries).await.unwrap();
    }
}

fn nth(number: i64) -> Opening {
    let sample = match number % 5 {
        0 => opening(number),
        1 => bare(number),
        _ => refused(number),
    };
    let agent = sample.agent.clone().filter(|_| number % 3 > 0).or(Some("triage-bot".to_owned()));
    Opening { targets: targets(number), agent, ..sample }
}

fn targets(number: i64) -> Vec<String> {
    let mut targets = Vec::new();
    let mut name = |target: &str, named: bool| targets.extend(named.then(|| target.to_owned()));
    name("hot", number % 3 == 0);
    name("warm", number % 100 == 7);
    name("second", number % 21 == 0);
    name("third", number % 210 == 0);
    name("rare", [5, 4_000, 4_001, 13_990].contains(&number));
    name("in the newest", number > RECORDS - 4);
    name("hot", number % 30 == 0);
    targets
}

/// What the store should find, by comparing one record after the other.
fn expected(all: &[Opening], filter: &Filter, limit: u32) -> Vec<Opening> {
    let mut found: Vec<_> = all.iter().filter(|it| fits(it, filter)).cloned().collect();
    if !matches!(filter.cursor, Some(Cursor::After(_))) {
        found.reverse();
    }
    found.truncate(usize::try_from(limit).unwrap());
    found
}

fn fits(opening: &Opening, filter: &Filter) -> bool {
    let is = |wanted: &Option<String>, is: &Option<String>| wanted.is_none() || wanted == is;
    is(&filter.agent, &opening.agent)
        && is(&filter.resource, &opening.resource)
        && filter.decision.is_none_or(|decision| decision == opening.decision)
        && filter.target.as_ref().is_none_or(|target| opening.targets.contains(target))
        && filter.id.is_none_or(|ids| ids.first() <= opening.id && opening.id <= ids.last())
        && filter.since.is_none_or(|since| opening.at >= since)
        && filter.until.is_none_or(|until| opening.at < until)
        && match filter.cursor {
            None => true,
            Some(Cursor::Before(id)) => opening.id < id,
            Some(Cursor::After(id)) => opening.id > id,
        }
}

/// A filter by a target, and by other things now and then.
fn any_filter(dice: &mut Dice) -> Filter {
    let mut place = |of: i64| i64::try_from(dice.below(u64::try_from(of).unwrap())).unwrap();
    let target = TARGETS[usize::try_from(place(7)).unwrap()];
    let agent = ["support-agent", "triage-bot", "nobody"].get(usize::try_from(place(8)).unwrap());
    let decision = [Decided::Denied, Decided::Permitted].get(usize::try_from(place(6)).unwrap());
    let since = (place(3) == 0).then(|| instant(place(RECORDS)));
    let until = (place(3) == 0).then(|| instant(place(RECORDS)));
    let begins = id(place(RECORDS)).to_string()[..10].parse().unwrap();
    let ids = (place(8) == 0).then_some(begins);
    let cursor = match place(3) {
        0 => None,
        1 => Some(Cursor::Before(id(place(RECORDS)))),
        _ => Some(Cursor::After(id(place(RECORDS)))),
    };
    Filter {
        target: Some(target.to_owned()),
        agent: agent.map(|agent| (*agent).to_owned()),
        decision: decision.copied(),
        resource: (place(9) == 0).then(|| "notes".to_owned()),
        since,
        until,
        id: ids,
        cursor,
        ..Filter::default()
    }
}

pub(super) async fn a_search_finds_what_comparing_all_records_finds(world: &World) {
    let all = fill(world).await;
    let mut dice = Dice::new(1);
    let mut hits = 0;
    for round in 0..250 {
        let filter = any_filter(&mut dice);
        let limit = [1, 7, 50][round % 3];
        let expected = expected(&all, &filter, limit);
        let found = world.list(&filter, limit).await;
        assert_eq!(openings(&found), expected, "{limit} of {filter:?}");
        hits += usize::from(!found.is_empty());
    }
    assert!(hits > 100, "the filters fit too little: {hits}");
}

fn openings(records: &[Record]) -> Vec<Opening> {
    records.iter().map(|record| record.opening.clone()).collect()
}

pub(super) async fn pages_of_a_search_leave_no_gap_and_repeat_nothing(world: &World) {
    let all = fill(world).await;
    for target in ["warm", "third", "rare"] {
        let filter = Filter { target: Some(target.to_owned()), ..Filter::default() };
        let onward = [Cursor::Before, Cursor::After];
        for (onward, start) in onward.into_iter().zip([RECORDS, -1]) {
            let filter = Filter { cursor: Some(onward(id(start))), ..filter.clone() };
            let expected = expected(&all, &filter, u32::MAX);
            assert_eq!(openings(&world.pages(&filter, 3, onward).await), expected, "{filter:?}");
        }
    }
}

pub(super) async fn a_summary_by_target_counts_what_comparing_finds(world: &World) {
    let all = fill(world).await;
    for target in TARGETS {
        let filter = Filter {
            target: Some(target.to_owned()),
            since: Some(instant(100)),
            cursor: Some(Cursor::Before(id(50))),
            ..Filter::default()
        };
        let counted: u64 =
            world.summarise(&filter).await.tallies.iter().map(|tally| tally.requests).sum();
        let whole = Filter { cursor: None, ..filter };
        assert_eq!(counted, expected(&all, &whole, u32::MAX).len() as u64, "{target}");
    }
}
