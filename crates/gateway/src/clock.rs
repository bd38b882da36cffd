//! Time and ids, handed to whatever needs them, so that tests can hand in their own.

use std::fmt;
use std::sync::Mutex;

use audit::RecordId;
use jiff::Timestamp;
use uuid::{ContextV7, Uuid};

/// Tells the time.
pub trait Clock: fmt::Debug + Send + Sync {
    /// This instant.
    fn now(&self) -> Timestamp;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Makes record ids that are unique and, within one process, in the order of time.
#[derive(Debug)]
pub struct Ids {
    context: Mutex<ContextV7>,
}

impl Default for Ids {
    fn default() -> Self {
        Self { context: Mutex::new(ContextV7::new()) }
    }
}

impl Ids {
    /// A new id for a request that arrived at `now`.
    #[must_use]
    pub fn record(&self, now: Timestamp) -> RecordId {
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
        RecordId::new(Uuid::new_v7(uuid::Timestamp::from_unix(&self.context, seconds, nanos)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_instant_are_in_the_order_they_were_made() {
        let ids = Ids::default();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let made: Vec<_> = (0..1000).map(|_| ids.record(now)).collect();
        assert!(made.is_sorted_by(|a, b| a < b));
        assert!(made[0] >= RecordId::floor(now));
    }
}
