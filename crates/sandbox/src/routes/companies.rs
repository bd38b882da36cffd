//! Companies: what several customers can belong to. The sandbox starts without any.

use serde_json::{Map, Value};

use super::{Table, bulk};
use crate::call::{Call, Reply};
use crate::record::Kind;
use crate::refusal::Refusal;

pub(super) const ROUTES: Table = &[
    ("companies.list", |call| call.list(Kind::Company)),
    ("companies.get", |call| call.show(Kind::Company, call.value("id"))),
    ("companies.create", create),
    ("companies.update", update),
    ("companies.bulk_create", |call| bulk::create(call, make)),
    ("companies.bulk_update", |call| bulk::update(call, Kind::Company)),
];

fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = make(call, &call.object()?)?;
    call.show(Kind::Company, &id)
}

fn make(call: &mut Call<'_>, body: &Map<String, Value>) -> Result<String, Refusal> {
    call.create(Kind::Company, body, Vec::new())
}

fn update(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.value("id").to_owned();
    call.update(Kind::Company, &id)
}
