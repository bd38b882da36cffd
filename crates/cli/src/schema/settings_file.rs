//! The schema of the settings, made of the documented settings file: each key with its type, default and
//! reason as they stand there. A test holds that the file speaks of every key of the program.

use serde_json::{Map, Value, json};

use super::words;
use crate::output::with;

/// Every setting, its default and its reason.
const DOCUMENTED: &str = include_str!("../../../../config/kustodian.toml");

/// The settings that are one text or a list of them.
const TEXTS: [&str; 2] = ["issuers.audience", "issuers.agent_claim"];

/// The numbers of which 0 is one.
const FROM_ZERO: [&str; 2] = ["tokens.warn_days", "issuers.clock_skew_seconds"];

/// The schema of the settings.
pub(super) fn schema() -> Value {
    let mut root = table();
    let mut section: Vec<String> = Vec::new();
    let mut about: Vec<&str> = Vec::new();
    for line in DOCUMENTED.lines() {
        let text = line.strip_prefix("# ").unwrap_or(line);
        if let Some(header) = text.strip_prefix('[').and_then(|text| text.split(']').next()) {
            section = header.trim_start_matches('[').split('.').map(ToOwned::to_owned).collect();
            open(&mut root, &section, text.starts_with("[["), &about);
            about.clear();
        } else if let Some((key, value)) = key_and_value(text) {
            let default = (text == line).then_some(value);
            let place = format!("{}.{key}", section.join("."));
            let schema = setting(&place, value, default, &about);
            insert(&mut root, &section, key, schema);
            about.clear();
        } else if let Some(comment) = line.strip_prefix('#') {
            about.push(comment.trim());
        } else {
            about.clear();
        }
    }
    of_variables(&mut root);
    let root = with(root, "$schema", json!("http://json-schema.org/draft-07/schema#"));
    with(root, "title", json!("The settings of Kustodian"))
}

/// Settings that only a variable is named for, such as secrets.
fn of_variables(root: &mut Value) {
    for rest in DOCUMENTED.split("KUSTODIAN_").skip(1) {
        let name = rest.split(|c: char| !c.is_ascii_uppercase() && c != '_').next();
        let Some((section, key)) = name.and_then(|name| name.split_once("__")) else { continue };
        if section == "SECTION" || key.is_empty() {
            continue;
        }
        let section = vec![section.to_lowercase()];
        let schema =
            json!({ "description": "Better set by its variable, or by a file.", "type": "string" });
        if let Some(properties) = properties(root, &section) {
            properties.entry(key.to_lowercase()).or_insert(schema);
        }
    }
}

fn table() -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": {} })
}

/// Makes the table of a header; `[[...]]` is a list of tables.
fn open(root: &mut Value, section: &[String], is_list: bool, about: &[&str]) {
    let Some((last, outer)) = section.split_last() else { return };
    let Some(properties) = properties(root, outer) else { return };
    let mut made = if is_list { json!({ "type": "array", "items": table() }) } else { table() };
    if !about.is_empty() {
        made = with(made, "description", json!(about.join(" ")));
    }
    properties.entry(last.clone()).or_insert(made);
}

fn insert(root: &mut Value, section: &[String], key: &str, schema: Value) {
    if let Some(properties) = properties(root, section) {
        properties.entry(key.to_owned()).or_insert(schema);
    }
}

/// The properties of a table, of a list of tables those of its items.
fn properties<'v>(root: &'v mut Value, section: &[String]) -> Option<&'v mut Map<String, Value>> {
    let mut table = root;
    for name in section {
        table = table.get_mut("properties")?.get_mut(name)?;
        if table.get("items").is_some() {
            table = table.get_mut("items")?;
        }
    }
    table.get_mut("properties")?.as_object_mut()
}

fn key_and_value(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once(" = ")?;
    let is_key = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    (key.bytes().all(is_key) && !value.is_empty()).then_some((key, value.trim()))
}

fn setting(place: &str, value: &str, default: Option<&str>, about: &[&str]) -> Value {
    let text = match words::of(place) {
        Some(words) => json!({ "type": "string", "enum": words }),
        None => json!({ "type": "string" }),
    };
    let mut schema = if TEXTS.contains(&place) {
        json!({ "anyOf": [text, { "type": "array", "items": text }] })
    } else if value.starts_with('[') {
        json!({ "type": "array", "items": text })
    } else if value.starts_with('{') {
        json!({ "type": "object" })
    } else if matches!(value, "true" | "false") {
        json!({ "type": "boolean" })
    } else if value.bytes().all(|byte| byte.is_ascii_digit()) {
        let least = u8::from(!FROM_ZERO.contains(&place));
        json!({ "type": "integer", "minimum": least })
    } else {
        text
    };
    if !about.is_empty() {
        schema = with(schema, "description", json!(about.join(" ")));
    }
    // What is written there as TOML is JSON too, where it is a plain value.
    if let Some(default) = default.and_then(|text| serde_json::from_str::<Value>(text).ok()) {
        schema = with(schema, "default", default);
    }
    schema
}
