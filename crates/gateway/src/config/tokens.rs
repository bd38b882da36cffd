//! `[tokens]`: when to warn of their end, and how long those may last that a gateway signs.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde::Deserialize;
use serde::de::{Deserializer, Unexpected, Visitor};

/// `[tokens]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokenSettings {
    /// Days before the end of a token in which it is warned of; none for no warnings.
    pub warn_days: u32,
    /// The longest that a minted token may last.
    pub longest_ttl: Ttl,
}

impl Default for TokenSettings {
    fn default() -> Self {
        Self { warn_days: 14, longest_ttl: Ttl(SignedDuration::from_hours(24)) }
    }
}

impl TokenSettings {
    /// Tokens that end before this instant are warned of.
    #[must_use]
    pub fn warn_before(&self, now: Timestamp) -> Timestamp {
        let days = SignedDuration::from_hours(i64::from(self.warn_days) * 24);
        now.saturating_add(days).unwrap_or(Timestamp::MAX)
    }
}

/// How long a minted token lasts: whole seconds, more than none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ttl(SignedDuration);

impl Ttl {
    /// So long.
    #[must_use]
    pub fn duration(self) -> SignedDuration {
        self.0
    }
}

impl FromStr for Ttl {
    type Err = NotATtl;

    fn from_str(text: &str) -> Result<Self, NotATtl> {
        let span: Span = text.trim().parse().map_err(|_| NotATtl)?;
        // Months and years have no fixed length, so they are none.
        let span = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| NotATtl)?;
        let whole = span.subsec_nanos() == 0 && span.as_secs() > 0;
        if whole { Ok(Self(span)) } else { Err(NotATtl) }
    }
}

impl fmt::Display for Ttl {
    /// `24h`, `1h 30m`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl<'de> Deserialize<'de> for Ttl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Reader)
    }
}

struct Reader;

impl Visitor<'_> for Reader {
    type Value = Ttl;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(TTL)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Ttl, E> {
        text.parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

const TTL: &str = "a time such as \"24h\" or \"30m\"";

/// The text is no time for which a token could last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {TTL}")]
pub struct NotATtl;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ttl_is_so_many_whole_seconds() {
        for (text, seconds) in [("24h", 86_400), ("30m", 1_800), ("90s", 90), ("1d", 86_400)] {
            assert_eq!(text.parse::<Ttl>().unwrap().duration().as_secs(), seconds, "{text}");
        }
        assert_eq!("90m".parse::<Ttl>().unwrap().to_string(), "1h 30m");
    }

    #[test]
    fn what_lasts_not_at_all_or_for_an_unclear_time_is_none() {
        for text in ["", "0s", "-1h", "24", "1mo", "1y", "500ms", "1h ago", "soon"] {
            assert_eq!(text.parse::<Ttl>(), Err(NotATtl), "{text}");
        }
    }

    #[test]
    fn tokens_are_warned_of_so_many_days_before_they_end() {
        let now: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
        let settings = TokenSettings::default();
        assert_eq!(settings.warn_before(now).to_string(), "2026-12-08T09:00:00Z");
        let ever = TokenSettings { warn_days: u32::MAX, ..settings };
        assert_eq!(ever.warn_before(now), Timestamp::MAX);
    }
}
