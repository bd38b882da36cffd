//! Customers: looked up by id or by an address, created, changed, deleted, one by one or in bulk.

use http::Method;
use serde_json::{Map, Value};

use super::{Table, bulk};
use crate::call::{Call, Reply};
use crate::record::{Kind, Record};
use crate::refusal::Refusal;

pub(super) const ROUTES: Table = &[
    ("customers.list", |call| call.list(Kind::Customer)),
    ("customers.get", |call| call.show(Kind::Customer, call.value("id"))),
    ("customers.get_by_id_key", |call| call.show(Kind::Customer, call.value("id"))),
    ("customers.get_by_email", |call| by_address(call, "emails", "email")),
    ("customers.get_by_phone", |call| by_address(call, "phones", "phone")),
    ("customers.get_by_external_id", by_external_id),
    ("customers.create", create),
    ("customers.update", update),
    ("customers.patch", update),
    ("customers.delete", delete),
    ("customers.bulk_create", |call| bulk::create(call, make)),
    ("customers.bulk_update", |call| bulk::update(call, Kind::Customer)),
    ("customers.bulk_delete", |call| bulk::delete(call, Kind::Customer)),
];

fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = make(call, &call.object()?)?;
    call.show(Kind::Customer, &id)
}

fn make(call: &mut Call<'_>, body: &Map<String, Value>) -> Result<String, Refusal> {
    call.create(Kind::Customer, body, Vec::new())
}

/// A PUT that leaves `company` out takes the customer away from its company.
fn update(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.value("id").to_owned();
    if call.method == Method::PUT
        && let Some(Value::Object(body)) = &mut call.body
    {
        body.entry("company").or_insert(Value::Null);
    }
    call.update(Kind::Customer, &id)
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.value("id").to_owned();
    call.delete(Kind::Customer, &id)
}

fn by_address(call: &Call<'_>, list: &str, key: &str) -> Result<Reply, Refusal> {
    let wanted = call.value(key);
    call.find_by(Kind::Customer, |record| holds(record, list, key, wanted))
}

fn by_external_id(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let wanted = call.value("externalId");
    call.find_by(Kind::Customer, |record| holds(record, "externalIds", "externalId", wanted))
}

fn holds(record: &Record, list: &str, key: &str, wanted: &str) -> bool {
    let addresses = record.attributes.get(list).and_then(Value::as_array);
    addresses.is_some_and(|all| {
        let mut texts = all.iter().filter_map(|address| address.get(key)?.as_str());
        texts.any(|text| text.eq_ignore_ascii_case(wanted))
    })
}
