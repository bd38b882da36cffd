//! A clock that stands still until a test moves it.

use std::sync::{Mutex, PoisonError};

use gateway::clock::Clock;
use jiff::{SignedDuration, Timestamp};

/// The instant at which every world begins.
pub(crate) const MORNING: &str = "2026-11-24T09:00:00Z";

/// Time in a test's own hand.
#[derive(Debug)]
pub(crate) struct HandClock(Mutex<Timestamp>);

impl HandClock {
    /// A clock that shows [`MORNING`].
    pub(crate) fn new() -> Self {
        Self(Mutex::new(MORNING.parse().expect("an instant")))
    }

    /// Moves the clock on.
    pub(crate) fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now += by;
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
