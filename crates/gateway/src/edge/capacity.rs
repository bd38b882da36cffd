//! How many connections are open, in all and from each address, and where that ends.
//!
//! One that comes over a limit is closed at once, before anything of it is read: there is no request
//! that could be answered, behind TLS there is not even a way to say so, and an answer would cost more
//! than the connection it refuses.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::flood::Addresses;

/// How often the log says that connections were turned away.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// The room that a listener has. Asked once for each connection, never for a request.
#[derive(Debug)]
pub struct Capacity {
    most: u32,
    most_of_one: u32,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    open: u32,
    of: HashMap<Addresses, u32>,
    turned_away: u64,
    /// How many of those the log knows of, and since when.
    told: u64,
    told_at: Option<Instant>,
}

/// How full a listener is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occupancy {
    /// Connections that are open.
    pub open: u32,
    /// The most that may be.
    pub most: u32,
    /// Connections that were turned away since the start.
    pub turned_away: u64,
}

/// The place of an open connection, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    capacity: Arc<Capacity>,
    from: Addresses,
}

impl Capacity {
    /// Room for so many connections, and for so many from one address.
    #[must_use]
    pub fn new(most: u32, most_of_one: u32) -> Arc<Self> {
        Arc::new(Self { most, most_of_one, state: Mutex::default() })
    }

    /// How full it is.
    #[must_use]
    pub fn occupancy(&self) -> Occupancy {
        self.with_state(|state| Occupancy {
            open: state.open,
            most: self.most,
            turned_away: state.turned_away,
        })
    }

    /// Takes a place for a connection; none where there is no room for it.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let from = Addresses::of(address);
        let taken = self.with_state(|state| {
            let of_it = state.of.get(&from).copied().unwrap_or_default();
            if state.open >= self.most || of_it >= self.most_of_one {
                state.turned_away += 1;
                return Err(state.news());
            }
            state.open += 1;
            state.of.insert(from, of_it + 1);
            Ok(())
        });
        match taken {
            Ok(()) => Some(Place { capacity: Arc::clone(self), from }),
            Err(count) => {
                if let Some(count) = count {
                    tracing::warn!(address = %from, count, "connections were turned away: `limits.connections` or `limits.connections_per_address` is reached");
                }
                None
            }
        }
    }

    fn with_state<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    /// How many were turned away that the log does not know of, if it is time to say so.
    fn news(&mut self) -> Option<u64> {
        if self.told_at.is_some_and(|told| told.elapsed() < TELL_EVERY) {
            return None;
        }
        self.told_at = Some(Instant::now());
        let count = self.turned_away - self.told;
        self.told = self.turned_away;
        Some(count)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let from = self.from;
        self.capacity.with_state(|state| {
            state.open = state.open.saturating_sub(1);
            if let Some(of_it) = state.of.get_mut(&from) {
                *of_it = of_it.saturating_sub(1);
                if *of_it == 0 {
                    // An address that is gone takes no memory.
                    state.of.remove(&from);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_at_its_limit_keeps_nobody_else_out() {
        let capacity = Capacity::new(10, 2);
        let [one, other] = [address("192.0.2.1"), address("192.0.2.2")];
        let first = capacity.take(one).unwrap();
        let _second = capacity.take(one).unwrap();
        assert!(capacity.take(one).is_none());
        let _another = capacity.take(other).unwrap();
        assert_eq!(capacity.occupancy(), Occupancy { open: 3, most: 10, turned_away: 1 });
        drop(first);
        assert!(capacity.take(one).is_some());
    }

    #[test]
    fn all_addresses_together_have_a_limit_too() {
        let capacity = Capacity::new(2, 2);
        let _held = [
            capacity.take(address("192.0.2.1")).unwrap(),
            capacity.take(address("192.0.2.2")).unwrap(),
        ];
        assert!(capacity.take(address("192.0.2.3")).is_none());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let capacity = Capacity::new(10, 1);
        let _held = capacity.take(address("2001:db8:1:2::1")).unwrap();
        assert!(capacity.take(address("2001:db8:1:2:ffff::9")).is_none());
        assert!(capacity.take(address("2001:db8:1:3::1")).is_some());
    }

    #[test]
    fn addresses_that_left_are_forgotten() {
        let capacity = Capacity::new(10, 1);
        drop(capacity.take(address("192.0.2.1")));
        assert!(capacity.with_state(|state| state.of.is_empty()));
    }

    #[test]
    fn the_log_is_told_once_and_not_for_each_connection() {
        let mut state = State { turned_away: 1, ..State::default() };
        assert_eq!(state.news(), Some(1));
        state.turned_away = 5;
        assert_eq!(state.news(), None);
        state.told_at = None;
        assert_eq!(state.news(), Some(4));
    }
}
