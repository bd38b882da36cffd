//! Demands beyond an operation's own: when a request makes them, on what, and why.

use std::fmt;
use std::sync::Arc;

use crate::body::{Field, Items, Json};
use crate::diagnostic::Place;
use crate::query::Query;
use crate::{ActsAs, Level, ParameterKind, ResourceId};

/// A demand that a request may make beside its operation's own.
#[derive(Debug, Clone)]
pub struct Rule {
    pub(crate) when: Condition,
    pub(crate) resource: ResourceId,
    pub(crate) level: Level,
    pub(crate) because: Arc<str>,
    /// The operation that a request does in effect when it makes the demand.
    pub(crate) acts_as: Option<Arc<ActsAs>>,
    pub(crate) place: Place,
}

/// When a rule's demand is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Always.
    Always,
    /// `{ query = "replace" }`: the query has the key, with whatever value is not excepted.
    Query { key: Arc<str>, value: Wanted },
    /// `{ fields = ["deleted"] }`: a record of the body has one of the fields.
    Fields { names: Vec<Arc<str>>, value: Wanted },
    /// `{ absent = "conversation" }`: a record of the body lacks the field, or names no record in it.
    Absent(Arc<str>),
    /// `{ items = 2 }`: so many records are listed, or more.
    Items(usize),
    /// `{ path = "resource", is = "user" }`: the path has this value there.
    Path { parameter: Arc<str>, value: Arc<str> },
}

/// Which values a condition is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Any value, `null` too.
    Any,
    /// `unless_false = true`: any but a plain `false`. A lenient server takes "true" and 1 for true.
    AllButFalse,
    /// `is = "note"`: this text, or a value that the body does not tell.
    Is(Arc<str>),
    /// `has = "attachments"`: a list, parted by commas, in which this is.
    Has(Arc<str>),
}

impl Rule {
    /// The resource that is demanded.
    #[must_use]
    pub fn resource(&self) -> &ResourceId {
        &self.resource
    }

    /// The level that is demanded.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// Why, as a fragment such as "the body marks it as deleted".
    #[must_use]
    pub fn because(&self) -> &str {
        &self.because
    }

    /// The operation that a request does in effect when it makes the demand: what a policy says of that
    /// one has to permit it too.
    #[must_use]
    pub fn acts_as(&self) -> Option<&ActsAs> {
        self.acts_as.as_deref()
    }

    /// The same, for a demand that carries it.
    #[must_use]
    pub fn shared_acts_as(&self) -> Option<Arc<ActsAs>> {
        self.acts_as.clone()
    }

    /// When, as a fragment such as "when the body has `deleted`, unless it is false"; empty where
    /// always.
    #[must_use]
    pub fn when(&self) -> String {
        self.when.to_string()
    }

    /// Whether it is made by every request of the operation.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.when == Condition::Always
    }

    /// Whether only the body tells that it is made.
    #[must_use]
    pub fn is_about_the_body(&self) -> bool {
        matches!(self.when, Condition::Fields { .. } | Condition::Absent(_) | Condition::Items(_))
    }

    /// Where the catalogue's files say all this.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The field whose absence makes the demand, where that is what it is about.
    pub(crate) fn absent_field(&self) -> Option<&str> {
        if let Condition::Absent(field) = &self.when { Some(field) } else { None }
    }

    /// Whether a request with these values in its path and with this query makes the demand.
    pub(crate) fn is_made_by_target(&self, values: &[(Arc<str>, String)], query: &Query) -> bool {
        match &self.when {
            Condition::Always => true,
            Condition::Query { key, value } => query.value(key).is_some_and(|met| match value {
                Wanted::Any => true,
                Wanted::AllButFalse => met != "false",
                Wanted::Is(wanted) => met == &**wanted,
                Wanted::Has(wanted) => met.split(',').any(|met| met == &**wanted),
            }),
            Condition::Path { parameter, value } => values
                .iter()
                .any(|(name, met)| name == parameter && met.eq_ignore_ascii_case(value)),
            Condition::Fields { .. } | Condition::Absent(_) | Condition::Items(_) => false,
        }
    }

    /// Whether a request with this body makes the demand.
    pub(crate) fn is_made_by_body(&self, body: &Items<'_>) -> bool {
        match &self.when {
            Condition::Fields { names, value } => body
                .fields()
                .any(|(name, met)| names.iter().any(|it| **it == **name) && value.is_met_by(*met)),
            Condition::Absent(name) => {
                let lacks = |fields: &[Field<'_>]| {
                    !fields.iter().any(|(met, value)| **name == **met && names_one(*value))
                };
                body.records.is_empty() || body.records.iter().any(|fields| lacks(fields))
            }
            Condition::Items(least) => body.listed && body.records.len() >= *least,
            Condition::Query { key, .. } => body.replaces && &**key == "replace",
            Condition::Always | Condition::Path { .. } => false,
        }
    }
}

impl Wanted {
    /// A value that is not known may be any.
    fn is_met_by(&self, met: Option<&Json>) -> bool {
        match (self, met) {
            // A lenient server takes a list of one text for the text.
            (Self::Any, _) | (_, None) | (Self::Is(_), Some(Json::List(_) | Json::Object(_))) => {
                true
            }
            (Self::AllButFalse, Some(met)) => *met != Json::Bool(false),
            (Self::Has(wanted), Some(Json::List(items))) => {
                items.iter().any(|item| item.as_text() == Some(wanted))
            }
            // What is no text may still be taken for one: a list of one text often is.
            (Self::Is(wanted), Some(met)) => met.as_text().is_none_or(|met| met == &**wanted),
            (Self::Has(wanted), Some(met)) => met.as_text() == Some(wanted),
        }
    }
}

/// Whether a value names a record. To Kustomer, `null` and `""` are as if the field were not there.
fn names_one(value: Option<&Json>) -> bool {
    value.and_then(Json::as_text).is_some_and(|text| ParameterKind::Id.accepts(text))
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => Ok(()),
            Self::Query { key, value } => write!(f, "when the query has `{key}`{value}"),
            Self::Fields { names, value } => {
                let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
                write!(f, "when the body has {}{value}", names.join(" or "))
            }
            Self::Absent(name) => write!(f, "when the body lacks `{name}`"),
            Self::Items(least) => write!(f, "when the body lists {least} records or more"),
            Self::Path { parameter, value } => {
                write!(f, "when {{{parameter}}} in the path is `{value}`")
            }
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => Ok(()),
            Self::AllButFalse => f.write_str(", unless it is false"),
            Self::Is(value) => write!(f, " as `{value}`"),
            Self::Has(value) => write!(f, " with `{value}`"),
        }
    }
}
