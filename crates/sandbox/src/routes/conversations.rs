//! Conversations: created for a customer, read one by one or several at once, changed, tagged.

use serde_json::{Map, Value, json};

use super::{Table, bulk};
use crate::call::{Call, Reply, link};
use crate::envelope;
use crate::record::{Kind, Record};
use crate::refusal::Refusal;

pub(super) const ROUTES: Table = &[
    ("conversations.list", |call| call.list(Kind::Conversation)),
    ("conversations.list_for_customer", |call| {
        call.list_owned(Kind::Conversation, Kind::Customer, call.value("id"))
    }),
    ("conversations.get", get),
    ("conversations.get_by_external_id", by_external_id),
    ("conversations.create", create),
    ("conversations.create_for_customer", create_for_customer),
    ("conversations.update", update),
    ("conversations.patch", update),
    ("conversations.delete", delete),
    ("conversations.add_tags", add_tags),
    ("conversations.remove_tags", remove_tags),
    ("conversations.bulk_create", |call| bulk::create(call, make)),
    ("conversations.bulk_update", |call| bulk::update(call, Kind::Conversation)),
];

/// One id gives the conversation; several, joined by commas, give those of them that are there.
fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let ids = call.asked.targets();
    if let [id] = ids {
        return call.show(Kind::Conversation, id);
    }
    let found = ids.iter().filter_map(|id| call.find(Kind::Conversation, id).ok());
    let found: Vec<Value> = found.map(envelope::resource).collect();
    Ok(Reply::Document(json!({ "data": found })))
}

fn by_external_id(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let wanted = call.value("externalId");
    call.find_by(Kind::Conversation, |record| record.text("externalId") == wanted)
}

fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = make(call, &call.object()?)?;
    call.show(Kind::Conversation, &id)
}

/// Creates a conversation for the customer that the body names.
fn make(call: &mut Call<'_>, body: &Map<String, Value>) -> Result<String, Refusal> {
    if !body.contains_key("customer") {
        return Err(Refusal::bad_field("customer", "`customer` is required for a conversation"));
    }
    call.create(Kind::Conversation, body, Vec::new())
}

fn create_for_customer(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let customer = call.value("id").to_owned();
    call.find(Kind::Customer, &customer)?;
    let links = vec![link("customer", Kind::Customer, &customer)];
    let id = call.create(Kind::Conversation, &call.object()?, links)?;
    call.show(Kind::Conversation, &id)
}

/// An update with `"deleted": true` puts the conversation away, and answers with it a last time.
fn update(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.value("id").to_owned();
    call.update(Kind::Conversation, &id)
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.value("id").to_owned();
    call.delete(Kind::Conversation, &id)
}

fn add_tags(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut tags = tags(call)?;
    for named in named_tags(call)? {
        let tag = match tag_id(call, &named) {
            Some(id) => id,
            // Kustomer makes a tag of a word that it does not know.
            None => call.create(
                Kind::Tag,
                &Map::from_iter([("name".to_owned(), json!(named))]),
                Vec::new(),
            )?,
        };
        if !tags.contains(&json!(tag)) {
            tags.push(json!(tag));
        }
    }
    set_tags(call, tags)
}

fn remove_tags(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut tags = tags(call)?;
    for named in named_tags(call)? {
        let tag = json!(tag_id(call, &named).unwrap_or(named));
        tags.retain(|kept| *kept != tag);
    }
    set_tags(call, tags)
}

fn tags(call: &Call<'_>) -> Result<Vec<Value>, Refusal> {
    let conversation = call.find(Kind::Conversation, call.value("id"))?;
    Ok(conversation.attributes.get("tags").and_then(Value::as_array).cloned().unwrap_or_default())
}

/// The body: a list of ids or names of tags.
fn named_tags(call: &Call<'_>) -> Result<Vec<String>, Refusal> {
    let named = call.array()?;
    let texts = named.iter().map(|tag| tag.as_str().map(str::to_owned));
    texts.collect::<Option<_>>().ok_or_else(|| Refusal::bad_request("each tag must be a text"))
}

fn tag_id(call: &Call<'_>, named: &str) -> Option<String> {
    let fits = |tag: &&Record| tag.id == named || tag.text("name") == named;
    call.state.all(Kind::Tag).find(fits).map(|tag| tag.id.clone())
}

fn set_tags(call: &mut Call<'_>, tags: Vec<Value>) -> Result<Reply, Refusal> {
    let id = call.value("id").to_owned();
    call.change(
        Kind::Conversation,
        &id,
        &Map::from_iter([("tags".to_owned(), Value::Array(tags))]),
    )?;
    call.show(Kind::Conversation, &id)
}
