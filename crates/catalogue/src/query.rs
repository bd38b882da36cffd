//! The query of a request, read for the keys that change what a request demands.
//!
//! Most of a query (`page`, `sort`, filters) only narrows or orders what is returned, and is passed on
//! unread. A key that matters must be written plainly and once: `replace[]`, `Replace` or `%72eplace`
//! might be taken for it by the server, so they are refused and not overlooked.

use std::borrow::Cow;
use std::sync::Arc;

use crate::template::kind::{MOST_IDS, count_ids};

/// The key whose value names the records that a bulk operation is about.
pub(crate) const IDS: &str = "ids";

/// The key whose value names what is to be returned beside what was asked for.
pub(crate) const INCLUDE: &str = "include";

/// The key by which some servers take another method for the one that was sent.
const METHOD: &str = "_method";

/// What was found in a query: the keys that matter, each with its decoded value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    found: Vec<(Arc<str>, String)>,
}

impl Query {
    /// Reads what stands behind the `?`, looking for `keys`, and for `include`, `ids` and `_method`,
    /// which matter wherever they stand.
    pub(crate) fn read(query: &str, keys: &[Arc<str>]) -> Result<Self, QueryDefect> {
        let mut found = Self::default();
        for pair in query.split('&') {
            // A server that also parts pairs at `;` would find keys behind one.
            let mut parts = pair.split(';');
            found.add(parts.next().unwrap_or_default(), keys)?;
            if parts.any(|part| key_meant(part, keys).is_some()) {
                return Err(QueryDefect::Spelling);
            }
        }
        Ok(found)
    }

    fn add(&mut self, pair: &str, keys: &[Arc<str>]) -> Result<(), QueryDefect> {
        let Some(key) = key_meant(pair, keys) else { return Ok(()) };
        let (raw, value) = pair.split_once('=').unwrap_or((pair, ""));
        if *key == *METHOD {
            return Err(QueryDefect::MethodOverride);
        }
        if raw != &*key {
            return Err(QueryDefect::Spelling);
        }
        if self.value(&key).is_some() {
            return Err(QueryDefect::Twice(key));
        }
        let value = decode(value).ok_or(QueryDefect::Spelling)?.into_owned();
        if value.contains(|c: char| c.is_control() || c == '%') {
            return Err(QueryDefect::Spelling);
        }
        self.found.push((key, value));
        Ok(())
    }

    /// The value of a key that matters.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        self.found.iter().find(|(found, _)| **found == *key).map(|(_, value)| value.as_str())
    }

    /// The values of a key that are parted by commas.
    pub(crate) fn values(&self, key: &str) -> impl Iterator<Item = &str> {
        self.value(key).into_iter().flat_map(|value| value.split(','))
    }

    /// The ids of `?ids=`, in lower case.
    pub(crate) fn ids(&self) -> Result<Vec<String>, QueryDefect> {
        let Some(value) = self.value(IDS) else { return Ok(Vec::new()) };
        match count_ids(value) {
            0 => Err(QueryDefect::NoIds),
            count if count > MOST_IDS => Err(QueryDefect::TooManyIds),
            _ => Ok(value.split(',').map(str::to_ascii_lowercase).collect()),
        }
    }
}

/// The key that matters for which a server might take the key of a pair.
fn key_meant(pair: &str, keys: &[Arc<str>]) -> Option<Arc<str>> {
    let raw = pair.split('=').next().unwrap_or_default();
    let name = decode(raw).unwrap_or(Cow::Borrowed(raw));
    // `[ids]`, `ids[]`, `ids[0]` and `ids.x` are all `ids` to one server or another.
    let name = name.trim_matches(|c: char| c == '[' || c.is_whitespace() || c.is_control());
    let name = name.split(['[', ']', '.']).next().unwrap_or_default().trim();
    for fixed in [INCLUDE, IDS, METHOD] {
        if name.eq_ignore_ascii_case(fixed) {
            return Some(Arc::from(fixed));
        }
    }
    keys.iter().find(|key| name.eq_ignore_ascii_case(key)).cloned()
}

