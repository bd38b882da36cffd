//! Reading bodies: it never panics, and what it takes for JSON has one meaning, which is the one that
//! another reader finds in it.
//!
//! Numbers are among it: a condition of a policy may compare them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use catalogue::{Body as Read, BodyDefect, Json, Number};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::effort::{Effort, fail};
use super::mutation::{corpus, mutated};
use crate::support::dice::Dice;

/// What misleads one reader of JSON or another.
const PARTS: [&str; 34] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0064",
    "\\u0000",
    "\\ud800",
    "\\uDE00",
    "/",
    "null",
    "true",
    "false",
    "-0",
    "1e999",
    "01",
    ".5",
    "NaN",
    "'",
    "//",
    "/**/",
    "\u{feff}",
    "\u{0}",
    "\u{a0}",
    "\n",
    " ",
    "\"deleted\":true,",
    "\"deleted\":false,",
    "\"__proto__\":{},",
    "[[[[[[[[",
    "{\"a\":{\"a\":{\"a\":",
];

/// The longest nesting that is promised.
const DEEPEST: usize = 64;

/// The same as another reader has it.
fn as_read(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(number) => Json::Number(match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Number::of_whole(whole),
            (None, Some(double)) => Number::of_double(double),
            (None, None) => Number::Unclear,
        }),
        Value::String(text) => Json::Text(text.clone()),
        Value::Array(items) => Json::List(items.iter().map(as_read).collect()),
        Value::Object(fields) => Json::Object(
            fields.iter().map(|(name, value)| (name.clone(), as_read(value))).collect(),
        ),
    }
}

/// What is found in JSON by looking at its marks alone.
#[derive(Debug, Default, PartialEq, Eq)]
struct Marks {
    keys: usize,
    deepest: usize,
}

impl Marks {
    /// Of sound JSON as it is written: every key counts, as often as it stands there.
    fn of_text(text: &str) -> Self {
        let (mut marks, mut depth) = (Self::default(), 0_usize);
        let (mut in_text, mut escaped) = (false, false);
        for c in text.chars() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_text = !in_text,
                _ if in_text => {}
                ':' => marks.keys += 1,
                '{' | '[' => {
                    depth += 1;
                    marks.deepest = marks.deepest.max(depth);
                }
                '}' | ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        marks
    }

    /// Of what was read: a key that stood twice in an object counts once.
    fn of_value(value: &Value) -> Self {
        let inner = |values: Vec<&Value>, keys| {
            let all: Vec<Self> = values.into_iter().map(Self::of_value).collect();
            Self {
                keys: all.iter().map(|it| it.keys).sum::<usize>() + keys,
                deepest: all.iter().map(|it| it.deepest).max().unwrap_or_default() + 1,
            }
        };
        match value {
            Value::Array(items) => inner(items.iter().collect(), 0),
            Value::Object(fields) => inner(fields.values().collect(), fields.len()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Self::default(),
        }
    }
}

/// Bytes: a line of the corpus, changed, and seldom with bytes that are no text.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let odd = prop_oneof![
        8 => Just(Vec::new()),
        1 => vec(any::<u8>(), 0..4),
        1 => select(vec![b"\xef\xbb\xbf".to_vec(), b"\xff\xfe".to_vec(), b"\xc0\xae".to_vec()]),
    ];
    let text = prop_oneof![
        6 => mutated(corpus("bodies"), &PARTS),
        1 => (1_usize..80).prop_map(|depth| format!("{}1{}", "[".repeat(depth), "]".repeat(depth))),
    ];
    (odd.clone(), text, odd).prop_map(|(front, text, end)| [front, text.into_bytes(), end].concat())
}

#[test]
fn a_body_that_is_read_has_the_one_meaning_that_every_reader_finds() {
    Effort::usual().check("bodies", &bytes(), |bytes| {
        let other = serde_json::from_slice::<Value>(&bytes);
        match Read::read(&bytes) {
            Ok(read) if bytes.is_empty() => {
                prop_assert!(read.is_empty());
                Ok(())
            }
            Ok(read) => {
                let value = other.map_err(|why| fail(format!("it is no JSON: {why}")))?;
                one_meaning(&bytes, &read, &value)
            }
            Err(defect) => {
                prop_assert!(!defect.code().is_empty() && !defect.to_string().is_empty());
                refused_with_reason(&bytes, &defect, other.ok().as_ref())
            }
        }
    });
}

