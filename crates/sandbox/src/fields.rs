//! Which fields a request body may hold, kind by kind, and the form of each.
//!
//! Kustomer refuses fields that it does not know, so the sandbox does too. To let a kind take one
//! more field, add a line to its table in `fields/table.rs`.

mod table;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::record::{Kind, Related};
use crate::refusal::Refusal;

pub(crate) use self::table::required;
use self::table::table;

/// The form that a field's value must have.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    Text,
    OneOf(&'static [&'static str]),
    /// A time or a day.
    Time,
    /// A time that only a key with `org.admin` may set; from others it is passed over.
    SetByAdmin,
    Number,
    Flag,
    List,
    Object,
    /// The attributes that an organisation has made up: their names end in their type.
    Custom,
    /// A list of objects, each with this text in it: `emails` hold an `email` each.
    Addresses(&'static str),
    /// The id of another record, which becomes a relationship.
    Link(Kind),
    /// Whatever JSON holds.
    Any,
    /// Accepted and not used: ids are given by the sandbox.
    Unused,
}

/// The suffixes that tell the type of a custom attribute.
const CUSTOM_SUFFIXES: [&str; 7] = ["Str", "Txt", "Num", "Bool", "At", "Url", "Tree"];

/// A body that was read: what becomes attributes, and what points at other records.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) attributes: Map<String, Value>,
    /// `None` takes the relationship away.
    pub(crate) links: Vec<(String, Option<Related>)>,
}

/// Reads a body field by field; the first field that is unknown or of the wrong form refuses it.
pub(crate) fn read(
    kind: Kind,
    body: &Map<String, Value>,
    by_admin: bool,
) -> Result<Fields, Refusal> {
    let mut fields = Fields::default();
    for (name, value) in body {
        let known = table(kind).iter().find(|(field, _)| field == name);
        let Some((_, shape)) = known else {
            let message = format!("`{name}` is not a field of a {}", kind.type_name());
            return Err(Refusal::bad_field(name, message));
        };
        let passed_over = matches!(shape, Shape::SetByAdmin) && !by_admin;
        if let Shape::Link(to) = shape {
            fields.links.push((name.clone(), link(name, value, *to)?));
        } else if !passed_over && !matches!(shape, Shape::Unused) {
            check(name, value, *shape)?;
            fields.attributes.insert(name.clone(), value.clone());
        }
    }
    Ok(fields)
}

fn link(name: &str, value: &Value, kind: Kind) -> Result<Option<Related>, Refusal> {
    if value.is_null() {
        return Ok(None);
    }
    let refused =
        || Refusal::bad_field(name, format!("`{name}` must be the id of a {}", kind.type_name()));
    let id = value.as_str().ok_or_else(refused)?;
    Ok(Some(Related { kind, id: id.to_owned() }))
}

/// `null` is right for every shape: it empties the field.
fn check(name: &str, value: &Value, shape: Shape) -> Result<(), Refusal> {
    if matches!(shape, Shape::Custom) {
        return check_custom(value);
    }
    if value.is_null() || fits(value, shape) {
        return Ok(());
    }
    Err(Refusal::bad_field(name, format!("`{name}` must be {}", wanted(shape))))
}

fn fits(value: &Value, shape: Shape) -> bool {
    match shape {
        Shape::Text | Shape::Link(_) => value.is_string(),
        Shape::OneOf(words) => words.iter().any(|word| value == word),
        Shape::Time | Shape::SetByAdmin => is_time(value),
        Shape::Number => value.is_number(),
        Shape::Flag => value.is_boolean(),
        Shape::List => value.is_array(),
        Shape::Object | Shape::Custom => value.is_object(),
        Shape::Addresses(key) => each_holds(value, key),
        Shape::Any | Shape::Unused => true,
    }
}

fn wanted(shape: Shape) -> String {
    let fixed = match shape {
        Shape::OneOf(words) => return format!("one of {}", words.join(", ")),
        Shape::Addresses(key) => return format!("a list of objects with `{key}` in each"),
        Shape::Text | Shape::Link(_) => "a text",
        Shape::Time | Shape::SetByAdmin => "a time such as 2026-01-31T09:30:00Z",
        Shape::Number => "a number",
        Shape::Flag => "true or false",
        Shape::List => "a list",
        Shape::Object | Shape::Custom => "an object",
        Shape::Any | Shape::Unused => "anything",
    };
    fixed.to_owned()
}

fn check_custom(value: &Value) -> Result<(), Refusal> {
    if value.is_null() {
        return Ok(());
    }
    let Some(custom) = value.as_object() else {
        return Err(Refusal::bad_field("custom", "`custom` must be an object"));
    };
    let untyped = custom.keys().find(|name| !CUSTOM_SUFFIXES.iter().any(|end| name.ends_with(end)));
    untyped.map_or(Ok(()), |name| {
        let message = format!("`{name}` must end in one of {}", CUSTOM_SUFFIXES.join(", "));
        Err(Refusal::bad_field(&format!("custom.{name}"), message))
    })
}

fn is_time(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    text.parse::<Timestamp>().is_ok() || text.parse::<Date>().is_ok()
}

fn each_holds(value: &Value, key: &str) -> bool {
    let each = value
        .as_array()
        .map(|list| list.iter().all(|item| item.get(key).is_some_and(Value::is_string)));
    each.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check_customer(body: &Value, accepted: bool) {
        let body = body.as_object().unwrap();
        assert_eq!(read(Kind::Customer, body, false).is_ok(), accepted, "{body:?}");
    }

    #[test]
    fn fields_of_the_wrong_form_are_refused() {
        check_customer(&json!({ "name": "Ada" }), true);
        check_customer(&json!({ "name": null }), true);
        check_customer(&json!({ "name": 1 }), false);
        check_customer(&json!({ "nome": "Ada" }), false);
        check_customer(&json!({ "gender": "x" }), false);
        check_customer(&json!({ "birthdayAt": "soon" }), false);
        check_customer(&json!({ "birthdayAt": "1990-02-28" }), true);
        check_customer(&json!({ "emails": [{ "email": "ada@example.com" }] }), true);
        check_customer(&json!({ "emails": ["ada@example.com"] }), false);
        check_customer(&json!({ "custom": { "tierStr": "gold" } }), true);
        check_customer(&json!({ "custom": { "tier": "gold" } }), false);
    }

    #[test]
    fn creation_times_are_honoured_from_administrators_alone() {
        let body = json!({ "createdAt": "2020-01-01T00:00:00Z" });
        let body = body.as_object().unwrap();
        assert!(read(Kind::Customer, body, false).unwrap().attributes.is_empty());
        assert_eq!(read(Kind::Customer, body, true).unwrap().attributes.len(), 1);
    }
}
