//! Drafts: the way a customer is answered.
//!
//! A draft without `sendAt` goes out at once. In the sandbox that means: it counts as sent, and
//! an outbound message appears on the timeline. One with `sendAt` waits, and can be changed until
//! it goes out; the sandbox does not send it when its time comes.

use serde_json::{Map, Value, json};

use super::{Table, messages};
use crate::call::{Call, Reply, link};
use crate::record::Kind;
use crate::refusal::Refusal;

pub(super) const ROUTES: Table = &[
    ("drafts.list_for_customer", |call| {
        call.list_owned(Kind::Draft, Kind::Customer, call.value("id"))
    }),
    ("drafts.create_for_customer", create),
    ("drafts.update", update),
    ("drafts.delete", delete),
];

fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut body = call.object()?;
    messages::name_owner(call, &mut body, "customer")?;
    let customer = messages::owner(call, &body)?;
    let id = call.create(Kind::Draft, &body, vec![link("customer", Kind::Customer, &customer)])?;
    send(call, &id)?;
    call.show(Kind::Draft, &id)
}

fn update(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.value("id").to_owned();
    if call.find(Kind::Draft, &id)?.text("status") == "sent" {
        return Err(Refusal::bad_request("the draft has been sent already"));
    }
    call.update(Kind::Draft, &id)?;
    send(call, &id)?;
    call.show(Kind::Draft, &id)
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.value("id").to_owned();
    call.delete(Kind::Draft, &id)
}

/// Records the message of a draft that goes out now.
fn send(call: &mut Call<'_>, id: &str) -> Result<(), Refusal> {
    let draft = call.find(Kind::Draft, id)?;
    if draft.text("status") != "sent" {
        return Ok(());
    }
    let attribute = |name: &str| draft.attributes.get(name).cloned().unwrap_or(Value::Null);
    let usual_app = if draft.text("channel") == "sms" { "twilio" } else { "postmark" };
    let app = if draft.text("app").is_empty() { json!(usual_app) } else { attribute("app") };
    let mut message = Map::from_iter([
        ("customer".to_owned(), json!(draft.related("customer"))),
        ("channel".to_owned(), attribute("channel")),
        ("app".to_owned(), app),
        ("direction".to_owned(), json!("out")),
        ("subject".to_owned(), attribute("subject")),
        ("preview".to_owned(), attribute("body")),
        ("meta".to_owned(), json!({ "to": attribute("to"), "draft": id })),
    ]);
    if let Some(conversation) = draft.related("conversation") {
        message.insert("conversation".to_owned(), json!(conversation));
    }
    messages::make(call, &message).map(drop)
}
