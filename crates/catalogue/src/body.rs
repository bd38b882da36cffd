//! The body of a request, read strictly: one meaning, or none.
//!
//! What two JSON parsers could read in two ways (a key twice, a byte order mark, bytes behind the end)
//! is refused, so that what was judged is what Kustomer will see. A patch in the array shape of RFC 6902
//! is read for the fields that its operations touch.

mod defect;
mod json;
mod number;
mod patch;

use std::collections::BTreeMap;
use std::fmt;
use std::slice;
use std::sync::Arc;

pub use defect::BodyDefect;
pub use json::Json;
pub use number::Number;

/// How deep objects and lists may be nested.
pub(crate) const DEEPEST: usize = 64;

/// How many records one body may list.
pub(crate) const MOST_ITEMS: usize = 100;

/// The fields behind which an answer of Kustomer's has those of a record.
pub(crate) const WRAPPINGS: [&str; 2] = ["attributes", "relationships"];

/// A request's body, read. It is cheap to clone.
#[derive(Clone)]
pub struct Body(Option<Arc<Json>>);

/// Whether there is one, and nothing of what it says: that is the customer's.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "Body(none)" } else { "Body(..)" })
    }
}

impl Body {
    /// Reads the bytes of a body. No bytes are a body too: one that names nothing.
    pub fn read(bytes: &[u8]) -> Result<Self, BodyDefect> {
        if bytes.is_empty() {
            return Ok(Self::empty());
        }
        json::read(bytes).map(|json| Self(Some(Arc::new(json))))
    }

    /// The body of a request that has none.
    #[must_use]
    pub fn empty() -> Self {
        Self(None)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// What it says; none where there is no body.
    #[must_use]
    pub fn json(&self) -> Option<&Json> {
        self.0.as_deref()
    }
}

/// What a body is to be. Anything else is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `object`: one object; for a PATCH also a list of patch operations.
    Object,
    /// `list`: a list of at most 100 objects, or one object where `?ids=` names the records.
    List,
    /// `names`: a list of strings.
    Names,
    /// `any`: any JSON; only checked for being clear.
    Any,
}

/// What is done with the body of an operation's requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyUse {
    /// It is passed on as it comes: nothing in it could demand more.
    Streamed,
    /// There must be none.
    Refused,
    /// It is read before the decision.
    Read(Shape),
}

/// A field of a body and its value; none where the body does not say which value it will have.
pub(crate) type Field<'b> = (&'b str, Option<&'b Json>);

/// The records that a body speaks of, each with the fields that it gives.
#[derive(Debug, Default)]
pub(crate) struct Items<'b> {
    pub(crate) records: Vec<Vec<Field<'b>>>,
    /// Whether it is a list of records, and not one.
    pub(crate) listed: bool,
    /// Whether it puts a whole record in the place of another.
    pub(crate) replaces: bool,
}

impl<'b> Items<'b> {
    /// Every field of every record.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field<'b>> {
        self.records.iter().flatten()
    }

    /// What a body of this shape speaks of. `patches` is whether it may be a list of patch operations,
    /// `by_ids` whether the query names the records, so that one object is a change for all of them.
    pub(crate) fn of(
        body: &'b Body,
        shape: Shape,
        patches: bool,
        by_ids: bool,
    ) -> Result<Self, BodyDefect> {
        let Some(json) = body.json() else { return Ok(Self::default()) };
        check_wrapping(json)?;
        let items = Self::of_json(json, shape, patches, by_ids)?;
        // A patch may put a wrapping where there is none yet.
        if items.fields().any(|(name, value)| *name == "data" && value.is_some_and(wraps)) {
            return Err(BodyDefect::Wrapped);
        }
        Ok(items)
    }

    fn of_json(
        json: &'b Json,
        shape: Shape,
        patches: bool,
        by_ids: bool,
    ) -> Result<Self, BodyDefect> {
        match (shape, json) {
            (Shape::Any, _) => Ok(Self::default()),
            (Shape::Names, Json::List(names)) if names.iter().all(Json::is_text) => {
                Ok(Self::default())
            }
            (Shape::Names, _) => Err(BodyDefect::NoNames),
            (Shape::Object, Json::Object(fields)) => Ok(Self::one(fields)),
            (Shape::Object, Json::List(operations)) if patches => patch::read(operations),
            (Shape::Object, _) => Err(BodyDefect::NoObject),
            (Shape::List, Json::Object(fields)) if by_ids => Ok(Self::one(fields)),
            (Shape::List, Json::List(items)) if !by_ids => Self::list(items),
            (Shape::List, _) => Err(BodyDefect::NoList),
        }
    }

    fn one(fields: &'b BTreeMap<String, Json>) -> Self {
        Self { records: vec![fields_of(fields)], ..Self::default() }
    }

    fn list(items: &'b [Json]) -> Result<Self, BodyDefect> {
        if items.len() > MOST_ITEMS {
            return Err(BodyDefect::TooManyItems);
        }
        let items = items.iter().map(|item| match item {
            Json::Object(fields) => Ok(fields_of(fields)),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::List(_) => {
                Err(BodyDefect::NoList)
            }
        });
        Ok(Self { records: items.collect::<Result<_, _>>()?, listed: true, replaces: false })
    }
}

fn fields_of(fields: &BTreeMap<String, Json>) -> Vec<Field<'_>> {
    fields.iter().map(|(name, value)| (name.as_str(), Some(value))).collect()
}

/// Checks a body of which no shape is known: that its fields stand where they seem to.
pub(crate) fn check_fields(json: &Json) -> Result<(), BodyDefect> {
    check_wrapping(json)?;
    for fields in each(json) {
        check_keys(fields.keys().map(String::as_str))?;
    }
    Ok(())
}

/// Refuses keys by which a server could be led to another field or another method.
pub(crate) fn check_keys<'k>(keys: impl Iterator<Item = &'k str>) -> Result<(), BodyDefect> {
    for key in keys {
        if key == "_method" {
            return Err(BodyDefect::MethodOverride);
        }
        // A database behind Kustomer might take `$set` for an order of its own, and `roles.0` for a way
        // into the field `roles`.
        if key.starts_with('$') || key.contains(['.', '[']) {
            return Err(BodyDefect::ForbiddenKey);
        }
    }
    Ok(())
}

/// Kustomer's requests are flat. A server that also took the wrapping of its answers would find fields
/// where nobody looked for them.
fn check_wrapping(json: &Json) -> Result<(), BodyDefect> {
    if wraps(json) || each(json).any(|record| record.get("data").is_some_and(wraps)) {
        Err(BodyDefect::Wrapped)
    } else {
        Ok(())
    }
}

/// Whether a record, or one of a list, has its fields behind those of an answer.
fn wraps(json: &Json) -> bool {
    each(json).any(|fields| WRAPPINGS.iter().any(|wrapping| fields.contains_key(*wrapping)))
}

/// The object that a value is, or those that it lists.
fn each(json: &Json) -> impl Iterator<Item = &BTreeMap<String, Json>> {
    let items = if let Json::List(items) = json { items.as_slice() } else { slice::from_ref(json) };
    items
        .iter()
        .filter_map(|item| if let Json::Object(fields) = item { Some(fields) } else { None })
}