/// Whether what was read is what the bytes say, to whoever reads them.
fn one_meaning(bytes: &[u8], read: &Read, value: &Value) -> Result<(), TestCaseError> {
    let text = std::str::from_utf8(bytes).map_err(|_| fail("it is not UTF-8"))?;
    prop_assert!(!text.starts_with('\u{feff}'), "a byte order mark");
    prop_assert_eq!(read.json(), Some(&as_read(value)));
    let marks = Marks::of_text(text);
    prop_assert_eq!(&marks, &Marks::of_value(value), "a key stands twice");
    prop_assert!(marks.deepest <= DEEPEST, "{} levels", marks.deepest);
    // Whoever stopped reading at the end of the document would miss nothing.
    for more in ["{}", "\0", "x", "\u{feff}"] {
        prop_assert!(Read::read(format!("{text} {more}").as_bytes()).is_err(), "{:?} behind", more);
    }
    Ok(())
}

/// Whether there is what the refusal says: what has one meaning is not refused.
fn refused_with_reason(
    bytes: &[u8],
    defect: &BodyDefect,
    other: Option<&Value>,
) -> Result<(), TestCaseError> {
    let Some(value) = other else { return Ok(()) };
    let text = String::from_utf8_lossy(bytes);
    let marks = Marks::of_text(&text);
    let found = if *defect == BodyDefect::DuplicateKey {
        marks.keys > Marks::of_value(value).keys
    } else if *defect == BodyDefect::TooDeep {
        marks.deepest > DEEPEST
    } else {
        *defect == BodyDefect::ForbiddenKey && (text.contains("proto") || text.contains("\\u"))
    };
    prop_assert!(found, "refused as {}", defect.code());
    Ok(())
}

/// A text as JSON writes it, with some of its characters escaped.
fn spelled(text: &str, dice: &mut Dice) -> String {
    let mut written = String::from("\"");
    for c in text.chars() {
        if dice.below(3) == 0 || c == '"' || c == '\\' || c.is_control() {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = if dice.below(2) == 0 {
                    write!(written, "\\u{unit:04x}")
                } else {
                    write!(written, "\\u{unit:04X}")
                };
            }
        } else {
            written.push(c);
        }
    }
    written + "\""
}

#[test]
fn a_key_means_the_same_however_it_is_spelled_and_never_stands_twice() {
    let key = prop_oneof![
        select(vec![
            "deleted",
            "customer",
            "conversation",
            "replace",
            "queryContext",
            "id",
            "_method"
        ])
        .prop_map(ToOwned::to_owned),
        "\\PC{1,8}",
    ];
    let value = select(vec!["true", "1", "null", "\"x\"", "[]", "{\"a\":1}"]);
    let inputs = (vec((key, value), 1..6), any::<u64>(), 0_usize..20);
    Effort::usual().check("spellings", &inputs, |(fields, seed, depth)| {
        let mut dice = Dice::new(seed);
        let fields: BTreeMap<String, &str> = fields.into_iter().collect();
        let mut written = || -> Vec<String> {
            let field =
                |(key, value): (&String, &&str)| format!("{}:{value}", spelled(key, &mut dice));
            fields.iter().map(field).collect()
        };
        let (one, other) = (written(), written());
        let within = |fields: &[String]| {
            let object = format!("{{{}}}", fields.join(" , "));
            format!("{}{object}{}", "[".repeat(depth), "]".repeat(depth))
        };
        let (read, again) =
            (Read::read(within(&one).as_bytes()), Read::read(within(&other).as_bytes()));
        prop_assert!(read.is_ok(), "{:?}", read);
        prop_assert_eq!(format!("{read:?}"), format!("{again:?}"));
        let twice = [one, other].concat();
        let twice = Read::read(within(&twice).as_bytes()).err();
        prop_assert_eq!(twice, Some(BodyDefect::DuplicateKey));
        Ok(())
    });
}
