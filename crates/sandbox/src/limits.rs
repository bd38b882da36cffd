//! Budgets: how many requests the organisation may make, and how often one record may be touched.
//!
//! Both count in fixed windows that begin at multiples of their length, so what is left can be
//! worked out from the clock alone.

use std::collections::HashMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

/// The length of the organisation's window, in seconds.
const ORG_WINDOW: u32 = 60;

/// How many records' windows are kept before the old ones are thrown out.
const KEPT_WINDOWS: usize = 10_000;

/// The counters of all windows.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    org: Window,
    objects: HashMap<ObjectKey, Window>,
}

/// Which record is counted, and for what: `messages` per `customer` 6614...
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ObjectKey {
    pub(crate) resource: String,
    pub(crate) per: String,
    pub(crate) id: String,
}

/// One window: when it ends (in seconds since 1970) and how often it was spent.
#[derive(Debug, Clone, Copy, Default)]
struct Window {
    ends: i64,
    spent: u32,
}

/// What is left of a budget after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    /// When the next window begins, in seconds since 1970.
    pub(crate) resets: i64,
    /// The seconds until then.
    pub(crate) wait: i64,
    /// Whether the request at hand was over the budget.
    pub(crate) exceeded: bool,
}

impl Limits {
    /// What the organisation has left; nothing is spent.
    pub(crate) fn look(&self, limit: u32, now: Timestamp) -> Budget {
        self.org.at(ORG_WINDOW, now).budget(limit, now)
    }

    /// Spends one request of the organisation's budget.
    pub(crate) fn spend(&mut self, limit: u32, now: Timestamp) -> Budget {
        self.org = self.org.at(ORG_WINDOW, now);
        self.org.spend(limit, now)
    }

    /// Spends one touch of a record.
    pub(crate) fn touch(
        &mut self,
        key: ObjectKey,
        calls: u32,
        seconds: u32,
        now: Timestamp,
    ) -> Budget {
        if self.objects.len() >= KEPT_WINDOWS {
            self.objects.retain(|_, window| window.ends > now.as_second());
        }
        let window = self.objects.entry(key).or_default();
        *window = window.at(seconds, now);
        window.spend(calls, now)
    }
}

impl Window {
    /// This window if it still runs, else a fresh one.
    fn at(self, seconds: u32, now: Timestamp) -> Self {
        if now.as_second() < self.ends {
            return self;
        }
        let length = i64::from(seconds.max(1));
        Self { ends: (now.as_second().div_euclid(length) + 1) * length, spent: 0 }
    }

    fn spend(&mut self, limit: u32, now: Timestamp) -> Budget {
        let exceeded = self.spent >= limit;
        if !exceeded {
            self.spent += 1;
        }
        Budget { exceeded, ..self.budget(limit, now) }
    }

    fn budget(self, limit: u32, now: Timestamp) -> Budget {
        let remaining = limit.saturating_sub(self.spent);
        let wait = (self.ends - now.as_second()).max(0);
        Budget { limit, remaining, resets: self.ends, wait, exceeded: false }
    }
}

impl Budget {
    /// The organisation's three headers.
    pub(crate) fn write_org(&self, headers: &mut HeaderMap) {
        self.write(headers, ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]);
    }

    /// The three headers of one record.
    pub(crate) fn write_object(&self, headers: &mut HeaderMap) {
        let names = [
            "x-ratelimit-object-limit",
            "x-ratelimit-object-remaining",
            "x-ratelimit-object-reset",
        ];
        self.write(headers, names);
    }

    fn write(&self, headers: &mut HeaderMap, [limit, remaining, resets]: [&'static str; 3]) {
        headers.insert(HeaderName::from_static(limit), self.limit.into());
        headers.insert(HeaderName::from_static(remaining), self.remaining.into());
        headers.insert(HeaderName::from_static(resets), HeaderValue::from(self.resets));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_budget_runs_out_and_comes_back_with_the_next_window() {
        let mut limits = Limits::default();
        assert_eq!(limits.spend(2, at(119)).remaining, 1);
        assert_eq!(limits.spend(2, at(119)).remaining, 0);
        let over = limits.spend(2, at(119));
        assert!(over.exceeded);
        assert_eq!(over.resets, 120);
        assert_eq!(limits.spend(2, at(120)).remaining, 1);
    }

    #[test]
    fn looking_at_a_budget_spends_nothing() {
        let mut limits = Limits::default();
        limits.spend(5, at(0));
        assert_eq!(limits.look(5, at(1)).remaining, 4);
        assert_eq!(limits.look(5, at(1)).remaining, 4);
    }

    #[test]
    fn each_record_has_a_budget_of_its_own() {
        let mut limits = Limits::default();
        let key = |id: &str| ObjectKey {
            resource: "customers".to_owned(),
            per: "customer".to_owned(),
            id: id.to_owned(),
        };
        assert!(!limits.touch(key("a"), 1, 600, at(0)).exceeded);
        assert!(limits.touch(key("a"), 1, 600, at(1)).exceeded);
        assert!(!limits.touch(key("b"), 1, 600, at(1)).exceeded);
    }
}