/// Decodes percent escapes and `+`, once; none where an escape is malformed or no UTF-8 results.
fn decode(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.contains(['%', '+']) {
        return Some(Cow::Borrowed(raw));
    }
    let mut decoded = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = char::from(bytes.next()?).to_digit(16)?;
                let low = char::from(bytes.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok().map(Cow::Owned)
}

/// Why a query is refused: a key that matters could be read in two ways, or has no meaning here.
///
/// Shown as a fragment that says what is wrong and what to send instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryDefect {
    /// A key that matters is not written plainly.
    #[error(
        "the query spells a key that matters in an unusual way; write it plainly, and its value encoded once"
    )]
    Spelling,
    /// A key that matters is there twice.
    #[error("the query has `{0}` twice; write it once, with commas between its values")]
    Twice(Arc<str>),
    /// It holds `_method`.
    #[error(
        "the query holds `_method`, by which another method could be meant; send that method itself"
    )]
    MethodOverride,
    /// It names records where the operation takes none.
    #[error(
        "the query holds `ids`, which this operation does not take; name the record in the path"
    )]
    IdsNotTaken,
    /// It names no records where the operation needs them.
    #[error("the query must name the records in `ids`, with commas between them")]
    IdsMissing,
    /// It names something that is no id.
    #[error("`ids` in the query must be ids of records with commas between them")]
    NoIds,
    /// It names too many records.
    #[error("the query lists more than 100 ids; ask for fewer at a time")]
    TooManyIds,
    /// It asks for what the operation is not known to include.
    #[error(
        "the query asks to `include` what this operation is not known to include; `kustodian catalogue show` says what it may be"
    )]
    UnknownInclude,
}

impl QueryDefect {
    /// A name for programs, which never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Spelling => "query_spelling",
            Self::Twice(_) => "query_duplicate_key",
            Self::MethodOverride => "method_override",
            Self::IdsNotTaken => "query_ids_not_taken",
            Self::IdsMissing => "query_ids_missing",
            Self::NoIds => "query_no_ids",
            Self::TooManyIds => "query_too_many_ids",
            Self::UnknownInclude => "query_unknown_include",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Option<String>, QueryDefect> {
        let query = Query::read(query, &[Arc::from("replace")])?;
        Ok(query.value("replace").map(str::to_owned))
    }

    #[test]
    fn a_plain_key_is_found_with_its_decoded_value() {
        assert_eq!(read("page=1&replace=t%72ue&x=%zz").unwrap().as_deref(), Some("true"));
        assert_eq!(read("replace").unwrap().as_deref(), Some(""));
        assert_eq!(read("sort=-replace&filter[replace]=true").unwrap(), None);
    }

    #[test]
    fn a_key_that_a_server_might_take_for_one_that_matters_is_refused() {
        for query in [
            "Replace=true",
            "%72eplace=true",
            "replace[]=true",
            "replace%5B%5D=true",
            "[replace]=true",
            "replace.x=true",
            "+replace=true",
            "replace%00=true",
            "a=1;replace=true",
            "replace=%",
            "replace=%2574rue",
            "INCLUDE=x",
            "ids%5B0%5D=x",
        ] {
            assert_eq!(read(query), Err(QueryDefect::Spelling), "{query}");
        }
        assert_eq!(read("replace=false&replace=true"), Err(QueryDefect::Twice("replace".into())));
        assert_eq!(read("_method=DELETE"), Err(QueryDefect::MethodOverride));
        assert_eq!(read("%5fmethod=DELETE"), Err(QueryDefect::MethodOverride));
        assert_eq!(read("a;_METHOD=DELETE"), Err(QueryDefect::Spelling));
    }

    #[test]
    fn ids_are_ids_with_commas_between_them_and_at_most_a_hundred() {
        let ids = |query: &str| Query::read(query, &[]).unwrap().ids();
        let one = "5f1a2b3c4d5e6f708192a3b4";
        assert_eq!(ids(&format!("ids={one}%2C{one}")).unwrap().len(), 2);
        assert_eq!(ids(""), Ok(Vec::new()));
        assert_eq!(ids("ids=all"), Err(QueryDefect::NoIds));
        assert_eq!(ids("ids="), Err(QueryDefect::NoIds));
        assert_eq!(ids(&format!("ids={}", [one; 101].join(","))), Err(QueryDefect::TooManyIds));
    }
}
