//! What is recorded and what is counted, by a clock in the tests' own hand.

use std::sync::Arc;
use std::time::Instant;

use audit::RecordId;

use super::*;
use crate::refusal::Malformed;

const NOON: &str = "2026-11-24T12:00:00Z";

/// So many seconds after noon.
fn at(seconds: i64) -> Timestamp {
    NOON.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

fn flood(per_minute: u32) -> Flood {
    Flood::new(NonZeroU32::new(per_minute).unwrap())
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// The `number`th of many addresses.
fn nth(number: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + number))
}

/// Refuses so many requests of an address; how many of them have a record each.
fn refuse(flood: &Flood, from: &str, seconds: i64, times: usize) -> usize {
    let admissions = (0..times).map(|_| flood.admit(address(from), at(seconds)));
    admissions.filter(|admission| *admission == Admission::Recorded).count()
}

fn counted(
    address: &str,
    since: i64,
    until: i64,
    requests: u64,
) -> (String, Timestamp, Timestamp, u64) {
    (address.to_owned(), at(since), at(until), requests)
}

fn said(counts: Vec<Counted>) -> Vec<(String, Timestamp, Timestamp, u64)> {
    let say = |it: Counted| (it.address.to_string(), it.since, it.until, it.requests);
    counts.into_iter().map(say).collect()
}

#[test]
fn the_first_of_a_minute_are_recorded_and_the_rest_are_counted() {
    let flood = flood(3);
    assert_eq!(refuse(&flood, "203.0.113.9", 0, 2), 2);
    assert_eq!(refuse(&flood, "203.0.113.9", 59, 5), 1);
    assert_eq!(flood.due(at(59)), [], "the minute is not over");
    assert_eq!(said(flood.due(at(60))), [counted("203.0.113.9", 0, 60, 4)]);
    assert_eq!(flood.due(at(60)), [], "each count is given once");
}

#[test]
fn a_count_says_from_where_how_many_and_when() {
    let flood = flood(1);
    refuse(&flood, "2001:db8:1:2::1", 0, 1001);
    let sentences: Vec<_> = flood.due(at(60)).iter().map(Counted::sentence).collect();
    assert_eq!(
        sentences,
        ["Unknown callers at 2001:db8:1:2::/64 made 1,000 more requests between 12:00:00 and \
          12:01:00 UTC; none of them proved who it was."]
    );
}

#[test]
fn each_minute_begins_anew() {
    let flood = flood(3);
    assert_eq!(refuse(&flood, "203.0.113.9", 0, 9), 3);
    assert_eq!(refuse(&flood, "203.0.113.9", 60, 9), 3);
    assert_eq!(refuse(&flood, "203.0.113.9", 180, 9), 3);
    let due = said(flood.due(at(240)));
    let expected = [(0, 60), (60, 120), (180, 240)]
        .map(|(since, until)| counted("203.0.113.9", since, until, 6));
    assert_eq!(due, expected);
}

#[test]
fn within_the_limit_nothing_is_counted() {
    let flood = flood(3);
    assert_eq!(refuse(&flood, "203.0.113.9", 0, 3), 3);
    assert_eq!(flood.due(at(60)), []);
    assert_eq!(flood.drain(at(61)), []);
}

#[test]
fn one_address_takes_nothing_from_another() {
    let flood = flood(3);
    assert_eq!(refuse(&flood, "203.0.113.9", 0, 5), 3);
    assert_eq!(refuse(&flood, "203.0.113.10", 1, 4), 3);
    let expected = [counted("203.0.113.9", 0, 60, 2), counted("203.0.113.10", 0, 60, 1)];
    assert_eq!(said(flood.due(at(60))), expected);
}

#[test]
fn an_ipv6_network_of_64_bits_is_one_caller() {
    let flood = flood(1);
    assert_eq!(refuse(&flood, "2001:db8:1:2::1", 0, 1), 1);
    assert_eq!(refuse(&flood, "2001:db8:1:2:ffff::7", 0, 1), 0);
    assert_eq!(refuse(&flood, "2001:db8:1:3::1", 0, 1), 1);
    assert_eq!(said(flood.due(at(60))), [counted("2001:db8:1:2::/64", 0, 60, 1)]);
}

#[test]
fn an_ipv4_address_is_the_same_in_the_form_of_ipv6() {
    let flood = flood(1);
    assert_eq!(refuse(&flood, "203.0.113.9", 0, 1), 1);
    assert_eq!(refuse(&flood, "::ffff:203.0.113.9", 0, 1), 0);
    assert_eq!(refuse(&flood, "::ffff:203.0.113.10", 0, 1), 1);
    assert_eq!(said(flood.due(at(60))), [counted("203.0.113.9", 0, 60, 1)]);
}

