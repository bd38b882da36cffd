//! `POST /v1/customers/search`: finding records of any kind by what they and their relatives hold.
//!
//! The body's `queryContext` says what comes back; `and`, `or` and `not` hold criteria such as
//! `{"conversation_status": {"equals": "open"}}`. A criterion on another kind asks for a relative
//! that fits: a customer context with a conversation criterion finds the customers who have such a
//! conversation. `aggs`, `fields` and `timeZone` are accepted and change nothing here; days begin
//! at midnight UTC.

mod criterion;
mod relatives;

use serde_json::{Map, Value, json};

use self::criterion::{Attribute, Node};
use crate::compare;
use crate::envelope;
use crate::page::{Page, Query};
use crate::record::{Kind, Record};
use crate::refusal::Refusal;
use crate::state::State;

/// The longest page of a search.
const LONGEST_PAGE: u32 = 500;

/// The page after which a search gives nothing more.
const LAST_PAGE: u32 = 100;

const FIELDS: [&str; 10] = [
    "queryContext",
    "and",
    "or",
    "not",
    "sort",
    "includeDeleted",
    "timeZone",
    "aggs",
    "fields",
    "searchHash",
];

/// Answers a search.
pub(crate) fn run(
    state: &State,
    path: &str,
    query: &Query,
    body: &Map<String, Value>,
) -> Result<Value, Refusal> {
    let search = Search::read(body)?;
    let page = Page::read(query, LONGEST_PAGE)?;
    if page.number > LAST_PAGE {
        let message = "a search ends after page 100: narrow the criteria instead";
        return Err(Refusal::bad_parameter("page", message));
    }
    let found = search.find(state);
    let ids_only = query.get("idsOnly") == Some("true");
    let shown = if ids_only { envelope::identifier } else { envelope::resource };
    let mut document = page.envelope(path, query, &found, shown);
    if let Some(meta) = document.get_mut("meta").and_then(Value::as_object_mut) {
        meta.insert("aggregations".to_owned(), json!({}));
    }
    if let Some(links) = document.get_mut("links").and_then(Value::as_object_mut) {
        links.insert("last".to_owned(), json!(page.last(path, query, found.len())));
    }
    Ok(document)
}

/// A search body that was understood.
struct Search {
    context: Kind,
    /// For a context such as `kobject_order`.
    klass: Option<String>,
    wanted: Node,
    sort: Vec<(Attribute, Direction)>,
    include_deleted: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Ascending,
    Descending,
}

impl Search {
    fn read(body: &Map<String, Value>) -> Result<Self, Refusal> {
        if let Some(unknown) = body.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            return Err(Refusal::bad_field(
                unknown,
                format!("`{unknown}` is not a part of a search"),
            ));
        }
        let (context, klass) = context(body.get("queryContext"))?;
        Ok(Self {
            context,
            klass,
            wanted: Node::read(body)?,
            sort: sort(body.get("sort"))?,
            include_deleted: body.get("includeDeleted") == Some(&Value::Bool(true)),
        })
    }

    fn find<'a>(&self, state: &'a State) -> Vec<&'a Record> {
        let candidates = state.all(self.context).filter(|record| {
            (self.include_deleted || !record.is_deleted())
                && (self.klass.is_none() || self.klass == record.klass)
                && self.wanted.accepts(state, record)
        });
        let mut found: Vec<&Record> = candidates.collect();
        for (attribute, direction) in self.sort.iter().rev() {
            found.sort_by(|left, right| {
                let order = compare::order(attribute.first(left), attribute.first(right));
                if *direction == Direction::Descending { order.reverse() } else { order }
            });
        }
        found
    }
}

fn context(value: Option<&Value>) -> Result<(Kind, Option<String>), Refusal> {
    let name = match value {
        None => "customer",
        Some(Value::String(name)) => name,
        Some(_) => return Err(Refusal::bad_field("queryContext", "`queryContext` must be a text")),
    };
    if let Some(klass) = name.strip_prefix("kobject_") {
        return Ok((Kind::Kobject, Some(klass.to_owned())));
    }
    let message = format!("`{name}` is not something to search for");
    criterion::kind_named(name)
        .map(|kind| (kind, None))
        .ok_or_else(|| Refusal::bad_field("queryContext", message))
}

/// `[{"customer_created_at": "desc"}]`, or one such object.
fn sort(value: Option<&Value>) -> Result<Vec<(Attribute, Direction)>, Refusal> {
    let entries: Vec<&Value> = match value {
        None => Vec::new(),
        Some(Value::Array(entries)) => entries.iter().collect(),
        Some(entry) => vec![entry],
    };
    let mut sort = Vec::new();
    for entry in entries {
        let Some(entry) = entry.as_object() else {
            return Err(Refusal::bad_field("sort", "`sort` must hold objects"));
        };
        for (name, direction) in entry {
            let direction = match direction.as_str() {
                Some("asc") => Direction::Ascending,
                Some("desc") => Direction::Descending,
                _ => return Err(Refusal::bad_field("sort", "a sort is either `asc` or `desc`")),
            };
            sort.push((Attribute::read(name)?, direction));
        }
    }
    Ok(sort)
}
