//! Creating and updating records of every kind, with the fields that follow from others.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::fields::{self, Fields};
use crate::record::{Kind, Record, Related, time_text};
use crate::refusal::Refusal;
use crate::state::State;

/// Who writes, and when.
#[derive(Debug, Clone)]
pub(crate) struct Author {
    pub(crate) user: String,
    /// Whether times of creation are taken from the body.
    pub(crate) is_admin: bool,
    pub(crate) now: Timestamp,
}

/// A record to be created.
#[derive(Debug)]
pub(crate) struct New<'a> {
    pub(crate) kind: Kind,
    /// The name of the klass, for objects.
    pub(crate) klass: Option<&'a str>,
    pub(crate) body: &'a Map<String, Value>,
    /// Relationships that the path gives; the body may repeat them and may not contradict them.
    pub(crate) links: Vec<(&'static str, Related)>,
}

/// Creates a record from a body and gives its id.
pub(crate) fn create(state: &mut State, author: &Author, new: New<'_>) -> Result<String, Refusal> {
    if let Some(missing) = fields::required(new.kind).iter().find(|name| is_missing(new.body, name))
    {
        let message = format!("`{missing}` is required for a {}", new.kind.type_name());
        return Err(Refusal::bad_field(missing, message));
    }
    let fields = fields::read(new.kind, new.body, author.is_admin)?;
    agree(&new.links, &fields)?;
    let mut record = Record {
        kind: new.kind,
        id: state.next_id(new.kind),
        klass: new.klass.map(str::to_owned),
        attributes: blank(new.kind),
        relationships: BTreeMap::new(),
    };
    for name in ["createdAt", "updatedAt", "modifiedAt"] {
        set_time(&mut record, name, author.now);
    }
    record.relationships.insert("createdBy".to_owned(), user(author));
    lay_over(state, &mut record, fields)?;
    for (name, related) in new.links {
        record.relationships.insert(name.to_owned(), related);
    }
    finish(&mut record, author);
    let id = record.id.clone();
    state.insert(record);
    Ok(id)
}

/// Changes a record by the fields of a body; what the body leaves out stays as it is.
pub(crate) fn update(
    state: &mut State,
    author: &Author,
    kind: Kind,
    id: &str,
    body: &Map<String, Value>,
) -> Result<(), Refusal> {
    write_over(state, author, kind, id, body, |_| {})
}

/// Replaces a record by the fields of a body: what the body leaves out becomes empty.
pub(crate) fn replace(
    state: &mut State,
    author: &Author,
    kind: Kind,
    id: &str,
    body: &Map<String, Value>,
) -> Result<(), Refusal> {
    write_over(state, author, kind, id, body, |record| {
        let kept = ["createdAt", "rev"]
            .map(|name| (name.to_owned(), record.attributes.get(name).cloned()));
        record.attributes = blank(record.kind);
        record.attributes.extend(kept.into_iter().filter_map(|(name, value)| Some((name, value?))));
    })
}

fn write_over(
    state: &mut State,
    author: &Author,
    kind: Kind,
    id: &str,
    body: &Map<String, Value>,
    prepare: impl FnOnce(&mut Record),
) -> Result<(), Refusal> {
    let fields = fields::read(kind, body, author.is_admin)?;
    let Some(mut record) = state.get(kind, id).cloned() else { return Err(missing(kind, id)) };
    prepare(&mut record);
    set_time(&mut record, "updatedAt", author.now);
    set_time(&mut record, "modifiedAt", author.now);
    lay_over(state, &mut record, fields)?;
    if let Some(rev) = record.attributes.get("rev").and_then(Value::as_u64) {
        record.attributes.insert("rev".to_owned(), json!(rev + 1));
    }
    finish(&mut record, author);
    state.update(kind, id, |kept| *kept = record);
    Ok(())
}

/// The refusal for a record that is not there.
pub(crate) fn missing(kind: Kind, id: &str) -> Refusal {
    Refusal::not_found(format!("there is no {} with the id {id}", kind.type_name()))
}

/// A fresh set of attributes, each empty or with its default.
#[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
fn blank(kind: Kind) -> Map<String, Value> {
    static BLANKS: LazyLock<BTreeMap<String, Map<String, Value>>> = LazyLock::new(|| {
        serde_json::from_str(include_str!("../data/blank.json")).expect("blank.json is valid")
    });
    BLANKS.get(kind.type_name()).cloned().unwrap_or_default()
}

fn is_missing(body: &Map<String, Value>, name: &str) -> bool {
    body.get(name).is_none_or(|value| value.is_null() || value == "")
}

