//! Bulk jobs: up to a hundred changes by one request.
//!
//! Kustomer works on them in the background; the sandbox has done the work when it answers. An
//! item that is refused is left out and the others are done. As at Kustomer, the job repeats
//! what was sent, and who sent it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Table;
use crate::call::{Call, Reply};
use crate::record::{Kind, Record, time_text};
use crate::refusal::Refusal;
use crate::seed::{ORG_ID, ORG_NAME};

/// The most items that one job may have.
const MOST_ITEMS: usize = 100;

pub(super) const ROUTES: Table =
    &[("bulk_jobs.get", |call| call.show(Kind::BulkJob, call.value("id")))];

/// Creates a record from a body and gives its id.
pub(super) type Make = fn(&mut Call<'_>, &Map<String, Value>) -> Result<String, Refusal>;

/// Creates a record for each object of the body.
pub(super) fn create(call: &mut Call<'_>, make: Make) -> Result<Reply, Refusal> {
    let items = few(call.array()?)?;
    let bodies = items.iter().filter_map(Value::as_object);
    let ids: Vec<String> = bodies.filter_map(|body| make(call, body).ok()).collect();
    Ok(finish(call, &ids))
}

/// Changes records: either each object of the body by its own `id`, or all of `?ids=` by one body.
pub(super) fn update(call: &mut Call<'_>, kind: Kind) -> Result<Reply, Refusal> {
    let mut changes: Vec<(String, Map<String, Value>)> = Vec::new();
    if call.query.get("ids").is_some() {
        let body = call.object()?;
        changes.extend(ids(call)?.into_iter().map(|id| (id, body.clone())));
    } else {
        for item in few(call.array()?)? {
            let Value::Object(mut body) = item else { continue };
            let Some(Value::String(id)) = body.remove("id") else {
                return Err(Refusal::bad_field("id", "each object needs the `id` of a record"));
            };
            changes.push((id, body));
        }
    }
    let done = changes
        .into_iter()
        .filter(|(id, body)| is_meant(call, kind, id) && call.change(kind, id, body).is_ok());
    let ids: Vec<String> = done.map(|(id, _)| id).collect();
    Ok(finish(call, &ids))
}

/// Deletes the records of `?ids=`.
pub(super) fn delete(call: &mut Call<'_>, kind: Kind) -> Result<Reply, Refusal> {
    let mut deleted = ids(call)?;
    deleted.retain(|id| is_meant(call, kind, id) && call.delete(kind, id).is_ok());
    Ok(finish(call, &deleted))
}

fn ids(call: &Call<'_>) -> Result<Vec<String>, Refusal> {
    let ids = call.query.get("ids").filter(|ids| !ids.is_empty());
    let ids = ids.ok_or_else(|| Refusal::bad_parameter("ids", "`ids` is required"))?;
    few(ids.split(',').map(str::to_owned).collect())
}

/// Whether the path speaks of this record: an object must be of the klass that the path names.
fn is_meant(call: &Call<'_>, kind: Kind, id: &str) -> bool {
    let klass = call.state.get(kind, id).and_then(|record| record.klass.as_deref());
    klass.is_none_or(|klass| klass == call.value("name"))
}

fn few<T>(items: Vec<T>) -> Result<Vec<T>, Refusal> {
    if items.len() > MOST_ITEMS {
        return Err(Refusal::bad_request("a bulk job may have at most 100 items"));
    }
    Ok(items)
}

/// Keeps the job, and answers with it.
fn finish(call: &mut Call<'_>, ids: &[String]) -> Reply {
    let caller = call.caller;
    let api = json!({
        "data": call.body,
        "path": call.path,
        "method": call.method,
        "user": {
            "id": caller.user,
            "userType": "machine",
            "roles": caller.roles,
            "org": ORG_ID,
            "orgName": ORG_NAME,
        },
    });
    let now = time_text(call.author.now);
    let attributes = Map::from_iter(
        [
            ("ids", json!(ids)),
            ("context", json!(context(call))),
            ("status", json!("complete")),
            ("v2", json!(true)),
            ("payload", json!({ "api": api })),
            ("createdAt", now.clone()),
            ("updatedAt", now),
            ("completed", json!(true)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    let job = Record {
        kind: Kind::BulkJob,
        id: call.state.next_id(Kind::BulkJob),
        klass: None,
        attributes,
        relationships: BTreeMap::new(),
    };
    let document = crate::envelope::one(&job);
    call.state.insert(job);
    Reply::Document(document)
}

/// What kind of job it is, such as `api.sobjects.customers.bulk-create`.
fn context(call: &Call<'_>) -> String {
    let operation = call.asked.operation().id().as_str().replace('_', "-");
    format!("api.sobjects.{operation}")
}
