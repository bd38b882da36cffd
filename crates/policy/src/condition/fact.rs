//! The names that a condition may use, each with its kind and the values that it can have.
//!
//! To add a fact: a variant here, its line in [`Fact::ALL`], and its value in `evaluate.rs`, which the
//! compiler asks for; then docs/policies.md.

use catalogue::Catalogue;
use catalogue::document::nearest;

use super::kind::Kind;

/// Something that is known of every request, beside what its path, query and body say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fact {
    AgentId,
    AgentName,
    AgentOwner,
    Method,
    Operation,
    Resource,
    Address,
    Hour,
    Minute,
    Weekday,
    Day,
    Month,
    Year,
    Date,
    Clock,
}

/// The days as `time.weekday` names them.
pub(super) const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The methods that the catalogue knows.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

impl Fact {
    /// Every fact with what it is a member of and its name there.
    pub(super) const ALL: [(&'static str, &'static str, Self); 15] = [
        ("agent", "id", Self::AgentId),
        ("agent", "name", Self::AgentName),
        ("agent", "owner", Self::AgentOwner),
        ("request", "method", Self::Method),
        ("request", "operation", Self::Operation),
        ("request", "resource", Self::Resource),
        ("request", "address", Self::Address),
        ("time", "hour", Self::Hour),
        ("time", "minute", Self::Minute),
        ("time", "weekday", Self::Weekday),
        ("time", "day", Self::Day),
        ("time", "month", Self::Month),
        ("time", "year", Self::Year),
        ("time", "date", Self::Date),
        ("time", "clock", Self::Clock),
    ];

    pub(super) fn kind(self) -> Kind {
        match self {
            Self::AgentId
            | Self::AgentName
            | Self::AgentOwner
            | Self::Method
            | Self::Operation
            | Self::Resource
            | Self::Weekday
            | Self::Date
            | Self::Clock => Kind::Text,
            Self::Hour | Self::Minute | Self::Day | Self::Month | Self::Year => Kind::Number,
            Self::Address => Kind::Address,
        }
    }

    /// What to write instead of `<` and `>`, where the order of this fact's texts would be that of their
    /// letters: friday is before monday by it.
    pub(super) fn refuses_order(self) -> Option<&'static str> {
        match self {
            Self::Weekday => Some("name the days: time.weekday in [\"monday\", \"tuesday\"]"),
            Self::Method => Some("name the methods: request.method in [\"GET\", \"POST\"]"),
            Self::Operation | Self::Resource => Some("write those that may be: ... in [\"...\"]"),
            Self::AgentId
            | Self::AgentName
            | Self::AgentOwner
            | Self::Address
            | Self::Hour
            | Self::Minute
            | Self::Day
            | Self::Month
            | Self::Year
            | Self::Date
            | Self::Clock => None,
        }
    }

    /// Why a number that is compared with this fact makes no sense, if it is one that it never has.
    pub(super) fn refuses_number(self, number: i64) -> Option<String> {
        let (least, most) = match self {
            Self::Hour => (0, 23),
            Self::Minute => (0, 59),
            Self::Day => (1, 31),
            Self::Month => (1, 12),
            Self::AgentId
            | Self::AgentName
            | Self::AgentOwner
            | Self::Method
            | Self::Operation
            | Self::Resource
            | Self::Address
            | Self::Weekday
            | Self::Year
            | Self::Date
            | Self::Clock => return None,
        };
        (!(least..=most).contains(&number)).then(|| format!("it goes from {least} to {most}"))
    }

    /// Why a text that is compared with this fact makes no sense, if it is one that it never has.
    pub(super) fn refuses_text(self, text: &str, catalogue: &Catalogue) -> Option<String> {
        match self {
            Self::Weekday => one_of(text, &WEEKDAYS),
            Self::Method => one_of(text, &METHODS),
            Self::Operation => {
                let names = || catalogue.operations().map(|it| it.id().as_str());
                unknown(text, catalogue.operation(text).is_some(), names)
            }
            Self::Resource => {
                let names = || catalogue.resources().map(|it| it.id().as_str());
                unknown(text, catalogue.resource(text).is_some(), names)
            }
            Self::Clock => (!is_clock(text)).then(|| {
                "it goes from \"00:00\" to \"23:59\", with two digits each, such as \"09:30\""
                    .to_owned()
            }),
            Self::Date => (text.len() != 10 || text.parse::<jiff::civil::Date>().is_err())
                .then(|| "write it as year, month and day, such as \"2026-11-24\"".to_owned()),
            Self::AgentId
            | Self::AgentName
            | Self::AgentOwner
            | Self::Address
            | Self::Hour
            | Self::Minute
            | Self::Day
            | Self::Month
            | Self::Year => None,
        }
    }
}

fn one_of(text: &str, words: &[&'static str]) -> Option<String> {
    if words.contains(&text) {
        return None;
    }
    let same = words.iter().find(|word| word.eq_ignore_ascii_case(text)).copied();
    let near = same.or_else(|| nearest(text, words.iter().copied()));
    Some(near.map_or_else(
        || format!("it is one of {}", words.join(", ")),
        |word| format!("did you mean \"{word}\"?"),
    ))
}

fn unknown<'c, I: Iterator<Item = &'c str>>(
    text: &str,
    is_known: bool,
    names: impl Fn() -> I,
) -> Option<String> {
    if is_known {
        return None;
    }
    Some(nearest(text, names()).map_or_else(
        || "`kustodian catalogue list` shows every name".to_owned(),
        |name| format!("did you mean \"{name}\"?"),
    ))
}

/// `hh:mm`.
fn is_clock(text: &str) -> bool {
    let [a, b, b':', c, d] = text.as_bytes() else { return false };
    let digits = [a, b, c, d].iter().all(|digit| digit.is_ascii_digit());
    digits && text < "24:00" && *c < b'6'
}
