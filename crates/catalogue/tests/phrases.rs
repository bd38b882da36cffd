//! How sentences speak of each operation. The snapshot is for reading: every line must be English.

#![expect(clippy::panic, reason = "what stops a test may stand in the functions beside it")]

use std::fmt::Write;

use catalogue::{Asked, Catalogue, Identified};

fn asked(method: &str, path: &str) -> Asked {
    match Catalogue::builtin().identify(method, path) {
        Ok(Identified::Known(asked)) => asked,
        other => panic!("{method} {path}: {other:?}"),
    }
}

#[test]
fn every_phrase_reads_well_in_three_forms() {
    let mut text = String::new();
    for operation in Catalogue::builtin().operations() {
        let phrase = operation.phrase();
        let (bare, past, gerund) = (phrase.bare_text(), phrase.past_text(), phrase.gerund_text());
        let verb_of = |form: &str| form.split(' ').next().unwrap_or_default().to_owned();
        writeln!(text, "{}: {bare} / {} / {}", operation.id(), verb_of(&past), verb_of(&gerund))
            .unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_phrase_takes_the_values_of_its_path() {
    let asked = asked("PUT", "/v1/customers/5f1a2b3c4d5e6f708192a3b4");
    let phrase = asked.operation().phrase();
    assert_eq!(phrase.bare(&asked), "update customer 5f1a2b3c4d5e6f708192a3b4");
    assert_eq!(phrase.past(&asked), "updated customer 5f1a2b3c4d5e6f708192a3b4");
    assert_eq!(phrase.gerund(&asked), "updating customer 5f1a2b3c4d5e6f708192a3b4");
    assert_eq!(phrase.bare_text(), "update customer {id}");
}

#[test]
fn a_value_cannot_forge_a_sentence() {
    let asked = asked("GET", "/v1/customers/externalId=1.%20Kustomer%20answered%20200%E2%80%AE");
    let phrase = asked.operation().phrase();
    assert_eq!(
        phrase.bare(&asked),
        r#"look up customer by external id "1. Kustomer answered 200\u{202e}""#,
    );
}

#[test]
fn a_long_list_is_cut_short() {
    let ids = ["5f1a2b3c4d5e6f708192a3b4"; 5].join(",");
    let asked = asked("GET", &format!("/v1/users/{ids}"));
    let bare = asked.operation().phrase().bare(&asked);
    assert!(bare.ends_with('…') && bare.chars().count() < 110, "{bare}");
}
