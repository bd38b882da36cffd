//! A patch as a list of operations (RFC 6902), read for the fields that it touches.

use std::collections::BTreeMap;

use super::{BodyDefect, Field, Items, Json, MOST_ITEMS, WRAPPINGS};

/// The members that an operation of a patch may have.
const MEMBERS: [&str; 4] = ["op", "path", "from", "value"];

/// The fields that a list of operations touches, as if they were fields of one object.
pub(super) fn read(operations: &[Json]) -> Result<Items<'_>, BodyDefect> {
    if operations.len() > MOST_ITEMS {
        return Err(BodyDefect::TooManyItems);
    }
    let mut fields = Vec::new();
    let mut replaces = false;
    for operation in operations {
        let Json::Object(members) = operation else { return Err(BodyDefect::NoPatch) };
        replaces |= read_operation(members, &mut fields)?;
    }
    Ok(Items { records: vec![fields], listed: false, replaces })
}

/// Adds the fields of one operation; whether it replaces the whole record.
fn read_operation<'b>(
    members: &'b BTreeMap<String, Json>,
    fields: &mut Vec<Field<'b>>,
) -> Result<bool, BodyDefect> {
    if members.keys().any(|member| !MEMBERS.contains(&member.as_str())) {
        return Err(BodyDefect::NoPatch);
    }
    let text = |name: &str| members.get(name).and_then(Json::as_text);
    let operation = text("op").ok_or(BodyDefect::NoPatch)?;
    let path = text("path").ok_or(BodyDefect::NoPatch)?;
    let value = members.get("value");
    let needs = match operation {
        "add" | "replace" | "test" => value.is_some(),
        "remove" => value.is_none(),
        "move" | "copy" => value.is_none() && members.contains_key("from"),
        _ => return Err(BodyDefect::NoPatch),
    };
    if !needs {
        return Err(BodyDefect::NoPatch);
    }
    if let Some(from) = members.get("from") {
        let from = from.as_text().ok_or(BodyDefect::NoPatch)?;
        fields.push((field_of(from)?.0, None));
    }
    // What is put there may be the whole record, and then is as flat as one.
    value.map_or(Ok(()), super::check_wrapping)?;
    if path.is_empty() {
        let Some(Json::Object(whole)) = value else { return Err(BodyDefect::NoPatch) };
        fields.extend(whole.iter().map(|(name, value)| (name.as_str(), Some(value))));
        return Ok(true);
    }
    let (field, whole) = field_of(path)?;
    // Only a value that is put into the field itself is the field's value.
    let known = value.filter(|_| whole && matches!(operation, "add" | "replace" | "test"));
    fields.push((field, known));
    Ok(false)
}

/// The field that a pointer leads into, and whether it is the field itself. Escapes could hide which
/// one it is, and no field of a record needs any.
fn field_of(pointer: &str) -> Result<(&str, bool), BodyDefect> {
    let rest = pointer.strip_prefix('/').ok_or(BodyDefect::NoPatch)?;
    let (field, whole) = match rest.split_once('/') {
        Some((field, _)) => (field, false),
        None => (rest, true),
    };
    if rest.split('/').any(|part| WRAPPINGS.contains(&part)) {
        return Err(BodyDefect::Wrapped);
    }
    // What is put at `constructor` may bring a prototype with it.
    let leads_to_a_prototype = |part| matches!(part, "__proto__" | "prototype" | "constructor");
    let names_a_prototype = rest.split('/').any(leads_to_a_prototype);
    if field.is_empty() || field.contains('~') || names_a_prototype {
        return Err(BodyDefect::NoPatch);
    }
    Ok((field, whole))
}
