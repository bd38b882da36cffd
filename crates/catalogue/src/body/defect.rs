//! Why a body is refused.

use std::sync::Arc;

/// Why a body is refused before anything is forwarded.
///
/// Shown as a fragment that says what is wrong and what to send instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyDefect {
    /// A request of this method to this path has none.
    #[error("this operation takes no body; send none")]
    NotTaken,
    /// It is not UTF-8.
    #[error("the body is not UTF-8; encode it as UTF-8")]
    NotUtf8,
    /// It begins with a byte order mark.
    #[error("the body begins with a byte order mark; leave it out")]
    ByteOrderMark,
    /// It is no JSON.
    #[error("the body is not JSON; send one JSON document")]
    NotJson,
    /// Something stands behind the document.
    #[error("something stands behind the end of the body's JSON; send one document alone")]
    TrailingBytes,
    /// An object has a key twice.
    #[error("an object of the body has a key twice; send each key once")]
    DuplicateKey,
    /// It is nested too deep.
    #[error("the body is nested deeper than 64 levels; make it flatter")]
    TooDeep,
    /// It holds `__proto__`, `$set` or the like.
    #[error(
        "the body holds a key such as `__proto__` or `$set`, by which other fields could be smuggled in; leave it out"
    )]
    ForbiddenKey,
    /// It holds `_method`.
    #[error(
        "the body holds `_method`, by which another method could be meant; send that method itself"
    )]
    MethodOverride,
    /// It is wrapped like Kustomer's answers.
    #[error("the body wraps its fields like Kustomer's answers do; send the fields themselves")]
    Wrapped,
    /// It is no object.
    #[error("the body must be one JSON object")]
    NoObject,
    /// It is no list of objects.
    #[error(
        "the body must be a list of JSON objects, or one object where `ids` in the query names the records"
    )]
    NoList,
    /// It is no list of strings.
    #[error("the body must be a list of strings")]
    NoNames,
    /// It is no patch.
    #[error(
        "the body is a list, and not one of patch operations with a plain `path` each (RFC 6902); send an object with the fields to change"
    )]
    NoPatch,
    /// It lists too many records.
    #[error("the body lists more than 100 records; send fewer at a time")]
    TooManyItems,
    /// It names another record than the path does.
    #[error(
        "the field `{0}` of the body names another record than the path; leave it out or name the same one"
    )]
    NamesAnother(Arc<str>),
    /// What a search is to return is not said.
    #[error("a search must say in `queryContext` what it returns, such as \"customer\"")]
    NoContext,
    /// What a search is to return is not known.
    #[error(
        "the `queryContext` of the search is none that Kustodian knows; use one such as \"customer\", \"conversation\" or \"kobject_order\""
    )]
    UnknownContext,
    /// A search speaks of something that is not known.
    #[error(
        "the search has a criterion, field or order that Kustodian cannot tell the record of; write `<record>_<attribute>`, such as `customer_email`"
    )]
    UnknownCriterion,
    /// A search looks into too many things.
    #[error("the search looks into more than 64 different things; make it narrower")]
    SearchTooWide,
    /// A search has a part of a wrong type.
    #[error(
        "a part of the search is not of the type it must be: `and`, `or` and `not` are objects or lists of them"
    )]
    SearchShape,
}

impl BodyDefect {
    /// A name for programs, which never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotTaken => "body_not_allowed",
            Self::NotUtf8 => "body_not_utf8",
            Self::ByteOrderMark => "body_byte_order_mark",
            Self::NotJson => "body_not_json",
            Self::TrailingBytes => "body_trailing_bytes",
            Self::DuplicateKey => "body_duplicate_key",
            Self::TooDeep => "body_too_deep",
            Self::ForbiddenKey => "body_forbidden_key",
            Self::MethodOverride => "method_override",
            Self::Wrapped => "body_wrapped",
            Self::NoObject => "body_no_object",
            Self::NoList => "body_no_list",
            Self::NoNames => "body_no_names",
            Self::NoPatch => "body_no_patch",
            Self::TooManyItems => "body_too_many_items",
            Self::NamesAnother(_) => "body_names_another_record",
            Self::NoContext => "search_without_context",
            Self::UnknownContext => "search_unknown_context",
            Self::UnknownCriterion => "search_unknown_criterion",
            Self::SearchTooWide => "search_too_wide",
            Self::SearchShape => "search_shape",
        }
    }
}
