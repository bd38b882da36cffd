//! Requests that try to do more than their path says.

use std::fmt::Write as _;

use catalogue::{Catalogue, Operation, ParameterKind};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::server::Request;
use crate::support::dice::Dice;

const IDS: [&str; 4] = [
    "5f1a2b3c4d5e6f708192a3b4",
    "5f1a2b3c4d5e6f708192a3b5",
    "5F1A2B3C4D5E6F708192A3B6",
    "01234567-89ab-cdef-0123-456789abcdef",
];

/// Names of fields that do something, or look as if they did.
const NAMES: [&str; 42] = [
    "deleted",
    "deletedAt",
    "customer",
    "customerId",
    "conversation",
    "conversationId",
    "createdBy",
    "createdAt",
    "modifiedBy",
    "modifiedAt",
    "updatedAt",
    "updatedBy",
    "importedAt",
    "redacted",
    "ended",
    "endedAt",
    "locked",
    "satisfaction",
    "satisfactionLevel",
    "channel",
    "to",
    "bcc",
    "headers",
    "assistant",
    "id",
    "_id",
    "_method",
    "__proto__",
    "constructor",
    "data",
    "attributes",
    "$set",
    "name",
    "custom",
    "Deleted",
    "team",
    "queue",
    "op",
    "path",
    "value",
    "tags",
    "body",
];

const VALUES: [&str; 30] = [
    "true",
    "true",
    "false",
    "1",
    "0",
    "null",
    "\"\"",
    "\"true\"",
    "\"false\"",
    "[]",
    "{}",
    "[true]",
    "1e0",
    "-0",
    "\"note\"",
    "[\"note\"]",
    "\"email\"",
    "\"DELETE\"",
    "{\"deleted\":true}",
    "{\"prototype\":{\"deleted\":true}}",
    "{\"attributes\":{\"deleted\":true}}",
    "[{\"deleted\":true}]",
    "{\"attributes\":{\"customer\":\"x\"}}",
    "\"5f1a2b3c4d5e6f708192a3b4\"",
    "\"5f1a2b3c4d5e6f708192a3b5\"",
    "\"5F1A2B3C4D5E6F708192A3B6\"",
    "[\"5f1a2b3c4d5e6f708192a3b4\"]",
    "{\"id\":\"5f1a2b3c4d5e6f708192a3b5\"}",
    "\"2026-01-01T00:00:00Z\"",
    "\"x\"",
];

const CONTEXTS: [&str; 16] = [
    "\"customer\"",
    "\"conversation\"",
    "\"message\"",
    "\"note\"",
    "\"company\"",
    "\"kobject\"",
    "\"kobject_order\"",
    "\"conversation_time\"",
    "\"work_item\"",
    "[\"message\"]",
    "\"Message\"",
    "null",
    "{}",
    "\"__proto__\"",
    "\"customers\"",
    "\"\"",
];

/// Attributes that searches speak of.
const ATTRIBUTES: [&str; 18] = [
    "customer_email",
    "message_body",
    "note_body",
    "conversation_name",
    "conversation_time_first",
    "company_name",
    "kobject_order_custom",
    "kobject_custom_order_total_num",
    "work_item_status",
    "conversation_custom_message_str",
    "customer_custom_note_body",
    "Message_body",
    "message.body",
    "message_",
    "name",
    "messages",
    "and",
    "field",
];

const QUERY: [&str; 40] = [
    "replace=true",
    "replace=false",
    "replace=1",
    "replace",
    "replace=",
    "replace=FALSE",
    "Replace=true",
    "replace[]=true",
    "replace%5B%5D=true",
    "%72eplace=true",
    "replace=%74rue",
    "replace=false;replace=true",
    "x=1;replace=true",
    "include=attachments",
    "include=messages",
    "include=",
    "include=holidays",
    "include=attachments,notes",
    "include[]=attachments",
    "inc%6Cude=attachments",
    "include=attachments%2Cnotes",
    "INCLUDE=notes",
    "ids=5f1a2b3c4d5e6f708192a3b4",
    "ids=5f1a2b3c4d5e6f708192a3b4,5f1a2b3c4d5e6f708192a3b5",
    "ids=5f1a2b3c4d5e6f708192a3b4%2C5f1a2b3c4d5e6f708192a3b6",
    "ids[]=5f1a2b3c4d5e6f708192a3b5",
    "ids[0]=5f1a2b3c4d5e6f708192a3b5",
    "ids=all",
    "ids=",
    "_method=DELETE",
    "_method=PUT",
    "%5Fmethod=DELETE",
    "page=2",
    "customerId=5f1a2b3c4d5e6f708192a3b5",
    "queryContext=message",
    "deleted=true",
    "a=%zz",
    "#replace=true",
    "id=5f1a2b3c4d5e6f708192a3b5",
    "+replace=true",
];

