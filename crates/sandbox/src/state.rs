//! Everything the sandbox knows: records by kind and id, and what has just changed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::hex;
use crate::record::{Kind, Record};

/// The records, and the changes of the request at hand.
#[derive(Debug, Default)]
pub(crate) struct State {
    tables: BTreeMap<Kind, Table>,
    /// How many ids were given out: the next id follows from it alone, so that the same calls
    /// make the same ids.
    ids_given: u64,
    /// What happened since the changes were last taken; webhooks are told of them.
    changes: Vec<Change>,
}

/// The records of one kind. Ids grow, so the order of ids is the order of creation.
#[derive(Debug, Default)]
struct Table {
    records: BTreeMap<String, Record>,
    /// Ids of the records that belong to a customer or a conversation.
    by_owner: BTreeMap<String, BTreeSet<String>>,
}

/// A record was created or updated.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    /// What differs, field by field; `None` for a new record.
    pub(crate) difference: Option<Value>,
}

impl State {
    /// A new id of 24 hex digits: a growing part, a part that tells the kinds apart, a counter.
    pub(crate) fn next_id(&mut self, kind: Kind) -> String {
        self.ids_given += 1;
        let given = self.ids_given;
        let digest = Sha256::digest(format!("{kind:?}/{given}"));
        let middle: String = hex::text(&digest).chars().take(10).collect();
        format!("{:08x}{middle}{:06x}", 0x6614_0000 + given * 41, given)
    }

    /// Keeps a new record and notes that it was created.
    pub(crate) fn insert(&mut self, record: Record) {
        let (kind, id) = (record.kind, record.id.clone());
        self.keep(record);
        self.refresh_owners(kind, &id);
        self.changes.push(Change { kind, id, difference: None });
    }

    /// Changes a record in place and notes what differs. Nothing happens when it is not there.
    pub(crate) fn update(&mut self, kind: Kind, id: &str, change: impl FnOnce(&mut Record)) {
        let Some(before) = self.take(kind, id) else { return };
        let mut after = before.clone();
        change(&mut after);
        let difference = difference(&before, &after);
        self.keep(after);
        self.refresh_former_owners(&before);
        self.refresh_owners(kind, id);
        self.changes.push(Change { kind, id: id.to_owned(), difference: Some(difference) });
    }

    /// Takes a record out for good, and with it what belongs to it: the conversations of a
    /// customer, the messages of a conversation.
    pub(crate) fn remove(&mut self, kind: Kind, id: &str) {
        let Some(record) = self.take(kind, id) else { return };
        let belongings: Vec<(Kind, String)> = self
            .tables
            .iter()
            .flat_map(|(kind, table)| table.owned_by(id).map(|record| (*kind, record.id.clone())))
            .collect();
        for (kind, id) in belongings {
            self.take(kind, &id);
        }
        // What came and went within one request is no news.
        self.changes.retain(|change| change.id != id);
        self.refresh_former_owners(&record);
    }

    /// A record, also one that was put away.
    pub(crate) fn get(&self, kind: Kind, id: &str) -> Option<&Record> {
        self.tables.get(&kind)?.records.get(id)
    }

    /// All records of a kind, oldest first.
    pub(crate) fn all(&self, kind: Kind) -> impl Iterator<Item = &Record> {
        self.tables.get(&kind).into_iter().flat_map(|table| table.records.values())
    }

    /// The records of a kind that belong to a customer or a conversation, oldest first.
    pub(crate) fn owned(&self, kind: Kind, owner: &str) -> impl Iterator<Item = &Record> {
        self.tables.get(&kind).into_iter().flat_map(move |table| table.owned_by(owner))
    }

    /// What changed since this was last asked.
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    fn keep(&mut self, record: Record) {
        let table = self.tables.entry(record.kind).or_default();
        for owner in owners(&record) {
            table.by_owner.entry(owner).or_default().insert(record.id.clone());
        }
        table.records.insert(record.id.clone(), record);
    }

    fn take(&mut self, kind: Kind, id: &str) -> Option<Record> {
        let table = self.tables.get_mut(&kind)?;
        let record = table.records.remove(id)?;
        for owner in owners(&record) {
            if let Some(ids) = table.by_owner.get_mut(&owner) {
                ids.remove(id);
            }
        }
        Some(record)
    }

