//! From when and until when something counts: an agent's policy, or one of its entries.

use std::fmt;

use catalogue::diagnostic::Place;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

/// One end of a window: a day, which counts whole and in UTC, or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// The first instant of what follows the bound: within the window at its beginning, outside of it
    /// at its end.
    instant: Timestamp,
    written: Written,
}

/// How a bound stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Day(Date),
    Instant(Offset),
}

impl Bound {
    /// Midnight at the beginning of a day, in UTC.
    #[must_use]
    pub fn first_day(day: Date) -> Self {
        Self { instant: midnight(day), written: Written::Day(day) }
    }

    /// Midnight at the end of a day, in UTC.
    #[must_use]
    pub fn last_day(day: Date) -> Self {
        let instant = day.tomorrow().map_or(Timestamp::MAX, midnight);
        Self { instant, written: Written::Day(day) }
    }

    /// An instant, shown in the offset in which it was written.
    #[must_use]
    pub fn instant(at: Timestamp, offset: Offset) -> Self {
        Self { instant: at, written: Written::Instant(offset) }
    }

    /// The first instant of what follows the bound: where it is the beginning of a window, the first
    /// within it; where it is the end, the first that is over.
    #[must_use]
    pub fn turns_at(&self) -> Timestamp {
        self.instant
    }

    /// The day, where it was written as one.
    #[must_use]
    pub fn day(&self) -> Option<Date> {
        match self.written {
            Written::Day(day) => Some(day),
            Written::Instant(_) => None,
        }
    }
}

fn midnight(day: Date) -> Timestamp {
    Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX)
}

impl fmt::Display for Bound {
    /// As it is written in the file: `2027-06-30` or `2027-06-30T18:00:00+02:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.written {
            Written::Day(day) => write!(f, "{day}"),
            Written::Instant(Offset::UTC) => write!(f, "{}", self.instant),
            Written::Instant(offset) => write!(f, "{}", self.instant.display_with_offset(offset)),
        }
    }
}

impl serde::Serialize for Bound {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// When something counts. A missing end is no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// When it begins; from then on it counts.
    pub not_before: Option<Bound>,
    /// When it ends; from then on it does not.
    pub expires: Option<Bound>,
}

/// Why a window is shut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shut {
    /// It has not begun.
    NotYet(Bound),
    /// It is over.
    NoLonger(Bound),
}

impl Window {
    /// The window that is always open.
    pub const ALWAYS: Self = Self { not_before: None, expires: None };

    /// Why it is shut at a time; none where it is open.
    #[must_use]
    pub fn shut_at(&self, now: Timestamp) -> Option<Shut> {
        let not_yet = self.not_before.filter(|bound| now < bound.instant).map(Shut::NotYet);
        let no_longer = || self.expires.filter(|bound| now >= bound.instant).map(Shut::NoLonger);
        not_yet.or_else(no_longer)
    }

    /// Whether it has neither beginning nor end.
    #[must_use]
    pub fn is_always_open(&self) -> bool {
        *self == Self::ALWAYS
    }

    /// Whether there is no instant at which it is open.
    pub(crate) fn is_never_open(&self) -> bool {
        let (Some(from), Some(until)) = (self.not_before, self.expires) else { return false };
        from.instant >= until.instant
    }
}

impl fmt::Display for Window {
    /// "not before 2026-12-01, expires 2027-06-30"; nothing for the window that is always open.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.not_before, self.expires) {
            (None, None) => Ok(()),
            (Some(from), None) => write!(f, "not before {from}"),
            (None, Some(until)) => write!(f, "expires {until}"),
            (Some(from), Some(until)) => write!(f, "not before {from}, expires {until}"),
        }
    }
}

impl fmt::Display for Shut {
    /// "not before 2026-12-01" or "expired on 2027-06-30".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotYet(bound) => write!(f, "not before {bound}"),
            Self::NoLonger(bound) => write!(f, "expired on {bound}"),
        }
    }
}

/// One end of an agent's term, and where its policy says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermBound {
    /// The day or instant.
    pub bound: Bound,
    /// Where the policy says so.
    pub place: Place,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn days_count_whole_and_in_utc() {
        let (from, until) =
            (Bound::first_day(day("2026-12-01")), Bound::last_day(day("2027-06-30")));
        let window = Window { not_before: Some(from), expires: Some(until) };
        let shut = |text| window.shut_at(at(text));
        assert_eq!(shut("2026-11-30T23:59:59.999999999Z"), Some(Shut::NotYet(from)));
        assert_eq!(shut("2026-12-01T00:00:00Z"), None);
        assert_eq!(shut("2027-06-30T23:59:59.999999999Z"), None);
        assert_eq!(shut("2027-07-01T00:00:00Z"), Some(Shut::NoLonger(until)));
        assert_eq!(shut("2027-07-01T01:59:59+02:00"), None, "it is still the last day in UTC");
    }

    #[test]
    fn an_instant_is_within_at_the_beginning_and_outside_at_the_end() {
        let bound = |text| Bound::instant(at(text), Offset::constant(1));
        let (from, until) =
            (bound("2026-12-01T08:00:00+01:00"), bound("2026-12-01T18:00:00+01:00"));
        let window = Window { not_before: Some(from), expires: Some(until) };
        let shut = |text| window.shut_at(at(text));
        assert_eq!(shut("2026-12-01T06:59:59.999999999Z"), Some(Shut::NotYet(from)));
        assert_eq!(shut("2026-12-01T07:00:00Z"), None);
        assert_eq!(shut("2026-12-01T16:59:59.999999999Z"), None);
        assert_eq!(shut("2026-12-01T17:00:00Z"), Some(Shut::NoLonger(until)));
        assert_eq!(
            window.to_string(),
            "not before 2026-12-01T08:00:00+01:00, expires 2026-12-01T18:00:00+01:00"
        );
    }

    #[test]
    fn a_window_of_one_day_opens_and_one_without_an_instant_does_not() {
        let days = |from, until| Window {
            not_before: Some(Bound::first_day(day(from))),
            expires: Some(Bound::last_day(day(until))),
        };
        assert!(!days("2026-12-01", "2026-12-01").is_never_open());
        assert!(days("2026-12-02", "2026-12-01").is_never_open());
        assert!(!Window::ALWAYS.is_never_open());
        let last = Window { expires: Some(Bound::last_day(day("9999-12-31"))), ..Window::ALWAYS };
        assert_eq!(last.shut_at(at("9999-12-30T00:00:00Z")), None);
    }
}