/// What a request is made of.
#[derive(Debug, Clone)]
pub(super) struct Ingredients {
    operation: &'static str,
    fields: Vec<(&'static str, &'static str)>,
    attributes: Vec<&'static str>,
    context: &'static str,
    query: Vec<&'static str>,
}

/// Writes and searches are chosen more often than operations are on the whole.
pub(super) fn ingredients() -> impl Strategy<Value = Ingredients> {
    let ids = |keep: fn(&Operation) -> bool| {
        let all = Catalogue::builtin().operations().filter(move |it| keep(it));
        select(all.map(|it| it.id().as_str()).collect::<Vec<_>>())
    };
    let operation = prop_oneof![
        2 => ids(|_| true),
        4 => ids(WantsFields::wants_fields),
        1 => ids(catalogue::Operation::is_search),
        1 => ids(|it| it.id().as_str().contains("bulk")),
        1 => ids(|it| !it.includes().is_empty()),
    ];
    let fields = vec((select(&NAMES[..]), select(&VALUES[..])), 0..4);
    let query = prop_oneof![2 => Just(Vec::new()), 3 => vec(select(&QUERY[..]), 1..3)];
    let attributes = vec(select(&ATTRIBUTES[..]), 0..4);
    (operation, fields, attributes, select(&CONTEXTS[..]), query).prop_map(
        |(operation, fields, attributes, context, query)| Ingredients {
            operation,
            fields,
            attributes,
            context,
            query,
        },
    )
}

trait WantsFields {
    fn wants_fields(&self) -> bool;
}

impl WantsFields for Operation {
    fn wants_fields(&self) -> bool {
        matches!(self.method().as_str(), "PUT" | "PATCH" | "POST") && !self.is_search()
    }
}

/// One of these, as the dice fall.
fn one<'t>(of: &[&'t str], dice: &mut Dice) -> &'t str {
    of[usize::try_from(dice.below(of.len() as u64)).unwrap_or_default()]
}

/// A request of these ingredients.
pub(super) fn made(ingredients: &Ingredients, dice: &mut Dice) -> Request {
    let operation = Catalogue::builtin().operation(ingredients.operation).expect("an operation");
    let mut path = operation.template().fill(|parameter| match parameter.kind() {
        ParameterKind::Id => one(&IDS, dice).to_owned(),
        ParameterKind::Ids | ParameterKind::IdList => {
            let count = 1 + dice.below(3);
            (0..count).map(|_| one(&IDS, dice)).collect::<Vec<_>>().join(",")
        }
        ParameterKind::Klass => "order".to_owned(),
        ParameterKind::Word => "example".to_owned(),
        ParameterKind::Key | ParameterKind::KeyWithSlash => "A-1001".to_owned(),
    });
    if dice.below(4) == 0 {
        path = path.replace(',', "%2C");
    }
    let method = match dice.below(16) {
        0 => one(&["GET", "POST", "PUT", "PATCH", "DELETE"], dice),
        _ => operation.method().as_str(),
    };
    let body = if operation.is_search() {
        search(ingredients, dice)
    } else if matches!(method, "GET" | "DELETE") && dice.below(8) != 0 {
        String::new()
    } else {
        writing(ingredients, operation, dice)
    };
    let query = ingredients.query.join("&");
    Request { method: method.to_owned(), path, query, body: smudged(body, dice) }
}

/// A name as JSON writes it, sometimes with an escape.
fn name(name: &str, dice: &mut Dice) -> String {
    let mut written = String::from("\"");
    let escaped = if dice.below(8) == 0 { dice.below(name.len() as u64) } else { u64::MAX };
    for (at, c) in name.chars().enumerate() {
        if at as u64 == escaped {
            write!(written, "\\u{:04x}", u32::from(c)).expect("text takes text");
        } else {
            written.push(c);
        }
    }
    written + "\""
}

/// An object with some of the fields; now and then one stands in it twice, with another value.
fn object(fields: &[(&str, &str)], dice: &mut Dice) -> String {
    let mut written = Vec::new();
    for (key, value) in fields {
        if dice.below(4) != 0 {
            written.push(format!("{}:{value}", name(key, dice)));
        }
        if dice.below(12) == 0 {
            written.push(format!("{}:{}", name(key, dice), one(&VALUES, dice)));
        }
    }
    format!("{{{}}}", written.join(","))
}

