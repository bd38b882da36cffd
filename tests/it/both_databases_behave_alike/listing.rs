//! Reading the trail: filters, order, pages.

use audit::{Cursor, Decided, Filter, Opening};
use jiff::SignedDuration;

use super::World;
use super::sample::{bare, entry, id, instant, numbers, opening, refused};

/// Forty records, one a second: each fourth refused, the one after it without an agent, every third of
/// the rest by another agent.
async fn fill(world: &World) {
    let openings: Vec<Opening> = (0..40).map(nth).collect();
    world.append(&openings.iter().map(entry).collect::<Vec<_>>()).await;
}

fn nth(number: i64) -> Opening {
    match number % 4 {
        0 => refused(number),
        1 => bare(number),
        _ if number % 3 == 0 => Opening {
            agent: Some("triage-bot".to_owned()),
            operation: Some("customers.get".to_owned()),
            ..opening(number)
        },
        _ => opening(number),
    }
}

/// The numbers of the records that fit, newest first, worked out without a store.
fn expected(fits: impl Fn(&Opening) -> bool) -> Vec<i64> {
    (0..40).rev().filter(|number| fits(&nth(*number))).collect()
}

async fn check(world: &World, filter: Filter, fits: impl Fn(&Opening) -> bool) {
    let expected = expected(fits);
    assert!(!expected.is_empty(), "the case shows nothing: {filter:?}");
    assert!(expected.len() < 40, "the filter keeps everything: {filter:?}");
    assert_eq!(numbers(&world.list(&filter, 100).await), expected, "{filter:?}");
}

fn by(agent: &str) -> Filter {
    Filter { agent: Some(agent.to_owned()), ..Filter::default() }
}

pub(super) async fn the_newest_record_comes_first(world: &World) {
    fill(world).await;
    let all = world.list(&Filter::default(), 100).await;
    assert_eq!(numbers(&all), (0..40).rev().collect::<Vec<_>>());
}

pub(super) async fn the_limit_is_kept(world: &World) {
    fill(world).await;
    assert_eq!(numbers(&world.list(&Filter::default(), 3).await), [39, 38, 37]);
    assert_eq!(world.list(&Filter::default(), 0).await, []);
    assert_eq!(world.list(&Filter::default(), u32::MAX).await.len(), 40);
}

pub(super) async fn each_filter_keeps_what_fits_it(world: &World) {
    fill(world).await;
    for name in ["support-agent", "triage-bot"] {
        check(world, by(name), |it| it.agent.as_deref() == Some(name)).await;
    }
    for decision in [Decided::Permitted, Decided::Denied, Decided::Unauthenticated] {
        let filter = Filter { decision: Some(decision), ..Filter::default() };
        check(world, filter, |it| it.decision == decision).await;
    }
    let operation = Some("customers.get".to_owned());
    let filter = Filter { operation: operation.clone(), ..Filter::default() };
    check(world, filter, |it| it.operation == operation).await;
    assert_eq!(world.list(&by("SUPPORT-AGENT"), 100).await, []);
    let nothing = Filter { decision: Some(Decided::Limited), ..Filter::default() };
    assert_eq!(world.list(&nothing, 100).await, []);
}

pub(super) async fn filters_together_keep_what_fits_all(world: &World) {
    fill(world).await;
    let filter = Filter {
        decision: Some(Decided::Denied),
        operation: Some("customers.notes.create".to_owned()),
        since: Some(instant(10)),
        until: Some(instant(30)),
        cursor: Some(Cursor::Before(id(28))),
        ..by("support-agent")
    };
    assert_eq!(numbers(&world.list(&filter, 100).await), [24, 20, 16, 12]);
    assert_eq!(numbers(&world.list(&filter, 2).await), [24, 20]);
}

pub(super) async fn since_is_inclusive_and_until_is_not(world: &World) {
    fill(world).await;
    let since = Filter { since: Some(instant(37)), ..Filter::default() };
    assert_eq!(numbers(&world.list(&since, 100).await), [39, 38, 37]);
    let until = Filter { until: Some(instant(3)), ..Filter::default() };
    assert_eq!(numbers(&world.list(&until, 100).await), [2, 1, 0]);
    let both = Filter { since: Some(instant(5)), until: Some(instant(7)), ..Filter::default() };
    assert_eq!(numbers(&world.list(&both, 100).await), [6, 5]);
    let neither = Filter { since: Some(instant(7)), until: Some(instant(7)), ..Filter::default() };
    assert_eq!(world.list(&neither, 100).await, []);
}

pub(super) async fn a_time_between_two_microseconds_is_kept_apart(world: &World) {
    fill(world).await;
    let just_after = instant(37) + SignedDuration::from_nanos(1);
    let since = Filter { since: Some(just_after), ..Filter::default() };
    assert_eq!(numbers(&world.list(&since, 100).await), [39, 38]);
    let window = Filter { since: Some(instant(37)), until: Some(just_after), ..Filter::default() };
    assert_eq!(numbers(&world.list(&window, 100).await), [37]);
}

pub(super) async fn pages_backwards_leave_no_gap_and_repeat_nothing(world: &World) {
    fill(world).await;
    for page in [1, 7, 40, 41] {
        let all = world.pages(&Filter::default(), page, Cursor::Before).await;
        assert_eq!(numbers(&all), (0..40).rev().collect::<Vec<_>>(), "pages of {page}");
    }
}

pub(super) async fn pages_forwards_leave_no_gap_and_repeat_nothing(world: &World) {
    fill(world).await;
    for page in [1, 7, 40, 41] {
        let before_all = Filter { cursor: Some(Cursor::After(id(-1))), ..Filter::default() };
        let all = world.pages(&before_all, page, Cursor::After).await;
        assert_eq!(numbers(&all), (0..40).collect::<Vec<_>>(), "pages of {page}");
    }
}

pub(super) async fn a_cursor_keeps_to_the_filter(world: &World) {
    fill(world).await;
    let denied = Filter { decision: Some(Decided::Denied), ..Filter::default() };
    let backwards = world.pages(&denied, 3, Cursor::Before).await;
    assert_eq!(numbers(&backwards), expected(|it| it.decision == Decided::Denied));
    let after = Filter { cursor: Some(Cursor::After(id(20))), ..denied };
    assert_eq!(numbers(&world.list(&after, 3).await), [24, 28, 32]);
}
