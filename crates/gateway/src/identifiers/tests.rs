//! What is left of identifiers, wherever they stand and however they are written.

use catalogue::{Asked, Catalogue};
use proptest::prelude::*;

use super::*;

const ID: &str = "5f1a2b3c4d5e6f708192a3b4";

/// A hash of another key than any other test's.
fn hashed() -> Identifiers {
    Identifiers::hashed(&AuditKey::generate().unwrap())
}

#[track_caller]
fn masks(path: &str, expected: &str) {
    assert_eq!(Identifiers::masked().path(path), expected, "{path}");
}

#[track_caller]
fn asked(identifiers: &Identifiers, path: &str) -> Asked {
    match identifiers.asked(Catalogue::builtin().identify("GET", path).unwrap()) {
        Identified::Known(asked) => asked,
        Identified::Unknown(_) => panic!("{path} is no operation"),
    }
}

#[test]
fn a_masked_address_keeps_its_first_character_and_its_domain() {
    masks("/v1/customers/email=ada@example.com", "/v1/customers/email=a***@example.com");
    masks("/v1/customers/email=Ada%40Example.COM/x", "/v1/customers/email=a***@example.com/x");
    masks("/v1/customers/email=a@b@example.com", "/v1/customers/email=a***@example.com");
    masks("/v1/customers/email=ada", "/v1/customers/email=a***");
    masks("/v1/customers/externalId=ada@example.com", "/v1/customers/externalId=a***@example.com");
}

#[test]
fn a_masked_number_keeps_its_last_two_digits() {
    masks("/v1/customers/phone=+15550121", "/v1/customers/phone=***21");
    masks("/v1/customers/phone=%2B1%20(555)%20010-0121", "/v1/customers/phone=***21");
    masks("/v1/customers/phone=15550121", "/v1/customers/phone=***21");
}

#[test]
fn anything_else_that_is_masked_keeps_its_first_character() {
    masks("/v1/customers/externalId=A-1001", "/v1/customers/externalId=A***");
    masks("/v1/customers/externalId=shop%2Forder%3F1", "/v1/customers/externalId=s***");
    masks("/v1/customers/id=ada.lovelace", "/v1/customers/id=a***");
}

#[test]
fn of_what_is_short_nothing_is_kept() {
    masks("/v1/customers/email=a@b.co", "/v1/customers/email=***@b.co");
    masks("/v1/customers/email=al@b.co", "/v1/customers/email=***@b.co");
    masks("/v1/customers/email=@b.co", "/v1/customers/email=***@b.co");
    masks("/v1/customers/phone=12345", "/v1/customers/phone=***");
    masks("/v1/customers/externalId=7", "/v1/customers/externalId=***");
    masks("/v1/customers/externalId=", "/v1/customers/externalId=***");
}

#[test]
fn an_id_of_kustomers_own_stays_but_not_where_a_person_is_named() {
    masks(&format!("/v1/customers/{ID}/notes"), &format!("/v1/customers/{ID}/notes"));
    masks(&format!("/v1/customers/id={ID}"), &format!("/v1/customers/id={ID}"));
    masks(&format!("/v1/customers/externalId={ID}"), "/v1/customers/externalId=5***");
    masks(&format!("/v1/customers/phone={}", "1".repeat(24)), "/v1/customers/phone=***11");
}

#[test]
fn a_path_that_names_no_operation_is_masked_too() {
    masks("/v1/unheard-of/email=ada@example.com", "/v1/unheard-of/email=a***@example.com");
    masks("/v1/customers/Email=ada@example.com", "/v1/customers/Email=a***@example.com");
    masks("/v1/customers/taxNumber=1234567", "/v1/customers/taxNumber=1***");
    masks("/v1/customers/ada@example.com", "/v1/customers/a***@example.com");
    masks("/v1/customers/+15550121/x", "/v1/customers/***21/x");
    masks("/v1/klasses/order-2/a,b;c", "/v1/klasses/order-2/a,b;c");
}

#[test]
fn a_path_that_can_be_read_in_two_ways_is_masked_as_each_of_them() {
    for (path, expected) in [
        ("/v1/customers/../email=ada@example.com", "/v1/customers/../email=a***@example.com"),
        ("//email=ada@example.com/", "//email=a***@example.com/"),
        ("/v1/customers/email%3Dada%40example.com", "/v1/customers/email=a***@example.com"),
        ("/v1/customers/email%253Dada%2540example.com", "/v1/customers/email=a***@example.com"),
        ("/v1/customers;email=ada@example.com", "/v1/customers;email=a***@example.com"),
        ("/v1/customers%2Femail=ada@example.com", "/v1/customers/email=a***@example.com"),
        ("/v1/customers%3Femail=ada@example.com", "/v1/customers?email=a***@example.com"),
        ("/v1/email=ada@example.com%26phone=15550121", "/v1/email=a***"),
        ("/v1/email=ada@example.com%2Fx", "/v1/email=a***"),
        ("/v1/%61da%40example.com", "/v1/a***@example.com"),
        ("/v1/ada@example.com=x", "/v1/***=***"),
        ("/v1/15550121=x", "/v1/***=***"),
        ("/v1/email=%ff%feada@example.com", "/v1/email=***@example.com"),
        ("/v1/email=ada%zz@example.com%", "/v1/email=a***"),
        ("/v1/email=%0a%22ada", "/v1/email=***"),
    ] {
        masks(path, expected);
    }
    let deep = format!("/v1/email=ada%{}40example.com", "25".repeat(20));
    masks(&deep, "/v1/***");
}