fn writing(ingredients: &Ingredients, operation: &Operation, dice: &mut Dice) -> String {
    let fields = &ingredients.fields;
    let patches = operation.method().as_str() == "PATCH";
    let bulk = operation.template().as_str().ends_with("/bulk");
    match dice.below(10) {
        0..=4 if patches => patch(fields, dice),
        0..=6 if bulk => listed(fields, dice),
        0 => format!("{{\"data\":{{\"attributes\":{}}}}}", object(fields, dice)),
        1 => listed(fields, dice),
        2 => patch(fields, dice),
        3 => String::new(),
        _ => object(fields, dice),
    }
}

fn listed(fields: &[(&str, &str)], dice: &mut Dice) -> String {
    let count = if dice.below(40) == 0 { 101 } else { dice.below(5) };
    let items: Vec<String> = (0..count)
        .map(|_| {
            let id = format!("\"{}\"", one(&IDS, dice));
            let own = [("id", id.as_str())];
            object(&[&own[..], fields].concat(), dice)
        })
        .collect();
    format!("[{}]", items.join(","))
}

fn patch(fields: &[(&str, &str)], dice: &mut Dice) -> String {
    let mut steps = Vec::new();
    for (field, value) in fields {
        let operation =
            one(&["add", "replace", "replace", "remove", "move", "copy", "test", "Replace"], dice);
        let prefix = one(&["/", "/", "/", "/", "", "//", "/~0", "/custom/"], dice);
        let end = one(&["", "", "", "", "/x", "/0", "/-"], dice);
        let pointer =
            if dice.below(12) == 0 { String::new() } else { format!("{prefix}{field}{end}") };
        let rest = match operation {
            "move" | "copy" => format!("\"from\":\"/{}\"", one(&NAMES, dice)),
            "remove" => "\"x\":1".to_owned(),
            _ if pointer.is_empty() => format!("\"value\":{}", object(fields, dice)),
            _ => format!("\"value\":{value}"),
        };
        let rest = if operation == "remove" && dice.below(4) != 0 {
            String::new()
        } else {
            format!(",{rest}")
        };
        steps.push(format!("{{\"op\":\"{operation}\",\"path\":\"{pointer}\"{rest}}}"));
    }
    format!("[{}]", steps.join(","))
}

fn search(ingredients: &Ingredients, dice: &mut Dice) -> String {
    let mut parts = Vec::new();
    if dice.below(16) != 0 {
        parts.push(format!("{}:{}", name("queryContext", dice), ingredients.context));
    }
    if dice.below(16) == 0 {
        parts.push(format!("\"queryContext\":{}", one(&CONTEXTS, dice)));
    }
    if dice.below(4) == 0 {
        parts.push(format!("\"includeDeleted\":{}", one(&VALUES, dice)));
    }
    for attribute in &ingredients.attributes {
        let value = one(&VALUES, dice);
        let criterion = format!("{{{}:{{\"equals\":{value}}}}}", name(attribute, dice));
        parts.push(match dice.below(8) {
            0 => format!("\"and\":[{criterion}]"),
            1 => format!("\"or\":[{{\"not\":{criterion}}}]"),
            2 => format!("\"not\":{criterion}"),
            3 => format!("\"sort\":[{{\"{attribute}\":\"asc\"}}]"),
            4 => format!("\"fields\":[\"{attribute}\"]"),
            5 => format!("\"aggs\":{{\"a\":{{\"terms\":{{\"field\":\"{attribute}\"}}}}}}"),
            6 => format!("\"fields\":[{{\"{attribute}\":{value}}}]"),
            _ => format!("{}:{value}", name(attribute, dice)),
        });
    }
    format!("{{{}}}", parts.join(","))
}

/// The bytes of a body, seldom with a mark before, something behind, or a byte that is wrong.
fn smudged(body: String, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = body.into_bytes();
    match dice.below(64) {
        0 => bytes.splice(0..0, *b"\xef\xbb\xbf").for_each(drop),
        1 => bytes.extend_from_slice(b"{\"deleted\":true}"),
        2 if !bytes.is_empty() => {
            let at = usize::try_from(dice.below(bytes.len() as u64)).unwrap_or_default();
            bytes[at] = b"\0\xff{}[],:\" "[usize::try_from(dice.below(10)).unwrap_or_default()];
        }
        _ => {}
    }
    bytes
}
