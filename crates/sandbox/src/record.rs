//! One thing that the sandbox keeps: a customer, a message, a team ...
//!
//! All kinds are kept in one shape, because they leave in one shape: a type, an id, attributes and
//! relationships. What tells the kinds apart (their address, their fields) is a table in [`Kind`]
//! and in [`crate::fields`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Customer,
    Company,
    Conversation,
    Message,
    Note,
    Draft,
    Klass,
    Kobject,
    User,
    Team,
    /// A tag of conversations, as `/v1/tags` lists them.
    Tag,
    /// A tag of the knowledge base.
    KbTag,
    Shortcut,
    /// An inbound hook: an address that starts workflows.
    WebHook,
    OutboundWebhook,
    BulkJob,
}

impl Kind {
    /// The word in a record's `type`.
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Company => "company",
            Self::Conversation => "conversation",
            Self::Message => "message",
            Self::Note => "note",
            Self::Draft => "draft",
            Self::Klass => "klass",
            Self::Kobject => "kobject",
            Self::User => "user",
            Self::Team => "team",
            Self::Tag | Self::KbTag => "tag",
            Self::Shortcut => "shortcut",
            Self::WebHook => "hook",
            Self::OutboundWebhook => "outbound_webhook",
            Self::BulkJob => "bulk",
        }
    }

    /// The path under which records of this kind live. Objects live under their klass instead.
    pub(crate) fn collection(self) -> &'static str {
        match self {
            Self::Customer => "/v1/customers",
            Self::Company => "/v1/companies",
            Self::Conversation => "/v1/conversations",
            Self::Message => "/v1/messages",
            Self::Note => "/v1/notes",
            Self::Draft => "/v1/drafts",
            Self::Klass | Self::Kobject => "/v1/klasses",
            Self::User => "/v1/users",
            Self::Team => "/v1/teams",
            Self::Tag => "/v1/tags",
            Self::KbTag => "/v3/kb/tags",
            Self::Shortcut => "/v1/shortcuts",
            Self::WebHook => "/v1/hooks/web",
            Self::OutboundWebhook => "/v1/outbound-webhooks",
            Self::BulkJob => "/v1/bulk",
        }
    }

    /// The longest page that a list of this kind gives.
    pub(crate) fn longest_page(self) -> u32 {
        if matches!(self, Self::User | Self::Team) { 500 } else { 100 }
    }
}

/// Another record that a record points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Related {
    pub(crate) kind: Kind,
    pub(crate) id: String,
}

/// One kept record.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    /// The name of the klass, for objects only: it is part of their type and address.
    pub(crate) klass: Option<String>,
    pub(crate) attributes: Map<String, Value>,
    /// By name: `customer`, `conversation`, `createdBy` ...
    pub(crate) relationships: BTreeMap<String, Related>,
}

impl Record {
    /// An attribute as text; empty when it is absent or something else.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.attributes.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The id of a related record.
    pub(crate) fn related(&self, name: &str) -> Option<&str> {
        self.relationships.get(name).map(|related| related.id.as_str())
    }

    /// Whether an update has put it away (`"deleted": true`): it is kept, and shown only to a
    /// search that asks for deleted records.
    pub(crate) fn is_deleted(&self) -> bool {
        self.attributes.get("deleted") == Some(&Value::Bool(true))
    }

    /// Whether an attribute that is a list holds this text.
    pub(crate) fn list_holds(&self, attribute: &str, wanted: &str) -> bool {
        self.attributes
            .get(attribute)
            .and_then(Value::as_array)
            .is_some_and(|values| values.iter().any(|value| value == wanted))
    }
}

/// A time as it stands in records: UTC with milliseconds.
pub(crate) fn time_text(time: Timestamp) -> Value {
    Value::String(format!("{time:.3}"))
}
