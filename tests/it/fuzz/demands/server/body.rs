//! What a careless server finds in a body.

use serde_json::{Map, Value};

/// One record that a body speaks of.
#[derive(Debug, Default)]
pub(super) struct Item(Map<String, Value>);

/// The records that a body speaks of.
#[derive(Debug, Default)]
pub(super) struct Items {
    pub(super) items: Vec<Item>,
    /// Whether a patch puts a whole record in the place of another.
    pub(super) replaces: bool,
}

impl Item {
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn is_truthy(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(is_truthy)
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).map(as_text)
    }
}

/// The first document of a body, whatever stands before or behind it.
pub(super) fn parsed(bytes: &[u8]) -> Option<Value> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches(['\u{feff}', '\u{0}']);
    // Of two keys the last one counts: the library says so of its maps.
    serde_json::Deserializer::from_str(text).into_iter().next()?.ok()
}

/// As JavaScript sees it.
pub(super) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// As JavaScript writes it where it wants a text: a list of one is that one.
pub(super) fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(as_text).collect::<Vec<_>>().join(","),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// The records of a body, wherever it says them.
pub(super) fn items(body: Option<&Value>, method: &str) -> Items {
    let mut found = Items::default();
    match body {
        Some(Value::Object(fields)) => found.items.push(Item(unwrapped(fields))),
        Some(Value::Array(list)) if method != "POST" && is_patch(list) => patch(&mut found, list),
        Some(Value::Array(list)) => {
            let objects = list.iter().filter_map(Value::as_object);
            found.items.extend(objects.map(|fields| Item(unwrapped(fields))));
        }
        _ => {}
    }
    found
}

/// Fields, with those that are wrapped as in answers and those that come by way of the prototype.
fn unwrapped(fields: &Map<String, Value>) -> Map<String, Value> {
    let mut all = Map::new();
    let within = [
        fields.get("__proto__"),
        fields.get("constructor").and_then(|it| it.get("prototype")),
        fields.get("data").and_then(|it| it.get("attributes")),
        fields.get("data").and_then(|it| it.get("relationships")),
        fields.get("attributes"),
        fields.get("relationships"),
        fields.get("$set"),
    ];
    for more in within.into_iter().flatten().filter_map(Value::as_object) {
        all.extend(more.clone());
    }
    all.extend(fields.clone());
    all
}

fn is_patch(list: &[Value]) -> bool {
    !list.is_empty()
        && list.iter().all(|step| step.get("op").is_some() || step.get("path").is_some())
}

/// A patch as a list of steps, all taken as changes of one record.
fn patch(found: &mut Items, steps: &[Value]) {
    let mut item = Map::new();
    for step in steps {
        let text = |name: &str| step.get(name).map(as_text).unwrap_or_default();
        let operation = text("op").to_ascii_lowercase();
        let value = step.get("value").cloned();
        let pointer = text("path").replace("~1", "/").replace("~0", "~");
        let mut parts = pointer.split('/').filter(|part| !part.is_empty());
        let Some(field) = parts.next() else {
            found.replaces = true;
            item.extend(value.as_ref().and_then(Value::as_object).cloned().unwrap_or_default());
            continue;
        };
        match operation.as_str() {
            "test" => continue,
            "remove" if parts.next().is_none() => drop(item.insert(field.to_owned(), Value::Null)),
            // What is put there by moving or into a part of it may be anything.
            "move" | "copy" | "remove" => drop(item.insert(field.to_owned(), Value::Bool(true))),
            _ => {
                let whole = parts.next().is_none();
                let value = value.filter(|_| whole).unwrap_or(Value::Bool(true));
                item.insert(field.to_owned(), value);
            }
        }
        if operation == "move" {
            let from = text("from");
            let from = from.split('/').find(|part| !part.is_empty()).unwrap_or_default();
            item.insert(from.to_owned(), Value::Null);
        }
    }
    found.items.push(Item(unwrapped(&item)));
}
