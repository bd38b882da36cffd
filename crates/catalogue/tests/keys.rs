//! What a path names can be spoken of in other words, and then nothing holds the values themselves.

#![expect(clippy::panic, reason = "what stops a test may stand in the functions beside it")]

use catalogue::{Asked, Catalogue, Identified};

const ID: &str = "5f1a2b3c4d5e6f708192a3b4";

#[track_caller]
fn asked(path: &str) -> Asked {
    match Catalogue::builtin().identify("GET", path) {
        Ok(Identified::Known(asked)) => asked,
        other => panic!("{path}: {other:?}"),
    }
}

#[test]
fn a_key_that_is_given_another_form_stands_nowhere_as_it_was() {
    let asked = asked("/v1/customers/email=ada%40example.com");
    let other = asked.with_keys_as(|word, value| format!("{word} of {}", value.len()));
    assert_eq!(other.targets(), ["email=email of 15"]);
    assert_eq!(other.values().collect::<Vec<_>>(), [("email", "email of 15")]);
    assert_eq!(
        other.operation().phrase().bare(&other),
        "look up customer by email \"email of 15\""
    );
    assert!(!format!("{other:?}").contains("ada"));
}

#[test]
fn a_value_without_a_prefix_keeps_its_form() {
    let path = format!("/v1/customers/{}", ID.to_uppercase());
    let other = asked(&path).with_keys_as(|_, _| "never".to_owned());
    assert_eq!(other.targets(), [ID]);
    assert_eq!(other.values().collect::<Vec<_>>(), [("id", ID.to_uppercase().as_str())]);
}
