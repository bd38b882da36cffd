//! How much an agent may ask in a time: the `[limits]` table. Read here, enforced by the gateway.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use catalogue::diagnostic::Place;
use catalogue::document::nearest;

/// The spans of time that a limit can be written with.
const UNITS: [(&str, Duration); 4] = [
    ("sec", Duration::from_secs(1)),
    ("min", Duration::from_mins(1)),
    ("hour", Duration::from_hours(1)),
    ("day", Duration::from_hours(24)),
];

/// The limits of one agent; what is not there is not limited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// How many requests it may make.
    pub requests: Option<RequestLimit>,
    /// How many requests it may have under way at once; the gateway has a limit for where this is none.
    pub in_flight: Option<InFlightLimit>,
}

impl Limits {
    /// No limits.
    pub(crate) const NONE: Self = Self { requests: None, in_flight: None };

    /// These, and where something is not limited the strictest that one of the others sets.
    pub(crate) fn or_strictest_of<'l>(
        self,
        others: impl Iterator<Item = &'l Self> + Clone,
    ) -> Self {
        let strictest = |one: &RequestLimit, other: &RequestLimit| one.allows_less_than(other);
        let requests = others.clone().filter_map(|limits| limits.requests.as_ref());
        let requests =
            requests.reduce(|one, other| if strictest(other, one) { other } else { one });
        let in_flight = others.filter_map(|limits| limits.in_flight.as_ref());
        let in_flight = in_flight.min_by_key(|limit| limit.most);
        Self {
            requests: self.requests.or_else(|| requests.cloned()),
            in_flight: self.in_flight.or_else(|| in_flight.cloned()),
        }
    }
}

/// So many requests at once, written `20`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InFlightLimit {
    /// How many; never zero.
    pub most: u32,
    /// Where the policy says so.
    pub place: Place,
}

/// So many requests in so much time, written `120/min`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLimit {
    /// How many; never zero.
    pub count: u32,
    /// In which time: a second, a minute, an hour or a day.
    pub per: Duration,
    /// Where the policy says so.
    pub place: Place,
}

impl RequestLimit {
    /// Reads `120/min`.
    pub(crate) fn parse(text: &str, place: Place) -> Result<Self, InvalidLimit> {
        let (count, unit) = text.split_once('/').ok_or(InvalidLimit::Form)?;
        Ok(Self { count: parse_count(count.trim())?, per: parse_unit(unit.trim())?, place })
    }

    /// Whether it allows less over time than another; or as much, but fewer at once.
    fn allows_less_than(&self, other: &Self) -> bool {
        let over_time = |count: u32, per: Duration| u128::from(count) * per.as_nanos();
        let (own, its) = (over_time(self.count, other.per), over_time(other.count, self.per));
        own < its || (own == its && self.count < other.count)
    }
}

impl fmt::Display for RequestLimit {
    /// As it is written in the file: `120/min`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS.iter().find(|(_, per)| *per == self.per) {
            Some((unit, _)) => write!(f, "{}/{unit}", self.count),
            None => write!(f, "{}/{}s", self.count, self.per.as_secs()),
        }
    }
}

fn parse_count(text: &str) -> Result<u32, InvalidLimit> {
    // Digits alone: the parser of the standard library would take `+5`.
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidLimit::Form);
    }
    let count: u32 = text.parse().map_err(|_| InvalidLimit::TooMany)?;
    NonZeroU32::new(count).map(NonZeroU32::get).ok_or(InvalidLimit::Zero)
}

fn parse_unit(text: &str) -> Result<Duration, InvalidLimit> {
    let found = UNITS.iter().find(|(unit, _)| *unit == text).map(|(_, per)| *per);
    found.ok_or_else(|| InvalidLimit::Unit {
        met: text.into(),
        nearest: nearest(text, UNITS.iter().map(|(unit, _)| *unit)),
    })
}

/// Why a text is no limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidLimit {
    /// It is not a number, a slash and a unit.
    #[error("a limit is a count, a slash and a unit of time")]
    Form,
    /// None at all: that is what leaving out every grant is for.
    #[error("a limit of zero would refuse every request")]
    Zero,
    /// Over four thousand million.
    #[error("the count of this limit is too large")]
    TooMany,
    /// Not one of the four units.
    #[error("`{met}` is no unit of time")]
    Unit {
        /// What was written.
        met: String,
        /// The unit that was probably meant.
        nearest: Option<&'static str>,
    },
}

impl InvalidLimit {
    /// What to write instead.
    pub(crate) fn help(&self) -> String {
        match self {
            Self::Form => r#"write it like "120/min"; the unit is sec, min, hour or day"#.into(),
            Self::Zero => "leave `requests` out, and grant the agent nothing".into(),
            Self::TooMany => "the largest count is 4294967295".into(),
            Self::Unit { nearest: Some(unit), .. } => format!("did you mean `{unit}`?"),
            Self::Unit { nearest: None, .. } => "the unit is sec, min, hour or day".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<RequestLimit, InvalidLimit> {
        RequestLimit::parse(text, Place { file: "policies/a.toml".into(), line: 9 })
    }

    #[test]
    fn a_limit_is_a_count_per_second_minute_hour_or_day() {
        for (text, count, seconds) in
            [("1/sec", 1, 1), ("120/min", 120, 60), ("9/hour", 9, 3600), ("5000/day", 5000, 86400)]
        {
            let limit = parse(text).unwrap();
            assert_eq!((limit.count, limit.per.as_secs()), (count, seconds));
            assert_eq!(limit.to_string(), text, "it prints as it was written");
        }
        assert_eq!(parse("120 / min").unwrap().to_string(), "120/min");
    }

    #[test]
    fn what_is_no_limit_is_refused_with_what_to_write_instead() {
        for text in ["", "120", "/min", "min/120", "-1/min", "+5/min", "1.5/min", "many/min"] {
            assert_eq!(parse(text), Err(InvalidLimit::Form), "{text}");
        }
        assert_eq!(parse("0/min"), Err(InvalidLimit::Zero));
        assert_eq!(parse("4294967296/min"), Err(InvalidLimit::TooMany));
        assert_eq!(parse("5/mins").unwrap_err().help(), "did you mean `min`?");
        assert_eq!(parse("5/fortnight").unwrap_err().help(), "the unit is sec, min, hour or day");
    }
}
