//! What a careless server does for a search.

use catalogue::Level;
use serde_json::Value;

use super::body::{as_text, is_truthy};
use super::{Treatment, WORDS};

/// Everything that a search returns and looks into.
pub(super) fn treat(done: &mut Treatment, body: Option<&Value>) {
    let Some(body) = body else { return };
    let Some(context) = body.get("queryContext").map(as_text) else { return };
    let of_klass = context.starts_with("kobject_").then_some("kobjects");
    let known = WORDS.iter().find(|(word, _)| *word == context).map(|(_, resource)| *resource);
    let Some(returned) = known.or(of_klass) else { return };
    done.does(returned, Level::Read, "the search returns them");
    if body.get("includeDeleted").is_some_and(is_truthy) {
        done.does(returned, Level::Full, "the search returns what was deleted");
    }
    let Some(parts) = body.as_object() else { return };
    for (name, part) in parts {
        match name.as_str() {
            "queryContext" | "includeDeleted" | "timeZone" | "searchHash" => {}
            "and" | "or" | "not" | "sort" => look_into(done, part),
            "fields" | "aggs" => {
                look_into(done, part);
                texts(done, part);
            }
            criterion => attribute(done, criterion),
        }
    }
}

/// The keys of criteria, at any depth.
fn look_into(done: &mut Treatment, part: &Value) {
    match part {
        Value::Object(fields) => {
            for (name, value) in fields {
                attribute(done, name);
                look_into(done, value);
            }
        }
        Value::Array(parts) => parts.iter().for_each(|part| look_into(done, part)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The texts of what is asked for, at any depth.
fn texts(done: &mut Treatment, part: &Value) {
    match part {
        Value::Object(fields) => fields.values().for_each(|value| texts(done, value)),
        Value::Array(parts) => parts.iter().for_each(|part| texts(done, part)),
        Value::String(text) => attribute(done, text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// An attribute such as `message_body` is one of a message, by the longest word that fits.
fn attribute(done: &mut Treatment, name: &str) {
    let fits = |word: &str| {
        name.strip_prefix(word).is_some_and(|rest| rest.starts_with('_') && rest.len() > 1)
    };
    let fitting = WORDS.iter().filter(|(word, _)| fits(word));
    if let Some((_, resource)) = fitting.max_by_key(|(word, _)| word.len()) {
        done.does(resource, Level::Read, "the search looks into them");
    }
}