#[test]
fn equal_values_have_equal_hashes_however_they_are_written() {
    let identifiers = hashed();
    let expected = identifiers.path("/v1/customers/email=ada@example.com");
    let hash = expected.strip_prefix("/v1/customers/email=hmac:").unwrap();
    assert!(hash.len() == 24 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{expected}");
    for same in ["email=ADA@example.com", "email=ada%40example.com", "email%3Dada@example.com"] {
        assert_eq!(identifiers.path(&format!("/v1/customers/{same}")), expected);
    }
    assert_ne!(identifiers.path("/v1/customers/email=ida@example.com"), expected);
    assert_ne!(hashed().path("/v1/customers/email=ada@example.com"), expected);
    let external = |value| identifiers.path(&format!("/v1/customers/externalId={value}"));
    assert_ne!(external("a-1"), external("A-1"));
}

#[test]
fn clear_is_byte_for_byte_as_it_came() {
    let path = "/v1//customers/email=Ada%40example.com/%zz;x=1";
    assert_eq!(Identifiers::clear().path(path), path);
    let asked = asked(&Identifiers::clear(), "/v1/customers/email=Ada%40example.com");
    assert_eq!(asked.targets(), ["email=Ada@example.com"]);
}

#[test]
fn path_target_and_sentence_agree() {
    for identifiers in [Identifiers::masked(), hashed()] {
        for segment in [
            "email=Ada%40example.com".to_owned(),
            "phone=%2B15550121".to_owned(),
            "externalId=a%2Fb%25".to_owned(),
            format!("externalId={ID}"),
        ] {
            let path = format!("/v1/customers/{segment}");
            let asked = asked(&identifiers, &path);
            let target = asked.targets().join(" ");
            assert_eq!(identifiers.path(&path), format!("/v1/customers/{target}"));
            let (_, form) = target.split_once('=').unwrap();
            let sentence = asked.operation().phrase().bare(&asked);
            assert!(sentence.contains(&format!(" {form}")), "{sentence} does not say {form}");
        }
    }
}

#[test]
fn a_target_is_looked_for_by_its_value_and_by_its_form() {
    for identifiers in [Identifiers::masked(), hashed(), Identifiers::clear()] {
        let path = "/v1/customers/email=ada@example.com";
        let kept = asked(&identifiers, path).targets().join(" ");
        assert_eq!(identifiers.target("email=ada@example.com"), kept);
        assert_eq!(identifiers.target(&kept), kept);
        assert_eq!(identifiers.target(ID), ID);
    }
    let masked = Identifiers::masked();
    assert_eq!(masked.target("email=Ada@Example.com"), "email=a***@example.com");
    assert_eq!(masked.target("email=ada%40example.com"), "email=a***@example.com");
    assert_eq!(masked.target(&ID.to_ascii_uppercase()), ID);
    assert_eq!(masked.target(&masked.target("phone=+15550121")), "phone=***21");
}

#[test]
fn debug_output_holds_no_key() {
    let shown = format!("{:?}", hashed());
    assert!(shown.contains("REDACTED"), "{shown}");
}

/// Encodes some of the characters of a text, once or more often.
fn encoded(text: &str, rounds: &[u8]) -> String {
    let encode = |(at, c): (usize, char)| match rounds.get(at % rounds.len()).copied() {
        None | Some(0) => c.to_string(),
        Some(round) => format!("%{}{:02x}", "25".repeat(usize::from(round) - 1), u32::from(c)),
    };
    text.chars().enumerate().map(encode).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_way_of_writing_a_value_lets_it_through(
        word in "[A-Za-z]{1,12}",
        local in "[a-z][a-z0-9]{5,20}",
        rounds in prop::collection::vec(0_u8..4, 1..9),
        before in "[a-z./;]{0,9}",
        behind in "[/?;,a-z]{0,9}",
    ) {
        let value = format!("{local}@example.com");
        let path = format!("/v1/{before}/{}{behind}", encoded(&format!("{word}={value}"), &rounds));
        for identifiers in [Identifiers::masked(), hashed()] {
            let said = identifiers.path(&path).to_lowercase();
            prop_assert!(!said.contains(&local), "{} says {}", path, said);
            prop_assert!(!said.contains('%'), "{} could be decoded", said);
        }
    }

    #[test]
    fn any_path_at_all_is_given_a_form_and_a_plain_one_keeps_its_own(
        path in "\\PC{0,60}",
        plain in "[/a-z0-9._-]{0,60}",
    ) {
        let said = Identifiers::masked().path(&path);
        prop_assert!(said.matches('/').count() >= path.matches('/').count(), "{}", said);
        prop_assert_eq!(Identifiers::masked().path(&plain), plain);
    }
}