/// Where the path and the body both name a record, they must name the same: which of them wins
/// at Kustomer is not published.
fn agree(links: &[(&'static str, Related)], fields: &Fields) -> Result<(), Refusal> {
    for (name, related) in links {
        let said = fields.links.iter().find(|(field, _)| field == name);
        if let Some((_, Some(other))) = said
            && other != related
        {
            let message = format!("`{name}` is not the {name} that the path names");
            return Err(Refusal::bad_field(name, message));
        }
    }
    Ok(())
}

fn lay_over(state: &State, record: &mut Record, fields: Fields) -> Result<(), Refusal> {
    for (name, related) in fields.links {
        let Some(related) = related else {
            record.relationships.remove(&name);
            continue;
        };
        if state.get(related.kind, &related.id).is_none_or(Record::is_deleted) {
            let message = format!("`{name}` is not the id of a {}", related.kind.type_name());
            return Err(Refusal::bad_field(&name, message));
        }
        record.relationships.insert(name, related);
    }
    for (name, value) in fields.attributes {
        match (record.attributes.get_mut(&name), value) {
            (Some(Value::Object(kept)), Value::Object(given)) if name == "custom" => {
                kept.extend(given);
            }
            (_, value) => {
                record.attributes.insert(name, value);
            }
        }
    }
    Ok(())
}

/// Sets what follows from other fields.
fn finish(record: &mut Record, author: &Author) {
    record.relationships.insert("modifiedBy".to_owned(), user(author));
    match record.kind {
        Kind::Customer => finish_customer(record),
        Kind::Message => finish_message(record),
        Kind::Draft => finish_draft(record),
        Kind::Company
        | Kind::Conversation
        | Kind::Note
        | Kind::Klass
        | Kind::Kobject
        | Kind::User
        | Kind::Team
        | Kind::Tag
        | Kind::KbTag
        | Kind::Shortcut
        | Kind::WebHook
        | Kind::OutboundWebhook
        | Kind::BulkJob => {}
    }
}

fn finish_customer(record: &mut Record) {
    let first = |list: &str, key: &str| {
        record
            .attributes
            .get(list)
            .and_then(|list| list.get(0)?.get(key)?.as_str())
            .unwrap_or_default()
    };
    let candidates = [record.text("name"), first("emails", "email"), first("phones", "phone")];
    let shown =
        candidates.into_iter().find(|text| !text.is_empty()).unwrap_or("Unknown").to_owned();
    record.attributes.insert("displayName".to_owned(), Value::String(shown));
    let external_id = record.text("externalId").to_owned();
    if !external_id.is_empty() {
        let ids = json!([{ "externalId": external_id, "verified": true, "id": null }]);
        record.attributes.insert("externalIds".to_owned(), ids);
        record.attributes.insert("verified".to_owned(), Value::Bool(true));
    }
    for (list, kind) in [("emails", "home"), ("phones", "mobile")] {
        fill_addresses(record, list, kind);
    }
}

/// An address without a type or a word on verification gets the defaults.
fn fill_addresses(record: &mut Record, list: &str, kind: &str) {
    let addresses = record.attributes.get_mut(list).and_then(Value::as_array_mut);
    for address in addresses.into_iter().flatten().filter_map(Value::as_object_mut) {
        address.entry("type").or_insert_with(|| json!(kind));
        address.entry("verified").or_insert(Value::Bool(false));
    }
}

fn finish_message(record: &mut Record) {
    let status = if record.text("direction") == "out" { "sent" } else { "received" };
    set_when_empty(record, "status", json!(status));
    let created = record.attributes.get("createdAt").cloned().unwrap_or_default();
    set_when_empty(record, "sentAt", created);
    let size = record.text("preview").len();
    record.attributes.insert("size".to_owned(), json!(size));
}

/// A draft without a time to send it goes out at once.
fn finish_draft(record: &mut Record) {
    let status = if record.text("sendAt").is_empty() { "sent" } else { "scheduled" };
    record.attributes.insert("status".to_owned(), json!(status));
}

fn set_when_empty(record: &mut Record, name: &str, value: Value) {
    if record.text(name).is_empty() {
        record.attributes.insert(name.to_owned(), value);
    }
}

fn set_time(record: &mut Record, name: &str, now: Timestamp) {
    if record.attributes.contains_key(name) {
        record.attributes.insert(name.to_owned(), time_text(now));
    }
}

fn user(author: &Author) -> Related {
    Related { kind: Kind::User, id: author.user.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_blank() {
        for kind in
            [Kind::Customer, Kind::Message, Kind::KbTag, Kind::OutboundWebhook, Kind::BulkJob]
        {
            assert!(blank(kind).contains_key("createdAt"), "{kind:?}");
        }
    }
}
