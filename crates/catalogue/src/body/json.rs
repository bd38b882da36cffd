//! JSON, read so strictly that no two readers could differ.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{BodyDefect, DEEPEST, Number};

/// A JSON value. No object has a key twice.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string, with its escapes resolved.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object.
    Object(BTreeMap<String, Json>),
}

impl Json {
    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// Reads a whole document.
pub(super) fn read(bytes: &[u8]) -> Result<Json, BodyDefect> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(BodyDefect::ByteOrderMark);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| BodyDefect::NotUtf8)?;
    let fault = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    // The bound of the reader itself is another one; this one is ours, and says so.
    let json = Node { depth: 0, fault: &fault }.deserialize(&mut reader);
    let json = json.map_err(|_| fault.take().unwrap_or(BodyDefect::NotJson))?;
    reader.end().map_err(|_| BodyDefect::TrailingBytes)?;
    Ok(json)
}

/// A value at a depth. What is refused although it is JSON is put into `fault`.
#[derive(Clone, Copy)]
struct Node<'f> {
    depth: usize,
    fault: &'f RefCell<Option<BodyDefect>>,
}

impl Node<'_> {
    fn refuse<E: Error>(self, defect: BodyDefect) -> E {
        self.fault.replace(Some(defect));
        E::custom("refused")
    }

    fn inner<E: Error>(self) -> Result<Self, E> {
        if self.depth >= DEEPEST {
            return Err(self.refuse(BodyDefect::TooDeep));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Json, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(Number::of_whole(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        let whole = i64::try_from(value).map_or(Number::Unclear, Number::of_whole);
        Ok(Json::Number(whole))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(Number::of_double(value)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let inner = self.inner()?;
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json, A::Error> {
        let inner = self.inner()?;
        let mut fields = BTreeMap::new();
        while let Some(key) = object.next_key::<String>()? {
            if is_of_the_language(&key) {
                return Err(self.refuse(BodyDefect::ForbiddenKey));
            }
            let value = object.next_value_seed(inner)?;
            if fields.insert(key, value).is_some() {
                return Err(self.refuse(BodyDefect::DuplicateKey));
            }
        }
        if changes_prototypes(&fields) {
            return Err(self.refuse(BodyDefect::ForbiddenKey));
        }
        Ok(Json::Object(fields))
    }
}

/// Keys by which a server in JavaScript may be made to see fields that are not there.
fn is_of_the_language(key: &str) -> bool {
    key == "__proto__"
}

fn changes_prototypes(fields: &BTreeMap<String, Json>) -> bool {
    match fields.get("constructor") {
        Some(Json::Object(inner)) => inner.contains_key("prototype"),
        Some(Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::List(_))
        | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, expected: &BodyDefect) {
        assert_eq!(read(text.as_bytes()).as_ref(), Err(expected), "{text}");
    }

    #[test]
    fn a_key_twice_is_refused_at_any_depth_and_however_it_is_spelled() {
        refused(r#"{"a":1,"a":2}"#, &BodyDefect::DuplicateKey);
        refused(r#"{"deleted":false,"\u0064eleted":true}"#, &BodyDefect::DuplicateKey);
        refused(r#"[{"a":[{"b":{},"b":{}}]}]"#, &BodyDefect::DuplicateKey);
        read(br#"[{"a":1},{"a":2}]"#).unwrap();
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        read(nested(DEEPEST).as_bytes()).unwrap();
        refused(&nested(DEEPEST + 1), &BodyDefect::TooDeep);
        refused(&nested(100_000), &BodyDefect::TooDeep);
    }

    #[test]
    fn what_is_not_one_document_of_utf8_is_refused() {
        refused("\u{feff}{}", &BodyDefect::ByteOrderMark);
        refused("{} {}", &BodyDefect::TrailingBytes);
        refused("{}\0", &BodyDefect::TrailingBytes);
        for text in ["{", "{a:1}", "{'a':1}", "[1,]", "NaN", "// x\n{}", r#"{"a":"\ud800"}"#, "01"]
        {
            let found = read(text.as_bytes()).unwrap_err();
            assert!(matches!(found, BodyDefect::NotJson | BodyDefect::TrailingBytes), "{text}");
        }
        assert_eq!(read(b"{\"a\":\"\xff\"}"), Err(BodyDefect::NotUtf8));
        assert_eq!(read(b"\xff\xfe{\0}\0"), Err(BodyDefect::NotUtf8));
    }

    #[test]
    fn keys_that_mean_something_to_the_language_behind_are_refused() {
        refused(r#"{"__proto__":{"deleted":true}}"#, &BodyDefect::ForbiddenKey);
        refused(r#"{"custom":{"\u005f_proto__":1}}"#, &BodyDefect::ForbiddenKey);
        refused(r#"{"constructor":{"prototype":{}}}"#, &BodyDefect::ForbiddenKey);
        read(br#"{"constructor":"Ferrari"}"#).unwrap();
    }
}
