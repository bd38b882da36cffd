//! Reading tokens: only what was issued byte for byte is one, and none is left where it was blanked.

use gateway::token::{Token, blanked, is_in};
use proptest::prelude::*;

use super::effort::Effort;
use super::mutation::changed;

const PARTS: [&str; 16] = [
    "kst_",
    "kst",
    "_",
    " ",
    "Bearer ",
    "0",
    "z",
    "%",
    "\u{0}",
    "\u{e4}",
    "/",
    "kst_kst_",
    "eyJ",
    ".",
    "eyJhbGciOiJ9.eyJzdWIifQ.c2lnbmF0",
    "eyJ.",
];

fn token() -> impl Strategy<Value = String> {
    let made = || Token::generate().expect("random bytes").reveal().to_owned();
    any::<()>().prop_map(move |()| made())
}

#[test]
fn only_the_very_text_of_a_token_is_that_token() {
    let inputs = token().prop_flat_map(|token| (Just(token.clone()), changed(Just(token), &PARTS)));
    Effort::usual().check("tokens", &inputs, |(token, text)| {
        let read = Token::parse(&text);
        if text == token {
            prop_assert!(read.is_some());
        }
        if let Some(read) = &read {
            prop_assert_eq!(read.reveal(), &text);
            let original = Token::parse(&token).map(|token| token.fingerprint());
            prop_assert_eq!(Some(read.fingerprint()) == original, text == token);
            prop_assert!(is_in(&text));
        }
        let blank = blanked(&text);
        prop_assert!(!is_in(&blank), "{}", blank);
        prop_assert!(!blank.contains(&token));
        Ok(())
    });
}
