//! What is missing further in than one looks, what must not be looked at, and texts that are too long.

use catalogue::{Catalogue, Identified, Source};
use jiff::tz::TimeZone;
use policy::{Case, Condition};

use super::{NOW, of_body};
use crate::scene::policy;

#[test]
fn whether_a_field_has_a_field_cannot_be_told_where_the_first_is_missing_or_is_none() {
    let inner = "has(request.body.a.b)";
    assert_eq!(of_body(inner, r#"{"a": {"b": 1}}"#), Ok(true));
    assert_eq!(of_body(inner, r#"{"a": {}}"#), Ok(false));
    assert_eq!(of_body(inner, "{}").unwrap_err(), "request.body.a is missing");
    let unfit = "request.body.a is a number and not an object";
    assert_eq!(of_body(inner, r#"{"a": 3}"#).unwrap_err(), unfit);
    // Else whoever leaves out the whole would get past a condition on a part of it.
    let careless = r#"!has(request.body.a.b) || request.body.a.b == "email""#;
    assert_eq!(of_body(careless, r#"{"a": 3}"#).unwrap_err(), unfit);
}

#[test]
fn null_is_equal_to_nothing_but_a_null_that_is_written() {
    let both = r#"{"a": null, "b": null}"#;
    assert_eq!(of_body("request.body.a == null", both), Ok(true));
    for text in ["request.body.a == request.body.b", "request.body.a != request.body.b"] {
        assert!(of_body(text, both).is_err(), "{text}");
    }
}

#[test]
fn what_a_path_has_behind_a_prefix_is_not_told_even_where_other_operations_have_an_id_there() {
    let text = "[resource]\nid = \"orders\"\nsingular = \"order\"\nabout = \"Orders.\"\n\
                [[operation]]\nid = \"orders.get\"\nmethod = \"GET\"\npath = \"/v1/orders/ref={id:word}\"\n\
                level = \"read\"\nphrase = \"read order {id}\"\n";
    let source = Source { name: "acme.toml".to_owned(), text: text.to_owned() };
    let catalogue = Catalogue::builtin().extended(&[source]).expect("an addition");
    let identified = catalogue.identify("GET", "/v1/orders/ref=4711").expect("a clear path");
    let Identified::Known(asked) = identified else { panic!("it is known") };
    let policy = policy("");
    let (now, zone) = (NOW.parse().unwrap(), TimeZone::UTC);
    let case = Case { agent: policy.agent(), asked: &asked, now, zone: &zone, address: None };
    let condition = Condition::parse("request.path.id == \"4711\"", &catalogue).unwrap();
    let why = condition.holds(&case).unwrap_err().to_string();
    assert_eq!(why, "request.path.id may name a customer");
}

#[test]
fn a_condition_has_so_many_bytes_words_and_signs_and_not_one_more() {
    let fault = |text: &str| {
        let parsed = Condition::parse(text, Catalogue::builtin());
        parsed.err().map(|faults| faults[0].message.clone())
    };
    // A word and a sign each, and a word at the end.
    let words = |count: usize| format!("{}true", "true&&".repeat(count / 2));
    assert_eq!(fault(&words(399)), None);
    let most = fault(&words(401)).expect("it is too much");
    assert!(most.contains("more than 400 words and signs"), "{most}");
    let bytes = |count: usize| {
        let frame = "request.body.a == \"\"".len();
        format!("request.body.a == \"{}\"", "x".repeat(count - frame))
    };
    assert_eq!((bytes(2000).len(), fault(&bytes(2000))), (2000, None));
    let longest = fault(&bytes(2001)).expect("it is too long");
    assert!(longest.contains("longer than 2000 bytes"), "{longest}");
}
