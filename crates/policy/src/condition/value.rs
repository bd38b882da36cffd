//! The values of a request, and how they compare.

use core::net::IpAddr;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use catalogue::{Json, Number};

/// A value while a condition is evaluated.
#[derive(Debug, Clone)]
pub(super) enum Value<'v> {
    Truth(bool),
    Number(Number),
    Text(Cow<'v, str>),
    Null,
    Address(IpAddr),
    List(&'v [Json]),
    Object(&'v BTreeMap<String, Json>),
}

impl<'v> Value<'v> {
    pub(super) fn of(json: &'v Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(truth) => Self::Truth(*truth),
            Json::Number(number) => Self::Number(*number),
            Json::Text(text) => Self::Text(Cow::Borrowed(text)),
            Json::List(items) => Self::List(items),
            Json::Object(fields) => Self::Object(fields),
        }
    }

    /// What kind of value it is, with its article.
    pub(super) fn a(&self) -> &'static str {
        match self {
            Self::Truth(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::Null => "null",
            Self::Address(_) => "an address",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    /// How it stands to another; none where the two are not of one kind, or have no order.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.compare(*other),
            (Self::Text(one), Self::Text(other)) => Some(one.as_bytes().cmp(other.as_bytes())),
            _ => None,
        }
    }

    /// Whether it is the same as another; none where the two are not of one kind.
    pub(super) fn equals(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Truth(one), Self::Truth(other)) => Some(one == other),
            _ => self.order(other).map(Ordering::is_eq),
        }
    }

    /// How many bytes a comparison looks at.
    pub(super) fn weight(&self) -> usize {
        if let Self::Text(text) = self { text.len() } else { 0 }
    }
}

/// A field that an object was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Met<'v> {
    /// It is there.
    There(&'v Json),
    /// It is not.
    Missing,
    /// A server might take another one for it, because that is the same but for its case or for blanks
    /// around it.
    Alike,
}

/// How much work it is to ask an object for a field: every key is looked at.
pub(super) fn work_of(fields: &BTreeMap<String, Json>) -> usize {
    fields.keys().map(|key| key.len() / 64).sum::<usize>() + fields.len() / 64
}

/// Asks an object for a field.
pub(super) fn field<'v>(fields: &'v BTreeMap<String, Json>, name: &str) -> Met<'v> {
    if fields.keys().any(|key| key.as_str() != name && is_alike(key, name)) {
        return Met::Alike;
    }
    fields.get(name).map_or(Met::Missing, Met::There)
}

fn is_alike(key: &str, name: &str) -> bool {
    if key.is_ascii() && name.is_ascii() && key.len() == name.len() {
        return key.eq_ignore_ascii_case(name);
    }
    let odd = |c: char| c.is_whitespace() || c.is_control();
    let is_plain =
        key.is_ascii() && name.is_ascii() && !key.starts_with(odd) && !key.ends_with(odd);
    !is_plain && folded(key.trim_matches(odd)).eq(folded(name.trim_matches(odd)))
}

/// A text without its cases, letter by letter and without a copy: the first that differs ends a
/// comparison. By way of the large letters, because those of the long s and the dotless i are ASCII.
fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_a_server_might_take_for_another_is_alike() {
        for key in ["Channel", "CHANNEL", " channel", "channel\0", "channel\u{a0}"] {
            assert!(is_alike(key, "channel"), "{key:?}");
        }
        // The Kelvin sign is a `k` where case does not count.
        assert!(is_alike("\u{212a}ind", "kind"));
        // So are the long s, the dotless i, and a sigma at the end of a word.
        assert!(is_alike("\u{17f}tatus", "status"));
        assert!(is_alike("pr\u{131}or\u{131}ty", "priority"));
        assert!(is_alike("\u{39f}\u{3a3}", "\u{3bf}\u{3c2}"));
        for key in ["channels", "chan nel", "hannel", "", "kanal"] {
            assert!(!is_alike(key, "channel"), "{key:?}");
        }
    }
}
