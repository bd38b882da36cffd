//! The calls of the demo, and what is promised of each.

use audit::Decided;
use sandbox::Seeded;
use serde_json::{Value, json};

/// One call and its promise.
#[derive(Debug)]
pub(super) struct DemoCall {
    /// Whose token it carries.
    pub(super) by: Bearer,
    pub(super) method: &'static str,
    pub(super) path: String,
    /// A body of JSON.
    pub(super) body: Option<String>,
    /// What it is meant to do, and why it comes out as it does, in a few words.
    pub(super) about: &'static str,
    pub(super) promise: Promise,
}

/// What a call presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bearer {
    /// The token of this agent.
    Agent(&'static str),
    /// Nothing.
    Nothing,
    /// The organisation's own key, which no agent should have.
    RealKey,
}

/// What must come of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Promise {
    /// It goes to Kustomer, which answers with this status.
    Permitted(u16),
    /// The gateway refuses it with this status, and Kustomer sees nothing of it.
    Refused(u16, Decided),
}

impl Promise {
    pub(super) fn status(self) -> u16 {
        match self {
            Self::Permitted(status) | Self::Refused(status, _) => status,
        }
    }

    pub(super) fn decision(self) -> Decided {
        match self {
            Self::Permitted(_) => Decided::Permitted,
            Self::Refused(_, decision) => decision,
        }
    }
}

/// All calls, in the order in which they tell a story.
pub(super) fn calls(seeded: &Seeded) -> Vec<DemoCall> {
    let customer = seeded.customers.first().map_or("", |customer| &customer.id);
    let conversation = seeded.conversations.first().map_or("", String::as_str);
    let customer = format!("/v1/customers/{customer}");
    let conversation = format!("/v1/conversations/{conversation}");
    let mut calls = permitted(&customer, &conversation);
    calls.extend(denied(&customer, &conversation));
    calls.extend(unclear(&customer));
    calls
}

fn permitted(customer: &str, conversation: &str) -> Vec<DemoCall> {
    let open = json!({
        "and": [{"conversation_status": {"equals": "open"}}],
        "queryContext": "conversation",
    });
    let reply = json!({"channel": "email", "body": "Your parcel leaves today."});
    let note = json!({"body": "Promised the customer that the parcel leaves today."});
    let (drafts, notes) = (format!("{customer}/drafts"), format!("{conversation}/notes"));
    vec![
        support("GET", customer, "read a customer").answered(200),
        triage("POST", "/v1/customers/search", "search for open conversations")
            .with(&open)
            .answered(200),
        support("POST", &drafts, "reply to a customer").with(&reply).answered(200),
        support("POST", &notes, "leave an internal note").with(&note).answered(201),
        admin("PATCH", customer, "change a customer")
            .with(&json!({"locale": "en_GB"}))
            .answered(200),
    ]
}

fn denied(customer: &str, conversation: &str) -> Vec<DemoCall> {
    let notes = json!({"queryContext": "note"});
    vec![
        triage("POST", "/v1/customers/search", "search for notes, which it may not read")
            .with(&notes)
            .denied(),
        support("DELETE", customer, "delete a customer, where its policy says off").denied(),
        triage("PUT", conversation, "close a conversation, where it may only read")
            .with(&json!({"status": "done"}))
            .denied(),
        admin(
            "DELETE",
            conversation,
            "delete a conversation, which is off although the rest is full",
        )
        .denied(),
        support("GET", "/v1/unheard-of", "call what nobody knows, so that no policy can grant it")
            .denied(),
    ]
}

fn unclear(customer: &str) -> Vec<DemoCall> {
    let two_ways = "use a path that could be read in two ways";
    vec![
        support("GET", "/v1/customers/../users", two_ways).refused(400, Decided::Malformed),
        call(Bearer::Nothing, "GET", customer, "read a customer without a token")
            .refused(401, Decided::Unauthenticated),
        call(Bearer::RealKey, "GET", customer, "read a customer with the organisation's own key")
            .refused(401, Decided::Unauthenticated),
    ]
}

fn support(method: &'static str, path: &str, about: &'static str) -> Unpromised {
    call(Bearer::Agent("support-agent"), method, path, about)
}

fn triage(method: &'static str, path: &str, about: &'static str) -> Unpromised {
    call(Bearer::Agent("triage-bot"), method, path, about)
}

fn admin(method: &'static str, path: &str, about: &'static str) -> Unpromised {
    call(Bearer::Agent("admin-bot"), method, path, about)
}

fn call(by: Bearer, method: &'static str, path: &str, about: &'static str) -> Unpromised {
    Unpromised { by, method, path: path.to_owned(), body: None, about }
}

/// A call of which nothing is promised yet.
struct Unpromised {
    by: Bearer,
    method: &'static str,
    path: String,
    body: Option<String>,
    about: &'static str,
}

impl Unpromised {
    fn with(self, body: &Value) -> Self {
        Self { body: Some(body.to_string()), ..self }
    }

    fn answered(self, status: u16) -> DemoCall {
        self.promising(Promise::Permitted(status))
    }

    fn denied(self) -> DemoCall {
        self.refused(403, Decided::Denied)
    }

    fn refused(self, status: u16, decision: Decided) -> DemoCall {
        self.promising(Promise::Refused(status, decision))
    }

    fn promising(self, promise: Promise) -> DemoCall {
        let Self { by, method, path, body, about } = self;
        DemoCall { by, method, path, body, about, promise }
    }
}
