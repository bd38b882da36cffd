//! What holds for every text and every body.

use std::collections::BTreeMap;

use catalogue::Catalogue;
use policy::Condition;
use proptest::prelude::*;
use proptest::sample::select;

use super::of_body;

/// A condition over the fields a, b and c, each there or not, with what it comes to worked out beside it.
#[derive(Debug, Clone)]
enum Said {
    Is(&'static str, i64),
    Less(&'static str, i64),
    Has(&'static str),
    Not(Box<Said>),
    And(Box<Said>, Box<Said>),
    Or(Box<Said>, Box<Said>),
    Choice(Box<Said>, Box<Said>, Box<Said>),
}

/// A body: fields that are numbers, or a text where a number should be.
type Fields = BTreeMap<&'static str, Result<i64, ()>>;

impl Said {
    fn text(&self) -> String {
        match self {
            Self::Is(field, value) => format!("request.body.{field} == {value}"),
            Self::Less(field, value) => format!("request.body.{field} < {value}"),
            Self::Has(field) => format!("has(request.body.{field})"),
            Self::Not(inner) => format!("!({})", inner.text()),
            Self::And(one, other) => format!("({}) && ({})", one.text(), other.text()),
            Self::Or(one, other) => format!("({}) || ({})", one.text(), other.text()),
            Self::Choice(test, yes, no) => {
                format!("({}) ? ({}) : ({})", test.text(), yes.text(), no.text())
            }
        }
    }

    /// Whether it is true, by the letter: nothing is excused, so an excuse shows as a difference.
    fn strictly(&self, fields: &Fields) -> Option<bool> {
        let number = |field: &str| fields.get(field).and_then(|value| value.ok());
        match self {
            Self::Is(field, value) => number(field).map(|met| met == *value),
            Self::Less(field, value) => number(field).map(|met| met < *value),
            Self::Has(field) => Some(fields.contains_key(field)),
            Self::Not(inner) => inner.strictly(fields).map(|truth| !truth),
            Self::And(one, other) => {
                let (one, other) = (one.strictly(fields), other.strictly(fields));
                Some(one? & other?)
            }
            Self::Or(one, other) => {
                let (one, other) = (one.strictly(fields), other.strictly(fields));
                Some(one? | other?)
            }
            Self::Choice(test, yes, no) => {
                if test.strictly(fields)? {
                    yes.strictly(fields)
                } else {
                    no.strictly(fields)
                }
            }
        }
    }

    /// Whether CEL has an answer, and which: there, one side of `&&` or `||` can settle it.
    fn in_cel(&self, fields: &Fields) -> Option<bool> {
        match self {
            Self::Is(..) | Self::Less(..) | Self::Has(_) => self.strictly(fields),
            Self::Not(inner) => inner.in_cel(fields).map(|truth| !truth),
            Self::And(one, other) => match (one.in_cel(fields), other.in_cel(fields)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (one, other) => Some(one? & other?),
            },
            Self::Or(one, other) => match (one.in_cel(fields), other.in_cel(fields)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (one, other) => Some(one? | other?),
            },
            Self::Choice(test, yes, no) => {
                if test.in_cel(fields)? {
                    yes.in_cel(fields)
                } else {
                    no.in_cel(fields)
                }
            }
        }
    }

    fn has_a_guard(&self) -> bool {
        match self {
            Self::Is(..) | Self::Less(..) => false,
            Self::Has(_) => true,
            Self::Not(inner) => inner.has_a_guard(),
            Self::And(one, other) | Self::Or(one, other) => {
                one.has_a_guard() || other.has_a_guard()
            }
            Self::Choice(test, yes, no) => {
                test.has_a_guard() || yes.has_a_guard() || no.has_a_guard()
            }
        }
    }
}

fn said() -> impl Strategy<Value = Said> {
    let field = || select(vec!["a", "b", "c"]);
    let leaf = prop_oneof![
        (field(), -2..3_i64).prop_map(|(field, value)| Said::Is(field, value)),
        (field(), -2..3_i64).prop_map(|(field, value)| Said::Less(field, value)),
        field().prop_map(Said::Has),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|it| Said::Not(Box::new(it))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Said::And(Box::new(a), Box::new(b))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Said::Or(Box::new(a), Box::new(b))),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| Said::Choice(
                Box::new(a),
                Box::new(b),
                Box::new(c)
            )),
        ]
    })
}

fn fields() -> impl Strategy<Value = Fields> {
    let value = prop_oneof![4 => (-2..3_i64).prop_map(Ok), 1 => Just(Err(()))];
    prop::collection::btree_map(select(vec!["a", "b", "c"]), value, 0..4)
}

fn body(fields: &Fields) -> String {
    let field = |(name, value): (&&str, &Result<i64, ()>)| match value {
        Ok(number) => format!("\"{name}\":{number}"),
        Err(()) => format!("\"{name}\":\"text\""),
    };
    format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(","))
}

/// Words and signs of the language, and some that are not.
fn word() -> impl Strategy<Value = String> {
    let written = WORDS.split_whitespace().map(str::to_owned);
    select(written.chain([" ", "\n", "\0"].map(str::to_owned)).collect::<Vec<_>>())
}

/// With a blank between them.
const WORDS: &str = r#"request agent time . body path query id hour ( ) [ ] == != < >= in && || ! - ? : ,
1 2.5 "a" ' " has exists all map size matches in_network x true null + = { } ` é 😀 // 1u b"a" r"\ 0x 1e
.? [? \ ''' """ as 9223372036854775808"#;

proptest! {
    #[test]
    fn no_text_makes_a_panic_and_every_fault_lies_within_it(
        words in prop::collection::vec(word(), 0..40)
    ) {
        let text = words.concat();
        if let Err(faults) = Condition::parse(&text, Catalogue::builtin()) {
            prop_assert!(!faults.is_empty());
            for fault in faults {
                prop_assert!(text.get(fault.at.clone()).is_some(), "{fault:?} in {text:?}");
            }
        }
    }

    #[test]
    fn no_bytes_make_a_panic(text in "\\PC{0,80}") {
        let _ = Condition::parse(&text, Catalogue::builtin());
    }

    #[test]
    fn what_is_true_by_the_letter_is_true_and_nothing_passes_without_an_answer(
        said in said(),
        fields in fields(),
    ) {
        let found = of_body(&said.text(), &body(&fields));
        match said.strictly(&fields) {
            Some(expected) => prop_assert_eq!(found, Ok(expected), "{}", said.text()),
            // What has() excuses is settled by has() alone, so CEL has the same answer.
            None if said.has_a_guard() => {
                if let Ok(answer) = found {
                    prop_assert_eq!(said.in_cel(&fields), Some(answer), "{}", said.text());
                }
            }
            None => prop_assert!(found.is_err(), "{} of {}", said.text(), body(&fields)),
        }
    }

    #[test]
    fn facts_never_have_a_wrong_kind(
        words in prop::collection::vec(select(vec![
            "time.hour", "time.date", "time.clock", "time.weekday", "agent.id", "request.method",
            "request.resource", "9", "\"10:00\"", "\"2026-01-01\"", "\"GET\"", "\"monday\"",
            "true", " == ", " < ", " && ", " || ", "!", "size(", ")", "(", ".startsWith(", " in [", "]",
        ]), 1..12)
    ) {
        let text = words.concat();
        // What is loaded without a word of the body always has an answer.
        if Condition::parse(&text, Catalogue::builtin()).is_ok() {
            prop_assert!(of_body(&text, "{}").is_ok(), "{text}");
        }
    }
}
