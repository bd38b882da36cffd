//! Keeps callers without a valid token from filling the trail: of each address, so many refusals a
//! minute have a record each, and the rest of that minute is counted and recorded as one.
//!
//! The caller notices nothing of it: it is refused at once either way. What is kept is bounded, too:
//! beyond so many addresses in a minute, those that are new share one count.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use audit::{Unproven, sentence};
use jiff::{SignedDuration, Timestamp};

use crate::arrival::Arrival;
use crate::refusal::Refusal;

/// The most addresses that are told apart at once.
const MOST_ADDRESSES: usize = 10_000;

/// In which time refusals are counted together.
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// What becomes of the record of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It has a record of its own.
    Recorded,
    /// It is counted, and recorded with others when the minute is over.
    Counted,
}

/// Where refused requests came from, as finely as they are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Addresses {
    /// One address.
    One(Ipv4Addr),
    /// The network of an IPv6 address, a /64: what one caller has all to itself, as a rule.
    Network(Ipv6Addr),
    /// Those that came when there were too many to tell apart.
    Other,
}

/// Refusals that have no record of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Where they came from.
    pub address: Addresses,
    /// Not before this instant.
    pub since: Timestamp,
    /// Before this instant.
    pub until: Timestamp,
    /// How many; never zero.
    pub requests: u64,
}

impl Counted {
    /// What the one record of all of them says.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Self { address, since, until, requests } = self;
        sentence::refused_more(&address.to_string(), *requests, *since, *until)
    }
}

/// What each address was refused in this minute, in this process.
#[derive(Debug)]
pub struct Flood {
    per_minute: NonZeroU32,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The first instant of the minute that `tallies` are of.
    since: Timestamp,
    tallies: BTreeMap<Addresses, Tally>,
    /// Minutes that are over, until somebody asks for them.
    over: Vec<Counted>,
}

/// The refusals of one minute.
#[derive(Debug, Default)]
struct Tally {
    recorded: u32,
    counted: u64,
}

impl Flood {
    /// Lets so many refusals of each address and minute have records of their own.
    #[must_use]
    pub fn new(per_minute: NonZeroU32) -> Self {
        Self { per_minute, state: Mutex::default() }
    }

    /// What becomes of a refusal's record. Only those of callers who did not prove who they are are ever
    /// counted, and not even these where the organisation's own key was presented: each of them is to be
    /// seen.
    pub fn admit_refusal(&self, refusal: &Refusal, arrival: &Arrival) -> Admission {
        match refusal {
            Refusal::Unauthenticated { why, .. } if *why != Unproven::RealKey => {
                self.admit(arrival.address, arrival.at)
            }
            Refusal::FailedInside { caller } if caller.agent.is_none() => {
                self.admit(arrival.address, arrival.at)
            }
            Refusal::Unauthenticated { .. }
            | Refusal::Malformed { .. }
            | Refusal::Denied { .. }
            | Refusal::Limited { .. }
            | Refusal::Crowded { .. }
            | Refusal::RecordUnavailable
            | Refusal::UpstreamUnreachable
            | Refusal::UpstreamHungUp
            | Refusal::UpstreamSilent
            | Refusal::UpstreamKeyRefused
            | Refusal::AnswerUnfit(_)
            | Refusal::RequestBrokeOff
            | Refusal::RequestTooLong { .. }
            | Refusal::FailedInside { .. }
            | Refusal::InternalFailure
            | Refusal::NoSuchPage
            | Refusal::Observed(_) => Admission::Recorded,
        }
    }

    /// Takes down a request of a caller who did not prove who it is.
    pub fn admit(&self, address: IpAddr, now: Timestamp) -> Admission {
        self.with_state(|state| {
            state.turn_to(now);
            let tally = state.tally_of(Addresses::of(address));
            if tally.recorded < self.per_minute.get() {
                tally.recorded += 1;
                Admission::Recorded
            } else {
                tally.counted += 1;
                Admission::Counted
            }
        })
    }

    /// What was counted in minutes that are over; each count is given once.
    pub fn due(&self, now: Timestamp) -> Vec<Counted> {
        self.with_state(|state| {
            state.turn_to(now);
            std::mem::take(&mut state.over)
        })
    }

    /// Everything that was counted and not given yet, when no more can come.
    pub fn drain(&self, now: Timestamp) -> Vec<Counted> {
        self.with_state(|state| {
            state.turn_to(now);
            state.end(now);
            std::mem::take(&mut state.over)
        })
    }

    fn with_state<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    /// Ends the minute that was counted, unless `now` is within it. A clock that was set back begins
    /// another minute too: it must not keep what was counted until that time comes again.
    fn turn_to(&mut self, now: Timestamp) {
        let since = minute_of(now);
        if since != self.since {
            self.end(end_of(self.since));
            self.since = since;
        }
    }

    fn end(&mut self, until: Timestamp) {
        let since = self.since;
        for (address, tally) in std::mem::take(&mut self.tallies) {
            if tally.counted > 0 {
                self.over.push(Counted { address, since, until, requests: tally.counted });
            }
        }
        if self.over.len() > MOST_ADDRESSES {
            self.over = together(&self.over).into_iter().collect();
        }
    }

    fn tally_of(&mut self, address: Addresses) -> &mut Tally {
        let has_room = self.tallies.len() < MOST_ADDRESSES || self.tallies.contains_key(&address);
        self.tallies.entry(if has_room { address } else { Addresses::Other }).or_default()
    }
}

/// All counts as one, where nobody asks for them and they become too many to keep.
fn together(counts: &[Counted]) -> Option<Counted> {
    Some(Counted {
        address: Addresses::Other,
        since: counts.iter().map(|counted| counted.since).min()?,
        until: counts.iter().map(|counted| counted.until).max()?,
        requests: counts.iter().map(|counted| counted.requests).sum(),
    })
}

fn minute_of(now: Timestamp) -> Timestamp {
    let seconds = now.as_second();
    Timestamp::from_second(seconds - seconds.rem_euclid(60)).unwrap_or(now)
}

fn end_of(minute: Timestamp) -> Timestamp {
    minute.saturating_add(MINUTE).unwrap_or(Timestamp::MAX)
}

impl Addresses {
    /// How finely an address is told apart.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        // A listener of both families sees an IPv4 address as one of IPv6.
        match address.to_canonical() {
            IpAddr::V4(address) => Self::One(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::Network(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        }
    }
}

impl fmt::Display for Addresses {
    /// `203.0.113.9`, `2001:db8:1:2::/64`, "other addresses".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(address) => write!(f, "{address}"),
            Self::Network(network) => write!(f, "{network}/64"),
            Self::Other => f.write_str("other addresses"),
        }
    }
}

#[cfg(test)]
mod tests;
