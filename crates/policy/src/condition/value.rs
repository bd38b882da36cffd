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
    !is_plain && key.trim_matches(odd).to_lowercase() == name.trim_matches(odd).to_lowercase()
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
        for key in ["channels", "chan nel", "hannel", "", "kanal"] {
            assert!(!is_alike(key, "channel"), "{key:?}");
        }
    }
}
