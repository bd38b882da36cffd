//! What a careless server would do for a request: the most that it could be made to do.
//!
//! It finds its way by the sandbox's router and reads everything else by itself, as servers in JavaScript
//! often do: of two keys the last counts, whatever is truthy is true, a list of one is that one, wrapped
//! fields are fields, keys of a query may have brackets. Nothing here is of the gateway's reading.

mod body;
mod searching;

use catalogue::{Catalogue, Level, Operation};
use sandbox::operation_of;
use serde_json::Value;

use body::{Item, items};

/// Something that a request does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Effect {
    pub(super) resource: String,
    pub(super) level: Level,
    pub(super) why: &'static str,
}

/// What a server makes of a request.
#[derive(Debug, Default)]
pub(super) struct Treatment {
    pub(super) effects: Vec<Effect>,
    /// The records it touches, in lower case.
    pub(super) records: Vec<String>,
    /// How many records it touches.
    pub(super) touched: usize,
}

impl Treatment {
    fn does(&mut self, resource: &str, level: Level, why: &'static str) {
        let effect = Effect { resource: resource.to_owned(), level, why };
        if !self.effects.contains(&effect) {
            self.effects.push(effect);
        }
    }

    fn touches(&mut self, text: &str) {
        let id = text.trim().to_ascii_lowercase();
        if is_id(&id) && !self.records.contains(&id) {
            self.records.push(id);
        }
    }
}

/// A request as a server gets it.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// Without its `?`.
    pub(super) query: String,
    pub(super) body: Vec<u8>,
}

/// The words by which a server knows its records, and the resources that hold them.
const WORDS: [(&str, &str); 9] = [
    ("company", "companies"),
    ("conversation", "conversations"),
    ("conversation_time", "conversation_times"),
    ("customer", "customers"),
    ("kobject", "kobjects"),
    ("message", "messages"),
    ("note", "notes"),
    ("work_item", "routing"),
    ("work_session", "routing"),
];

/// What a server does; nothing where there is no such path.
pub(super) fn treatment(request: &Request) -> Treatment {
    let mut done = Treatment::default();
    let Some(operation) = operation(&request.method, &request.path) else { return done };
    let query = pairs(&request.query);
    let body = body::parsed(&request.body);
    done.does(operation.resource().as_str(), operation.level(), "it is what the path says");
    if let Some(other) = overridden(request, &query, body.as_ref()) {
        done.does(other.resource().as_str(), other.level(), "another method is meant");
    }
    if operation.is_search() {
        searching::treat(&mut done, body.as_ref());
    } else if request.method != "GET" && request.method != "DELETE" {
        write(&mut done, operation, request, &query, body.as_ref());
    }
    include(&mut done, &query);
    records(&mut done, operation, request, &query, body.as_ref());
    done
}

fn operation(method: &str, path: &str) -> Option<&'static Operation> {
    let id = operation_of(method, path)?;
    Catalogue::builtin().operation(id).map(|operation| &**operation)
}

/// The operation of the method that stands in `_method`.
fn overridden(
    request: &Request,
    query: &[(String, String)],
    body: Option<&Value>,
) -> Option<&'static Operation> {
    let of_query = query.iter().find(|(key, _)| key.eq_ignore_ascii_case("_method"));
    let of_body = || body?.get("_method")?.as_str().map(ToOwned::to_owned);
    let method = of_query.map(|(_, value)| value.clone()).or_else(of_body)?;
    operation(&method.to_ascii_uppercase(), &request.path)
}

/// What a POST, PUT or PATCH does with a record beside writing it.
fn write(
    done: &mut Treatment,
    operation: &Operation,
    request: &Request,
    query: &[(String, String)],
    body: Option<&Value>,
) {
    // Tags and members are no records.
    if operation.level() < Level::Write || request.path.ends_with("/tags") {
        return;
    }
    let updates = request.method != "POST";
    let own = operation.resource().as_str();
    if query.iter().any(|(key, value)| key == "replace" && value != "false") {
        done.does(own, Level::Full, "the query replaces the record");
    }
    let found = items(body, &request.method);
    if found.replaces {
        done.does(own, Level::Full, "the patch replaces the record");
    }
    for item in &found.items {
        treat_fields(done, own, updates, item);
        treat_by_kind(done, operation, item);
    }
    if found.items.is_empty() {
        treat_by_kind(done, operation, &Item::default());
    }
}

/// Fields that mean the same in every record.
fn treat_fields(done: &mut Treatment, own: &str, updates: bool, item: &Item) {
    for deleting in ["deleted", "deletedAt"] {
        if item.is_truthy(deleting) {
            done.does(own, Level::Full, "it deletes the record");
        }
    }
    if item.is_truthy("redacted") {
        done.does(own, Level::Full, "it redacts the record");
    }
    for moving in ["customer", "customerId", "conversation", "conversationId"] {
        if updates && item.has(moving) {
            done.does(own, Level::Full, "it moves the record");
        }
    }
    for forging in [
        "createdAt",
        "createdBy",
        "modifiedAt",
        "modifiedBy",
        "updatedAt",
        "updatedBy",
        "importedAt",
    ] {
        if item.has(forging) {
            done.does(own, Level::Full, "it says who wrote the record, or when");
        }
    }
}

