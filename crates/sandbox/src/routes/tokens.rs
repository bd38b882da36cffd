//! What a key says about itself.

use serde_json::json;

use super::Table;
use crate::call::{Call, Reply};

pub(super) const ROUTES: Table = &[("api_tokens.get_current", |call| Ok(current(call)))];

fn current(call: &Call<'_>) -> Reply {
    let caller = call.caller;
    Reply::Document(json!({ "data": {
        "type": "token",
        "id": caller.key_id,
        "attributes": { "userType": "machine", "roles": caller.roles },
        "relationships": {
            "user": {
                "links": { "self": format!("/v1/users/{}", caller.user) },
                "data": { "type": "user", "id": caller.user },
            },
        },
        "links": { "self": format!("/v1/auth/tokens/{}", caller.key_id) },
    }}))
}
