//! Times as people write them: `2h`, `yesterday`, `2027-01-31`, or exactly.

use gateway::clock::{Clock as _, SystemClock};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, ZonedDateTime};

/// This instant to the microsecond, as the store keeps it: what is told of it is then what is kept.
pub(crate) fn now() -> Timestamp {
    let now = SystemClock.now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

/// An instant in the past: so long ago (`2h`, `3d`), a day, a local time, or an RFC 3339 instant.
///
/// A day means its first instant, where `now` is.
pub(crate) fn instant(text: &str, now: &ZonedDateTime) -> Result<Timestamp, NotATime> {
    let text = text.trim();
    let zone = now.time_zone();
    if let Some(day) = named_day(text, now) {
        return start_of(day, zone).ok_or_else(|| NotATime::instant(text));
    }
    if let Some(duration) = duration(text) {
        let past = now.timestamp().saturating_sub(duration.abs());
        return past.map_err(|_| NotATime::instant(text));
    }
    if text.contains('[') {
        // Its zone must be one: what else could be read of it is another time than what was meant.
        let there = text.parse::<ZonedDateTime>();
        let wrong =
            |why: jiff::Error| NotATime::Place { text: text.to_owned(), why: why.to_string() };
        return there.map(|there| there.timestamp()).map_err(wrong);
    }
    exact(text, zone).ok_or_else(|| NotATime::instant(text))
}

/// The end of a term: so long from `now` (`90d`), an RFC 3339 instant, or a last day, which ends
/// with its midnight in UTC, as in a policy.
pub(crate) fn expiry(text: &str, now: Timestamp) -> Result<Timestamp, NotATime> {
    let text = text.trim();
    let end = match (duration(text), text.parse::<Date>()) {
        (Some(duration), _) => now.saturating_add(duration).ok(),
        (None, Ok(day)) if text.len() == DATE_LENGTH => {
            day.tomorrow().ok().and_then(|next| start_of(next, &TimeZone::UTC))
        }
        (None, _) => text.parse().ok(),
    };
    let end = end.ok_or_else(|| NotATime::Expiry { text: text.to_owned() })?;
    if end <= now {
        return Err(NotATime::Past { text: text.to_owned(), end });
    }
    Ok(end)
}

/// So long: `24h`, `3d`, `0s`.
pub(crate) fn length(text: &str) -> Result<SignedDuration, NotATime> {
    let length = duration(text.trim()).filter(|length| !length.is_negative());
    length.ok_or_else(|| NotATime::Length { text: text.to_owned() })
}

/// A time for people, in a zone: `2026-11-23 19:04:05`.
pub(crate) fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Of `2027-01-31`. The parser for dates also takes longer texts and drops their times.
const DATE_LENGTH: usize = 10;

fn named_day(text: &str, now: &ZonedDateTime) -> Option<Date> {
    match text {
        "today" => Some(now.date()),
        "yesterday" => now.date().yesterday().ok(),
        _ if text.len() == DATE_LENGTH => text.parse().ok(),
        _ => None,
    }
}

fn start_of(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    let midnight = day.to_datetime(Time::midnight());
    midnight.to_zoned_datetime(zone.clone()).ok().map(|start| start.timestamp())
}

/// `2h`, `3d`, `1h30m`. A day is 24 hours; months and years have no fixed length, so they are none.
fn duration(text: &str) -> Option<SignedDuration> {
    let span: Span = text.parse().ok()?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

/// An instant with its offset, or else a local time of the zone.
fn exact(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    let local: DateTime = text.parse().ok()?;
    local.to_zoned_datetime(zone.clone()).ok().map(|at| at.timestamp())
}

/// Why a text is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotATime {
    #[error(
        "`{text}` is no time; write 2h, 3d, today, yesterday, 2027-01-31, 2027-01-31T09:00 or 2027-01-31T09:00:00Z"
    )]
    Instant { text: String },
    #[error(
        "`{text}` is no time of any place: {why}; write it as 2027-01-31T09:00[Europe/Berlin], or with an offset alone, 2027-01-31T09:00-05:00"
    )]
    Place { text: String, why: String },
    #[error(
        "`{text}` is no time at which something ends; write 90d, 12h, 2027-01-31 (its last day) or 2027-01-31T09:00:00Z"
    )]
    Expiry { text: String },
    #[error("`{text}` is no length of time; write 24h, 3d, 30m or 0s")]
    Length { text: String },
    #[error("`{text}` is over already ({end:.0})")]
    Past { text: String, end: Timestamp },
    #[error(
        "nothing lies between {since:.0} and {until:.0}: --since is after --until, or after now"
    )]
    EndsFirst { since: Timestamp, until: Timestamp },
}

