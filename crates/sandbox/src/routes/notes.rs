//! Notes: what the support desk writes for itself.

use serde_json::{Map, Value};

use super::{Table, bulk, messages};
use crate::call::{Call, Reply, link};
use crate::record::Kind;
use crate::refusal::Refusal;

pub(super) const ROUTES: Table = &[
    ("notes.list", |call| call.list(Kind::Note)),
    ("notes.list_for_conversation", |call| {
        call.list_owned(Kind::Note, Kind::Conversation, call.value("id"))
    }),
    ("notes.list_for_customer", |call| {
        call.list_owned(Kind::Note, Kind::Customer, call.value("id"))
    }),
    ("notes.get", |call| call.show(Kind::Note, call.value("id"))),
    ("notes.create", create),
    ("notes.create_for_conversation", create_for_conversation),
    ("notes.update", update),
    ("notes.patch", update),
    ("notes.delete", delete),
    ("notes.bulk_create", |call| bulk::create(call, make)),
    ("notes.bulk_update", |call| bulk::update(call, Kind::Note)),
];

fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = make(call, &call.object()?)?;
    call.show(Kind::Note, &id)
}

fn create_for_conversation(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut body = call.object()?;
    messages::name_owner(call, &mut body, "conversation")?;
    let id = make(call, &body)?;
    call.show(Kind::Note, &id)
}

/// Creates a note from a body that names a conversation or a customer.
fn make(call: &mut Call<'_>, body: &Map<String, Value>) -> Result<String, Refusal> {
    let customer = messages::owner(call, body)?;
    call.create(Kind::Note, body, vec![link("customer", Kind::Customer, &customer)])
}

fn update(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.value("id").to_owned();
    call.update(Kind::Note, &id)
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.value("id").to_owned();
    call.delete(Kind::Note, &id)
}
