//! Messages: recorded on the timeline of a customer, within a conversation.

use serde_json::{Map, Value, json};

use super::{Table, bulk};
use crate::call::{Call, Reply, link};
use crate::record::Kind;
use crate::refusal::Refusal;

pub(super) const ROUTES: Table = &[
    ("messages.list", |call| call.list(Kind::Message)),
    ("messages.list_for_conversation", |call| {
        call.list_owned(Kind::Message, Kind::Conversation, call.value("id"))
    }),
    ("messages.list_for_customer", |call| {
        call.list_owned(Kind::Message, Kind::Customer, call.value("id"))
    }),
    ("messages.get", |call| call.show(Kind::Message, call.value("id"))),
    ("messages.get_by_external_id", by_external_id),
    ("messages.create", |call| create(call, None)),
    ("messages.create_for_conversation", |call| create(call, Some("conversation"))),
    ("messages.create_for_customer", |call| create(call, Some("customer"))),
    ("messages.update", update),
    ("messages.patch", update),
    ("messages.bulk_create", |call| bulk::create(call, make)),
    ("messages.bulk_update", |call| bulk::update(call, Kind::Message)),
];

fn by_external_id(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let wanted = call.value("externalId");
    call.find_by(Kind::Message, |record| record.text("externalId") == wanted)
}

/// Creates a message; the path may name the conversation or the customer.
fn create(call: &mut Call<'_>, named_by_path: Option<&'static str>) -> Result<Reply, Refusal> {
    let mut body = call.object()?;
    if let Some(name) = named_by_path {
        name_owner(call, &mut body, name)?;
    }
    let id = make(call, &body)?;
    call.show(Kind::Message, &id)
}

fn update(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.value("id").to_owned();
    call.update(Kind::Message, &id)
}

/// Puts the owner that the path names into the body, which may name the same one only: which of
/// two would win at Kustomer is not published.
pub(super) fn name_owner(
    call: &Call<'_>,
    body: &mut Map<String, Value>,
    name: &'static str,
) -> Result<(), Refusal> {
    let kind = if name == "customer" { Kind::Customer } else { Kind::Conversation };
    let id = json!(call.find(kind, call.value("id"))?.id);
    match body.insert(name.to_owned(), id.clone()) {
        Some(said) if said != id => {
            Err(Refusal::bad_field(name, format!("`{name}` is not the {name} that the path names")))
        }
        _ => Ok(()),
    }
}

/// Creates a message from a body that names a conversation or a customer. A message without a
/// conversation opens one.
pub(super) fn make(call: &mut Call<'_>, body: &Map<String, Value>) -> Result<String, Refusal> {
    let customer = owner(call, body)?;
    let mut links = vec![link("customer", Kind::Customer, &customer)];
    let conversation = body.get("conversation").and_then(Value::as_str);
    let opened = if conversation.is_none() { Some(open(call, &customer, body)?) } else { None };
    if let Some(opened) = &opened {
        links.push(link("conversation", Kind::Conversation, opened));
    }
    let made = call.create(Kind::Message, body, links);
    if let (Err(_), Some(opened)) = (&made, &opened) {
        // A message that was refused leaves no empty conversation behind.
        call.state.remove(Kind::Conversation, opened);
    }
    made
}

/// The customer of a new message or note: the one that is named, or that of the conversation.
pub(super) fn owner(call: &Call<'_>, body: &Map<String, Value>) -> Result<String, Refusal> {
    let named = |name: &str| body.get(name).and_then(Value::as_str);
    let of_conversation = match named("conversation") {
        Some(id) => call.find(Kind::Conversation, id)?.related("customer").map(str::to_owned),
        None => None,
    };
    match (named("customer"), of_conversation) {
        (Some(said), Some(other)) if said != other => {
            Err(Refusal::bad_field("customer", "the conversation belongs to another customer"))
        }
        (Some(said), _) => Ok(call.find(Kind::Customer, said)?.id.clone()),
        (None, Some(other)) => Ok(other),
        (None, None) => {
            Err(Refusal::bad_field("customer", "either `customer` or `conversation` is required"))
        }
    }
}

fn open(call: &mut Call<'_>, customer: &str, body: &Map<String, Value>) -> Result<String, Refusal> {
    let title = ["subject", "preview"].into_iter().find_map(|name| body.get(name));
    let direction = body.get("direction").cloned().unwrap_or_else(|| json!("in"));
    let fields = Map::from_iter([
        ("name".to_owned(), title.cloned().unwrap_or(Value::Null)),
        ("direction".to_owned(), direction),
    ]);
    call.create(Kind::Conversation, &fields, vec![link("customer", Kind::Customer, customer)])
}