    fn refresh_owners(&mut self, kind: Kind, id: &str) {
        let Some(record) = self.get(kind, id).cloned() else { return };
        self.refresh_former_owners(&record);
    }

    /// Works out again what customers and conversations say about this record.
    fn refresh_former_owners(&mut self, record: &Record) {
        if matches!(record.kind, Kind::Message | Kind::Note)
            && let Some(conversation) = record.related("conversation")
        {
            self.refresh_conversation(conversation);
        }
        if matches!(record.kind, Kind::Message | Kind::Conversation)
            && let Some(customer) = record.related("customer")
        {
            self.refresh_customer(customer);
        }
    }

    fn refresh_conversation(&mut self, id: &str) {
        let messages: Vec<&Record> =
            self.owned(Kind::Message, id).filter(|message| !message.is_deleted()).collect();
        let outbound = messages.iter().filter(|message| message.text("direction") == "out").count();
        let channels: BTreeSet<&str> =
            messages.iter().map(|message| message.text("channel")).collect();
        let derived = json!({
            "channels": channels,
            "messageCount": messages.len(),
            "outboundMessageCount": outbound,
            "lastMessageIn": last_message_in(&messages),
            "noteCount": self.owned(Kind::Note, id).filter(|note| !note.is_deleted()).count(),
        });
        self.overlay(Kind::Conversation, id, derived);
    }

    fn refresh_customer(&mut self, id: &str) {
        let conversations: Vec<&Record> =
            self.owned(Kind::Conversation, id).filter(|record| !record.is_deleted()).collect();
        let count = |status: &str| {
            conversations.iter().filter(|record| record.text("status") == status).count()
        };
        let messages: Vec<&Record> = self.owned(Kind::Message, id).collect();
        let derived = json!({
            "conversationCounts": {
                "all": conversations.len(),
                "snoozed": count("snoozed"),
                "open": count("open"),
                "done": count("done"),
            },
            "lastConversation": conversations.last().map_or(json!({}), |last| json!({
                "id": last.id,
                "tags": last.attributes.get("tags"),
            })),
            "lastMessageIn": last_message_in(&messages),
            "preview": messages.last().map_or(json!({}), |last| json!({
                "previewAt": last.text("sentAt"),
                "type": format!("message_{}", last.text("direction")),
                "text": last.text("preview"),
                "subject": last.text("subject"),
            })),
        });
        self.overlay(Kind::Customer, id, derived);
    }

    fn overlay(&mut self, kind: Kind, id: &str, derived: Value) {
        let record = self.tables.get_mut(&kind).and_then(|table| table.records.get_mut(id));
        if let (Some(record), Value::Object(derived)) = (record, derived) {
            record.attributes.extend(derived);
        }
    }
}

impl Table {
    fn owned_by(&self, owner: &str) -> impl Iterator<Item = &Record> {
        let ids = self.by_owner.get(owner).into_iter().flatten();
        ids.filter_map(|id| self.records.get(id))
    }
}

/// The customer and the conversation that a record belongs to.
fn owners(record: &Record) -> Vec<String> {
    ["customer", "conversation"]
        .into_iter()
        .filter_map(|name| record.related(name).map(str::to_owned))
        .collect()
}

fn last_message_in(messages: &[&Record]) -> Value {
    let last = messages.iter().rev().find(|message| message.text("direction") == "in");
    last.map_or(json!({}), |message| {
        json!({ "sentAt": message.text("sentAt"), "channels": [message.text("channel")] })
    })
}

/// What differs between two versions of a record, as events describe it.
fn difference(before: &Record, after: &Record) -> Value {
    let attributes = fields_that_differ(&before.attributes, &after.attributes);
    let relationships = fields_that_differ(&ids(before), &ids(after));
    json!({ "attributes": attributes, "relationships": relationships })
}

fn ids(record: &Record) -> Map<String, Value> {
    let pairs = record.relationships.iter();
    pairs.map(|(name, related)| (name.clone(), Value::String(related.id.clone()))).collect()
}

fn fields_that_differ(before: &Map<String, Value>, after: &Map<String, Value>) -> Value {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differing = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    let changes = differing.map(|name| {
        let op = if before.contains_key(name) { "replace" } else { "add" };
        (name.clone(), json!({ "op": op, "before": before.get(name), "after": after.get(name) }))
    });
    Value::Object(changes.collect())
}
