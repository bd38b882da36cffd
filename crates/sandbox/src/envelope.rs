//! How records leave the sandbox: the JSON:API-like form of Kustomer's answers.

use serde_json::{Map, Value, json};

use crate::record::{Kind, Record, Related};
use crate::seed::ORG_ID;

/// `{"data": {...}}` for one record.
pub(crate) fn one(record: &Record) -> Value {
    json!({ "data": resource(record) })
}

/// A record with its type, id, attributes, relationships and its own address.
pub(crate) fn resource(record: &Record) -> Value {
    json!({
        "type": type_name(record),
        "id": record.id,
        "attributes": record.attributes,
        "relationships": relationships(record),
        "links": { "self": address(record) },
    })
}

/// The type and the id alone, as `idsOnly=true` asks for.
pub(crate) fn identifier(record: &Record) -> Value {
    json!({ "type": type_name(record), "id": record.id })
}

fn type_name(record: &Record) -> String {
    match &record.klass {
        Some(klass) => format!("kobject.{klass}"),
        None => record.kind.type_name().to_owned(),
    }
}

fn address(record: &Record) -> String {
    match &record.klass {
        Some(klass) => format!("/v1/klasses/{klass}/{}", record.id),
        None => format!("{}/{}", record.kind.collection(), record.id),
    }
}

fn relationships(record: &Record) -> Value {
    let mut all = Map::new();
    all.insert("org".to_owned(), pointer("org", ORG_ID, &format!("/v1/orgs/{ORG_ID}")));
    for (name, related) in &record.relationships {
        all.insert(name.clone(), related_pointer(related));
    }
    if matches!(record.kind, Kind::Customer | Kind::Conversation) {
        let messages = format!("{}/messages", address(record));
        all.insert("messages".to_owned(), json!({ "links": { "self": messages } }));
    }
    Value::Object(all)
}

fn related_pointer(related: &Related) -> Value {
    let address = format!("{}/{}", related.kind.collection(), related.id);
    pointer(related.kind.type_name(), &related.id, &address)
}

fn pointer(kind: &str, id: &str, address: &str) -> Value {
    json!({ "links": { "self": address }, "data": { "type": kind, "id": id } })
}
