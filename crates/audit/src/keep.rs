//! For how long records are kept.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde::de::{Deserializer, Unexpected, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::RecordId;

const HOUR: i64 = 3_600;

/// A span of whole hours, at least one, such as `400d`; a day is 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep(SignedDuration);

impl Keep {
    /// The first instant from which records are kept.
    #[must_use]
    pub fn since(self, now: Timestamp) -> Timestamp {
        now.saturating_sub(self.0).unwrap_or(Timestamp::MIN)
    }

    /// The id before which records are not kept.
    #[must_use]
    pub fn before(self, now: Timestamp) -> RecordId {
        RecordId::floor(self.since(now))
    }
}

impl FromStr for Keep {
    type Err = NotASpan;

    fn from_str(text: &str) -> Result<Self, NotASpan> {
        let span: Span = text.trim().parse().map_err(|_| NotASpan)?;
        // Months and years have no fixed length, so they are none.
        let span = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| NotASpan)?;
        let whole_hours = span.subsec_nanos() == 0 && span.as_secs() % HOUR == 0;
        if span.as_secs() < HOUR || !whole_hours {
            return Err(NotASpan);
        }
        Ok(Self(span))
    }
}

impl fmt::Display for Keep {
    /// `400 days`, `1 hour`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = self.0.as_secs() / HOUR;
        let (count, unit) = if hours % 24 == 0 { (hours / 24, "day") } else { (hours, "hour") };
        let plural = if count == 1 { "" } else { "s" };
        write!(f, "{count} {unit}{plural}")
    }
}

impl Serialize for Keep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Keep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Reader)
    }
}

struct Reader;

impl Visitor<'_> for Reader {
    type Value = Keep;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SPAN)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Keep, E> {
        text.parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

const SPAN: &str = "days or whole hours, such as \"400d\" or \"36h\"";

/// The text is no span for which records could be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {SPAN}")]
pub struct NotASpan;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, said: &str) {
        assert_eq!(text.parse::<Keep>().unwrap().to_string(), said);
    }

    #[test]
    fn days_and_hours_are_spans() {
        check("400d", "400 days");
        check(" 1d ", "1 day");
        check("24h", "1 day");
        check("36h", "36 hours");
        check("1 hour", "1 hour");
        check("52w", "364 days");
    }

    #[test]
    fn what_is_no_span_of_whole_hours_is_refused() {
        for text in ["", "400", "0d", "-400d", "30m", "1h30m", "1mo", "1y", "for ever"] {
            assert_eq!(text.parse::<Keep>(), Err(NotASpan), "{text}");
        }
    }

    #[test]
    fn what_is_kept_begins_so_long_ago() {
        let now: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
        let keep: Keep = "400d".parse().unwrap();
        assert_eq!(keep.since(now).to_string(), "2025-10-20T09:00:00Z");
        assert_eq!(keep.before(now), RecordId::floor(keep.since(now)));
        let ever: Keep = "5000000d".parse().unwrap();
        assert_eq!(ever.since(now), Timestamp::MIN);
    }
}
