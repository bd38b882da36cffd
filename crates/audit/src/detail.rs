//! What a record has to say beyond its sentence: JSON, which is kept as the text that it is.
//!
//! It can be long: the outline of ten thousand policies has megabytes. As a tree of values it would take
//! ten times the memory of its text, at every start of a gateway, for as long as it takes to write it.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserializer as _, Serialize, Serializer};
use serde_json::Value;

/// JSON, as text.
#[derive(Clone, PartialEq, Eq)]
pub struct Detail(Box<str>);

impl Detail {
    /// What a value is as JSON; null where it cannot be.
    #[must_use]
    pub fn of<T: Serialize>(value: &T) -> Self {
        Self(serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()).into())
    }

    /// A text that may be JSON.
    pub fn read(text: &str) -> Result<Self, NotJson> {
        // Read to its end, so that what is passed on as JSON is JSON.
        serde_json::from_str::<IgnoredAny>(text).map_err(NotJson)?;
        Ok(Self(text.into()))
    }

    /// An object of these parts, each under its name.
    #[must_use]
    pub fn object<'n>(parts: impl IntoIterator<Item = (&'n str, Self)>) -> Self {
        let parts: Vec<_> = parts.into_iter().map(|(name, part)| (Self::of(&name), part)).collect();
        let length =
            parts.iter().map(|(name, part)| name.0.len() + part.0.len() + 2).sum::<usize>();
        // All of it at once: a part can be megabytes.
        let mut text = String::with_capacity(length + 2);
        text.push('{');
        for (name, part) in parts {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(&name.0);
            text.push(':');
            text.push_str(&part.0);
        }
        text.push('}');
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// All of it as a tree of values.
    #[must_use]
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// What stands under a name, without making values of the rest; none where nothing does, or something
    /// else than is asked for.
    #[must_use]
    pub fn part<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let part = Part { name, made: PhantomData };
        serde_json::Deserializer::from_str(&self.0).deserialize_map(part).ok()
    }
}

/// As it is written.
impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

/// The text is no JSON.
#[derive(Debug, thiserror::Error)]
#[error("no JSON")]
pub struct NotJson(#[source] serde_json::Error);

/// Looks for one name of an object.
struct Part<'n, T> {
    name: &'n str,
    made: PhantomData<T>,
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Part<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with `{}`", self.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut parts: A) -> Result<T, A::Error> {
        let mut found = None;
        while let Some(name) = parts.next_key::<String>()? {
            if name == self.name {
                found = Some(parts.next_value()?);
            } else {
                parts.next_value::<IgnoredAny>()?;
            }
        }
        found.ok_or_else(|| A::Error::custom("it is not there"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_part_is_found_by_its_name_and_by_no_other() {
        let detail = Detail::of(&json!({ "a": [1, { "b": 2 }], "b": { "a": 3 }, "c": null }));
        assert_eq!(detail.part::<Value>("a"), Some(json!([1, { "b": 2 }])));
        assert_eq!(detail.part::<Value>("b"), Some(json!({ "a": 3 })));
        assert_eq!(detail.part::<String>("a"), None);
        assert_eq!(detail.part::<Value>("d"), None);
        assert_eq!(Detail::of(&json!(["a"])).part::<Value>("a"), None);
    }

    #[test]
    fn an_object_is_of_its_parts() {
        let parts = [("a", Detail::of(&[1, 2])), ("\"b", Detail::of(&"x"))];
        assert_eq!(Detail::object(parts).value(), json!({ "a": [1, 2], "\"b": "x" }));
        assert_eq!(Detail::object([]).value(), json!({}));
    }

    #[test]
    fn what_is_read_is_what_was_written_and_no_json_is_not_read() {
        let detail = Detail::of(&json!({ "z": 1.5, "a": "ä" }));
        assert_eq!(detail.to_string(), r#"{"z":1.5,"a":"ä"}"#);
        assert_eq!(Detail::read(detail.as_str()).unwrap(), detail);
        Detail::read(r#"{"a":1"#).unwrap_err();
        Detail::read("{} {}").unwrap_err();
        assert_eq!(serde_json::to_value(&detail).unwrap(), detail.value());
    }
}
