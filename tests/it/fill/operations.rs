//! What the agents ask for: some operations of the catalogue, with the words for them.

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// Nothing.
    Nothing,
    /// A record by its id.
    Id,
    /// A record, and another within it.
    Two,
    /// A customer by an email address.
    Email,
}

/// An operation as its records show it. `{}` stands for what is named, `{+}` for the second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) id: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) level: &'static str,
    pub(crate) names: Names,
    /// "read", "read", "reading": of what is bare, past and going on.
    pub(crate) verb: [&'static str; 3],
    pub(crate) object: &'static str,
    /// Of a hundred requests.
    share: u64,
}

const READ: [&str; 3] = ["read", "read", "reading"];
const LIST: [&str; 3] = ["list", "listed", "listing"];
const UPDATE: [&str; 3] = ["update", "updated", "updating"];
const DELETE: [&str; 3] = ["delete", "deleted", "deleting"];

const fn get(
    id: &'static str,
    path: &'static str,
    resource: &'static str,
    names: Names,
    object: &'static str,
    share: u64,
) -> Operation {
    let (method, level, verb) = ("GET", "read", READ);
    Operation { id, method, path, resource, level, names, verb, object, share }
}

const fn put(
    id: &'static str,
    path: &'static str,
    resource: &'static str,
    object: &'static str,
    share: u64,
) -> Operation {
    let (method, level, verb, names) = ("PUT", "write", UPDATE, Names::Id);
    Operation { id, method, path, resource, level, names, verb, object, share }
}

const fn delete(
    id: &'static str,
    path: &'static str,
    resource: &'static str,
    object: &'static str,
) -> Operation {
    let (method, level, verb, names) = ("DELETE", "full", DELETE, Names::Id);
    Operation { id, method, path, resource, level, names, verb, object, share: 1 }
}

const SEARCH: Operation = Operation {
    method: "POST",
    verb: ["search", "searched", "searching"],
    ..get("customers.search", "/v1/customers/search", "customers", Names::Nothing, "customers", 18)
};

const MESSAGES: Operation = Operation {
    verb: LIST,
    ..get(
        "messages.list_by_conversation",
        "/v1/conversations/{}/messages",
        "messages",
        Names::Id,
        "messages of conversation {}",
        12,
    )
};

/// What is permitted; the shares make a hundred.
pub(crate) const GRANTED: [Operation; 8] = [
    get("customers.get", "/v1/customers/{}", "customers", Names::Id, "customer {}", 28),
    get(
        "conversations.get",
        "/v1/conversations/{}",
        "conversations",
        Names::Id,
        "conversation {}",
        18,
    ),
    SEARCH,
    MESSAGES,
    put("customers.update", "/v1/customers/{}", "customers", "customer {}", 10),
    put("conversations.update", "/v1/conversations/{}", "conversations", "conversation {}", 6),
    get(
        "messages.get",
        "/v1/conversations/{}/messages/{+}",
        "messages",
        Names::Two,
        "message {+} of conversation {}",
        6,
    ),
    get(
        "customers.get_by_email",
        "/v1/customers/email={}",
        "customers",
        Names::Email,
        "customer by email {}",
        2,
    ),
];

/// What is denied.
pub(crate) const DENIED: [Operation; 3] = [
    delete("customers.delete", "/v1/customers/{}", "customers", "customer {}"),
    delete("conversations.delete", "/v1/conversations/{}", "conversations", "conversation {}"),
    put("companies.update", "/v1/companies/{}", "companies", "company {}", 1),
];

/// The permitted operation at this place of a hundred.
pub(crate) fn granted(mut place: u64) -> &'static Operation {
    let found = GRANTED.iter().find(|operation| {
        let here = place < operation.share;
        place = place.saturating_sub(operation.share);
        here
    });
    found.unwrap_or(&GRANTED[0])
}