impl NotATime {
    fn instant(text: &str) -> Self {
        Self::Instant { text: text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Monday evening, an hour ahead of UTC.
    fn now() -> ZonedDateTime {
        "2026-11-23T19:00:00+01:00[+01:00]".parse().unwrap()
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(instant(text, &now()).unwrap().to_string(), expected, "{text}");
    }

    #[test]
    fn a_span_is_so_long_ago() {
        check("2h", "2026-11-23T16:00:00Z");
        check("3d", "2026-11-20T18:00:00Z");
        check("90m", "2026-11-23T16:30:00Z");
        check("1h30m", "2026-11-23T16:30:00Z");
        check("2h ago", "2026-11-23T16:00:00Z");
    }

    #[test]
    fn a_day_is_its_first_instant_here() {
        check("today", "2026-11-22T23:00:00Z");
        check("yesterday", "2026-11-21T23:00:00Z");
        check("2026-11-20", "2026-11-19T23:00:00Z");
    }

    #[test]
    fn a_time_without_an_offset_is_local_and_one_with_it_is_exact() {
        check("2026-11-20T10:00", "2026-11-20T09:00:00Z");
        check("2026-11-20 10:00:30", "2026-11-20T09:00:30Z");
        check("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z");
        check("2026-11-20T10:00:00-05:00", "2026-11-20T15:00:00Z");
        check("2026-11-20T10:00[-05:00]", "2026-11-20T15:00:00Z");
    }

    #[test]
    fn a_time_of_a_place_must_be_one_there() {
        check("2026-11-24T21:58[Europe/Berlin]", "2026-11-24T20:58:00Z");
        check("2026-11-24T21:58+01:00[Europe/Berlin]", "2026-11-24T20:58:00Z");
        for (text, word) in [
            ("2026-11-24T21:58[Mars/X]", "Mars/X"),
            ("2026-11-24T21:58Z[Mars/X]", "Mars/X"),
            ("2026-11-24T21:58-05:00[Europe/Berlin]", "offset"),
            ("2026-11-24[", "write it as"),
        ] {
            let failure = instant(text, &now()).unwrap_err();
            assert!(matches!(failure, NotATime::Place { .. }), "{text}: {failure}");
            assert!(failure.to_string().contains(word), "{text}: {failure}");
        }
    }

    #[test]
    fn what_is_no_time_is_told_how_to_write_one() {
        for text in ["", "soon", "5", "2 parsecs", "2mo", "1y", "2026-13-01", "2026-02-30"] {
            let failure = instant(text, &now()).unwrap_err().to_string();
            assert!(failure.contains("write 2h, 3d, today"), "{text}: {failure}");
        }
    }

    #[test]
    fn an_expiry_is_so_long_from_now_or_through_its_last_day() {
        let now = now().timestamp();
        let expiry = |text| expiry(text, now).unwrap().to_string();
        assert_eq!(expiry("90d"), "2027-02-21T18:00:00Z");
        assert_eq!(expiry("2027-01-31"), "2027-02-01T00:00:00Z");
        assert_eq!(expiry("2027-01-31T09:00:00Z"), "2027-01-31T09:00:00Z");
    }

    #[test]
    fn a_length_is_no_less_than_nothing() {
        assert_eq!(length("24h").unwrap(), length(" 1d ").unwrap());
        assert_eq!(length("0s").unwrap(), SignedDuration::ZERO);
        for text in ["", "24", "-1h", "1h ago", "1mo", "tomorrow"] {
            assert!(matches!(length(text), Err(NotATime::Length { .. })), "{text}");
        }
    }

    #[test]
    fn an_expiry_that_is_over_or_unclear_is_refused() {
        let now = now().timestamp();
        for text in ["2026-11-22", "2020-01-01T00:00:00Z", "0d", "-3d", "3d ago"] {
            assert!(matches!(expiry(text, now), Err(NotATime::Past { .. })), "{text}");
        }
        for text in ["1y", "3mo", "never", "2027-01-31T09:00"] {
            assert!(matches!(expiry(text, now), Err(NotATime::Expiry { .. })), "{text}");
        }
    }
}