#[test]
fn addresses_beyond_the_most_share_one_count_and_known_ones_keep_theirs() {
    let flood = flood(2);
    let most = u32::try_from(MOST_ADDRESSES).unwrap();
    for number in 0..most {
        assert_eq!(flood.admit(nth(number), at(0)), Admission::Recorded);
    }
    let beyond: Vec<_> = (0..5).map(|number| flood.admit(nth(most + number), at(0))).collect();
    assert_eq!(beyond.iter().filter(|one| **one == Admission::Recorded).count(), 2);
    assert_eq!(flood.admit(nth(0), at(0)), Admission::Recorded, "it has its own second one");
    assert_eq!(flood.admit(nth(0), at(0)), Admission::Counted);
    let expected = [counted("10.0.0.0", 0, 60, 1), counted("other addresses", 0, 60, 3)];
    assert_eq!(said(flood.due(at(60))), expected);
}

#[test]
fn after_a_flood_of_addresses_the_next_minute_tells_them_apart_again() {
    let flood = flood(1);
    let most = u32::try_from(MOST_ADDRESSES).unwrap();
    for number in 0..=most {
        flood.admit(nth(number), at(0));
    }
    assert_eq!(refuse(&flood, "203.0.113.9", 60, 2), 1);
    assert_eq!(said(flood.due(at(120))), [counted("203.0.113.9", 60, 120, 1)]);
}

#[test]
fn counts_that_nobody_asks_for_are_kept_within_bounds_and_none_is_lost() {
    let flood = flood(1);
    let most = u32::try_from(MOST_ADDRESSES).unwrap();
    for minute in 0..3 {
        for number in (0..most).flat_map(|number| [number, number]) {
            flood.admit(nth(number), at(minute * 60));
        }
        let kept = flood.with_state(|state| state.over.len() + state.tallies.len());
        assert!(kept <= 2 * MOST_ADDRESSES, "{kept}");
    }
    let due = flood.due(at(180));
    assert!(due.len() <= MOST_ADDRESSES + 1);
    assert_eq!(due.iter().map(|counted| counted.requests).sum::<u64>(), 3 * u64::from(most));
    assert_eq!(due.iter().map(|counted| counted.since).min(), Some(at(0)));
    assert_eq!(due.iter().map(|counted| counted.until).max(), Some(at(180)));
}

#[test]
fn at_the_stop_what_was_counted_in_the_unfinished_minute_is_given_too() {
    let flood = flood(1);
    refuse(&flood, "203.0.113.9", 0, 3);
    refuse(&flood, "203.0.113.9", 65, 4);
    let expected = [counted("203.0.113.9", 0, 60, 2), counted("203.0.113.9", 60, 67, 3)];
    assert_eq!(said(flood.drain(at(67))), expected);
    assert_eq!(flood.drain(at(67)), []);
}

#[test]
fn a_clock_that_is_set_back_loses_no_count_and_keeps_none_waiting() {
    let flood = flood(1);
    refuse(&flood, "203.0.113.9", 3600, 3);
    assert_eq!(refuse(&flood, "203.0.113.9", 0, 2), 1);
    let expected = [counted("203.0.113.9", 3600, 3660, 2), counted("203.0.113.9", 0, 60, 1)];
    assert_eq!(said(flood.due(at(60))), expected);
}

#[test]
fn only_the_want_of_a_valid_token_is_counted_and_the_real_key_never_is() {
    let flood = flood(1);
    let arrival = Arrival {
        id: RecordId::floor(at(0)),
        at: at(0),
        started: Instant::now(),
        address: address("203.0.113.9"),
        certificate: None,
        method: "GET".to_owned(),
        path: "/".to_owned(),
    };
    let unproven = |why| Refusal::Unauthenticated { why, caller: Arc::default() };
    assert_eq!(flood.admit_refusal(&unproven(Unproven::Missing), &arrival), Admission::Recorded);
    for why in Unproven::all() {
        let expected = match why {
            Unproven::RealKey => Admission::Recorded,
            Unproven::Missing
            | Unproven::Malformed
            | Unproven::Unknown
            | Unproven::Expired
            | Unproven::Revoked
            | Unproven::NoPolicy
            | Unproven::CertificateMissing
            | Unproven::AddressOutside
            | Unproven::CertificateWrong
            | Unproven::Jwt(_) => Admission::Counted,
        };
        assert_eq!(flood.admit_refusal(&unproven(why), &arrival), expected, "{why}");
    }
    let why = Malformed::TargetForm;
    let malformed = Refusal::Malformed { why, caller: Arc::default() };
    assert_eq!(flood.admit_refusal(&malformed, &arrival), Admission::Recorded);
    assert_eq!(flood.drain(at(1)).first().map(|counted| counted.requests), Some(30));
}