/// Fields that mean something in records of one kind.
fn treat_by_kind(done: &mut Treatment, operation: &Operation, item: &Item) {
    match operation.id().as_str() {
        "conversations.update" | "conversations.patch" => {
            let ends = ["ended", "endedAt", "locked"].iter().any(|name| item.is_truthy(name));
            if ends || item.has("satisfaction") || item.has("satisfactionLevel") {
                done.does("conversations", Level::Full, "it ends, locks or rates a conversation");
            }
        }
        "drafts.create_for_customer" | "drafts.update" => {
            if item.text("channel").as_deref() == Some("note") {
                done.does("notes", Level::Write, "the draft is a note");
            }
            if ["to", "cc", "bcc", "replyTo", "headers"].iter().any(|name| item.has(name)) {
                done.does("drafts", Level::Full, "the draft goes to any address");
            }
        }
        "messages.create" | "messages.create_for_customer" if !item.is_truthy("conversation") => {
            done.does("conversations", Level::Write, "the message starts a conversation");
        }
        "chat.create_session" if item.is_truthy("assistant") => {
            done.does("chat", Level::Full, "an assistant greets the customer");
        }
        _ => {}
    }
}

/// What the answer includes.
fn include(done: &mut Treatment, query: &[(String, String)]) {
    let asked = query.iter().filter(|(key, _)| key == "include");
    for word in asked.flat_map(|(_, value)| value.split(',')) {
        match word {
            "attachments" | "attachment" => {
                done.does("attachments", Level::Read, "the answer includes attachments");
            }
            "holidays" => done.does("schedules", Level::Read, "the answer includes holidays"),
            other => {
                let singular = other.strip_suffix('s').unwrap_or(other);
                if let Some((_, resource)) = WORDS.iter().find(|(word, _)| *word == singular) {
                    done.does(resource, Level::Read, "the answer includes other records");
                }
            }
        }
    }
}

/// Which records are touched, and how many.
fn records(
    done: &mut Treatment,
    operation: &Operation,
    request: &Request,
    query: &[(String, String)],
    body: Option<&Value>,
) {
    let ids: Vec<&str> = query
        .iter()
        .filter(|(key, _)| key == "ids")
        .flat_map(|(_, value)| value.split(','))
        .collect();
    for id in &ids {
        done.touches(id);
    }
    let template = operation.template().as_str().split('/');
    let mut most_of_path = 0;
    for (place, segment) in template.zip(request.path.split('/')) {
        // What is named by a word is no record.
        if place.starts_with('{') && !place.contains("name") {
            let decoded = decoded(segment);
            let named: Vec<&str> = decoded.split(',').filter(|it| is_id(it)).collect();
            most_of_path = most_of_path.max(named.len());
            for id in named {
                done.touches(id);
            }
        }
    }
    let mut listed = 0;
    let reads = matches!(request.method.as_str(), "POST" | "PUT" | "PATCH");
    if let Some(Value::Array(list)) = body.filter(|_| reads && request.path.ends_with("/bulk")) {
        listed = list.len();
        for id in list.iter().filter_map(|item| item.get("id")?.as_str()) {
            done.touches(id);
        }
    }
    // What needs full anyway may name any record; the gateway passes it on unread.
    let updates = matches!(request.method.as_str(), "PUT" | "PATCH");
    let one = operation.template().parameters().len() == 1;
    if updates && one && operation.level() < Level::Full {
        // A server that saves what it is sent saves the record that the body says it is.
        for item in &items(body, &request.method).items {
            item.text("id").iter().for_each(|id| done.touches(id));
        }
    }
    done.touched = ids.len().max(listed).max(most_of_path).max(1);
}

/// Whether it could be the id of a record.
fn is_id(text: &str) -> bool {
    let hex = |c: char| c.is_ascii_hexdigit();
    (text.len() == 24 && text.chars().all(hex))
        || (text.len() == 36
            && text.chars().enumerate().all(|(at, c)| match at {
                8 | 13 | 18 | 23 => c == '-',
                _ => hex(c),
            }))
}

/// The pairs of a query, keys without their brackets.
fn pairs(query: &str) -> Vec<(String, String)> {
    let query = query.split('#').next().unwrap_or_default();
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let key = decoded(&key.replace('+', " "));
        let key = key.split('[').next().unwrap_or_default().trim().to_owned();
        (key, decoded(&value.replace('+', " ")))
    };
    query.split(['&', ';']).map(pair).collect()
}

/// A text without its escapes; what is no escape stays.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut made, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let escape = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        if let Some(byte) = escape.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            made.push(byte);
            at += 3;
        } else {
            made.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&made).into_owned()
}
