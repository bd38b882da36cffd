//! Users and teams: the people of the support desk, and the key's own user.

use serde_json::{Value, json};

use super::Table;
use crate::call::{Call, Reply};
use crate::envelope;
use crate::record::Kind;
use crate::refusal::Refusal;
use crate::seed::ORG_ID;

pub(super) const ROUTES: Table = &[
    ("users.list", |call| call.list(Kind::User)),
    ("users.get", get),
    ("users.get_many", |call| Ok(get_many(call))),
    ("users.get_current", |call| Ok(Reply::Document(current(call)))),
    ("teams.list", |call| call.list(Kind::Team)),
    ("teams.get", |call| call.show(Kind::Team, call.value("id"))),
    ("teams.list_for_user", list_for_user),
];

/// The key's own machine user is known too, though it is not in the list of people.
fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.value("id");
    if id == call.caller.user {
        return Ok(Reply::Document(current(call)));
    }
    call.show(Kind::User, id)
}

fn get_many(call: &Call<'_>) -> Reply {
    let found = call.asked.targets().iter().filter_map(|id| call.find(Kind::User, id).ok());
    let found: Vec<Value> = found.map(envelope::resource).collect();
    Reply::Document(json!({ "data": found }))
}

fn current(call: &Call<'_>) -> Value {
    let user = &call.caller.user;
    json!({ "data": {
        "type": "user",
        "id": user,
        "attributes": {
            "displayName": "API key",
            "userType": "machine",
            "roles": call.caller.roles,
        },
        "relationships": {
            "org": { "links": { "self": format!("/v1/orgs/{ORG_ID}") }, "data": { "type": "org", "id": ORG_ID } },
        },
        "links": { "self": format!("/v1/users/{user}") },
    }})
}

fn list_for_user(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let user = &call.find(Kind::User, call.value("id"))?.id;
    let teams = call.state.all(Kind::Team).filter(|team| team.list_holds("members", user));
    call.page(Kind::Team, teams.collect())
}
