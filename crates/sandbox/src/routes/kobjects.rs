//! Klasses, and the objects of a klass: orders, returns and whatever an organisation keeps.

use serde_json::{Map, Value};

use super::{Table, bulk};
use crate::call::{Call, Reply};
use crate::record::{Kind, Record, Related};
use crate::refusal::Refusal;
use crate::write::{self, New};

pub(super) const ROUTES: Table = &[
    ("klasses.list", |call| call.list(Kind::Klass)),
    ("klasses.get", |call| call.show(Kind::Klass, call.value("id"))),
    ("kobjects.list", list),
    ("kobjects.list_for_customer", list_for_customer),
    ("kobjects.list_for_company", list_for_company),
    ("kobjects.get", get),
    ("kobjects.get_by_external_id", by_external_id),
    ("kobjects.create", create),
    ("kobjects.create_for_customer", create_for_customer),
    ("kobjects.update", update),
    ("kobjects.delete", delete),
    ("kobjects.bulk_create", |call| bulk::create(call, make)),
    ("kobjects.bulk_update", |call| bulk::update(call, Kind::Kobject)),
    ("kobjects.bulk_delete", |call| bulk::delete(call, Kind::Kobject)),
];

fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let klass = klass(call)?;
    let objects = call.state.all(Kind::Kobject).filter(|object| is_of(object, &klass));
    call.page(Kind::Kobject, objects.collect())
}

fn list_for_customer(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let klass = klass(call)?;
    let customer = &call.find(Kind::Customer, call.value("id"))?.id;
    let objects = call.state.owned(Kind::Kobject, customer).filter(|object| is_of(object, &klass));
    call.page(Kind::Kobject, objects.collect())
}

fn list_for_company(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let klass = klass(call)?;
    let company = &call.find(Kind::Company, call.value("id"))?.id;
    let objects = call
        .state
        .all(Kind::Kobject)
        .filter(|object| is_of(object, &klass) && object.related("company") == Some(company));
    call.page(Kind::Kobject, objects.collect())
}

fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = own_id(call)?;
    call.show(Kind::Kobject, &id)
}

fn by_external_id(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let klass = klass(call)?;
    let wanted = call.value("externalId");
    call.find_by(Kind::Kobject, |object| {
        is_of(object, &klass) && object.text("externalId") == wanted
    })
}

fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = make(call, &call.object()?)?;
    call.show(Kind::Kobject, &id)
}

fn create_for_customer(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut body = call.object()?;
    super::messages::name_owner(call, &mut body, "customer")?;
    let id = make(call, &body)?;
    call.show(Kind::Kobject, &id)
}

/// Creates an object of the klass that the path names.
fn make(call: &mut Call<'_>, body: &Map<String, Value>) -> Result<String, Refusal> {
    let klass = klass(call)?;
    let related = call.state.all(Kind::Klass).find(|one| one.text("name") == klass);
    let related = related.map(|one| ("klass", Related { kind: Kind::Klass, id: one.id.clone() }));
    let links = related.into_iter().collect();
    let new = New { kind: Kind::Kobject, klass: Some(&klass), body, links };
    write::create(call.state, &call.author, new)
}

fn update(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = own_id(call)?;
    call.update(Kind::Kobject, &id)
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = own_id(call)?;
    call.delete(Kind::Kobject, &id)
}

/// The klass that the path names, if there is one.
fn klass(call: &Call<'_>) -> Result<String, Refusal> {
    let name = call.value("name");
    let known = call.state.all(Kind::Klass).any(|klass| klass.text("name") == name);
    if known {
        Ok(name.to_owned())
    } else {
        Err(Refusal::not_found(format!("there is no klass `{name}`")))
    }
}

/// The id that the path names, if it is an object of the klass that the path names.
fn own_id(call: &Call<'_>) -> Result<String, Refusal> {
    let (klass, id) = (klass(call)?, call.value("id"));
    let object = call.find(Kind::Kobject, id)?;
    if is_of(object, &klass) { Ok(id.to_owned()) } else { Err(write::missing(Kind::Kobject, id)) }
}

fn is_of(object: &Record, klass: &str) -> bool {
    object.klass.as_deref() == Some(klass)
}
