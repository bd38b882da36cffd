//! The search, tried with every form and every way to cut a text into pieces.

use std::sync::Arc;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;

const KEY: &str = "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6IjEifQ.c2lnbmF0dXJl-_x";

fn search(key: &str) -> Arc<KeySearch> {
    Arc::new(KeySearch::new(key.as_bytes()).unwrap())
}

/// What of a text that comes in pieces is handed on, and whether the key was found.
fn passed(search: &Arc<KeySearch>, pieces: &[&[u8]], tells_end: bool) -> (Vec<u8>, bool) {
    let mut watch = KeyWatch::new(Arc::clone(search));
    let mut out = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let last = tells_end && at + 1 == pieces.len();
        let Ok(first) = watch.take(Bytes::copy_from_slice(piece), last) else {
            assert_eq!(watch.let_go(), None);
            return (out, true);
        };
        out.extend(first.into_iter().flatten());
        while let Some(more) = watch.let_go() {
            out.extend(more);
        }
    }
    watch.finish();
    while let Some(more) = watch.let_go() {
        out.extend(more);
    }
    assert_eq!(watch.held(), 0);
    (out, false)
}

#[derive(Debug, Clone, Copy)]
enum Writing {
    Plain,
    UpperHex,
    LowerHex,
    /// Base64 behind so many other bytes; of the standard alphabet, or the URL-safe one.
    Base64 {
        before: usize,
        safe: bool,
    },
}

const WRITINGS: [Writing; 9] = [
    Writing::Plain,
    Writing::UpperHex,
    Writing::LowerHex,
    Writing::Base64 { before: 0, safe: false },
    Writing::Base64 { before: 1, safe: false },
    Writing::Base64 { before: 2, safe: false },
    Writing::Base64 { before: 7, safe: true },
    Writing::Base64 { before: 0, safe: true },
    Writing::Base64 { before: 2, safe: true },
];

impl Writing {
    /// How many characters stand there before the first that depends on the key alone.
    fn before(self) -> usize {
        match self {
            Self::Plain | Self::UpperHex | Self::LowerHex => 0,
            Self::Base64 { before, .. } => (before * 8).div_ceil(6),
        }
    }

    fn write(self, key: &str) -> String {
        match self {
            Self::Plain => key.to_owned(),
            Self::UpperHex => each(key, |byte| format!("{byte:02X}")),
            Self::LowerHex => each(key, |byte| format!("{byte:02x}")),
            Self::Base64 { before, safe } => {
                let text = ["Bearer ".get(..before).unwrap(), key, "!"].concat();
                let text = plain_base64(text.as_bytes());
                if safe { text.replace('+', "-").replace('/', "_") } else { text }
            }
        }
    }
}

fn each(key: &str, way: impl Fn(u8) -> String) -> String {
    key.bytes().map(way).collect()
}

/// Base64 by the book, group by group: another way than that of the search.
fn plain_base64(bytes: &[u8]) -> String {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let at = |index: usize| u32::from(group.get(index).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let digit = (bits >> (18 - 6 * place)) & 63;
            text.push(if place <= group.len() { char::from(digits[digit as usize]) } else { '=' });
        }
    }
    text
}

/// A character in the way that a number chooses.
fn escaped(character: char, way: u8) -> String {
    let code = u32::from(character);
    match way {
        0 => format!("%{code:02x}"),
        1 => format!("%{code:02X}"),
        2 => format!("\\u{code:04x}"),
        3 => format!("\\u{code:04X}"),
        4 => format!("\\x{code:02x}"),
        5 => format!("%25{code:02X}"),
        6 => format!("\\\\u{code:04x}"),
        7 if !character.is_ascii_alphanumeric() => format!("\\{character}"),
        8 if !character.is_ascii_alphanumeric() => format!("\\\\\\{character}"),
        _ => character.to_string(),
    }
}

fn cut<'t>(text: &'t [u8], cuts: &[Index]) -> Vec<&'t [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
    places.extend([0, text.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

/// A second's worth, or a minute's where `./test --long` asks.
#[expect(clippy::disallowed_methods, reason = "a test's own setting, not the program's")]
fn cases() -> u32 {
    if std::env::var("TEST_EFFORT").is_ok_and(|effort| effort == "long") { 20_000 } else { 512 }
}

fn keys() -> impl Strategy<Value = String> {
    let odd = "(ab){8,12}|a{14}b|[a-zA-Z0-9._~+/=-]{12,40}|u0041[0-9a-f]{12}|x41[0-9a-f]{12}";
    prop_oneof![Just(KEY.to_owned()), odd.prop_map(|key| key)]
}

/// Text such as answers hold, rich in what begins an escape and in parts of the key.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        "[ -~]{0,20}".prop_map(String::into_bytes),
        "(\\\\|%|\\\\u00|%4|eyJh|eyJ|65|\\\\\"|ab|a){0,6}".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..8),
    ];
    vec(part, 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_key_never_leaves_however_it_is_written_and_cut(
        key in keys(),
        writing in select(WRITINGS.to_vec()),
        ways in vec(0_u8..24, 1..300),
        (before, behind) in (text(), text()),
        cuts in vec(any::<Index>(), 0..12),
        tells_end in any::<bool>(),
    ) {
        let ways = ways.iter().copied().cycle();
        let written: Vec<String> =
            writing.write(&key).chars().zip(ways).map(|(one, way)| escaped(one, way)).collect();
        let unrelated = written[..writing.before()].concat().len();
        let written = written.concat();
        let whole = [&before, written.as_bytes(), &behind].concat();
        let search = search(&key);
        let (out, found) = passed(&search, &cut(&whole, &cuts), tells_end);
        prop_assert!(found, "{}", String::from_utf8_lossy(&whole));
        // What was handed on is a beginning of the text, and ends before the key does.
        prop_assert!(whole.starts_with(&out));
        let free = out.len().saturating_sub(before.len());
        prop_assert!(free <= unrelated, "{free} bytes of the key were handed on");
        prop_assert!(search.is_in(&whole));
    }

    #[test]
    fn what_does_not_hold_the_key_passes_byte_for_byte(
        key in keys(),
        text in text(),
        cuts in vec(any::<Index>(), 0..12),
        tells_end in any::<bool>(),
    ) {
        let search = search(&key);
        let (out, found) = passed(&search, &cut(&text, &cuts), tells_end);
        // By chance a short key may be there.
        prop_assume!(!found);
        prop_assert_eq!(out, text);
    }

    #[test]
    fn where_a_text_is_cut_makes_no_difference(
        key in keys(),
        text in text(),
        cuts in vec(any::<Index>(), 0..30),
    ) {
        let search = search(&key);
        let (_, whole) = passed(&search, &[&text], true);
        let (_, in_pieces) = passed(&search, &cut(&text, &cuts), false);
        prop_assert_eq!(whole, in_pieces);
    }
}

#[test]
fn nothing_of_the_key_is_handed_on_before_it_is_known_not_to_be_the_key() {
    for written in [KEY.to_owned(), Writing::LowerHex.write(KEY)] {
        let text = format!("before {written} behind");
        let pieces: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(passed(&search(KEY), &pieces, false), (b"before ".to_vec(), true), "{written}");
    }
}

#[test]
fn a_text_without_the_key_is_held_back_for_a_few_bytes_at_most() {
    let mut watch = KeyWatch::new(search(KEY));
    for piece in ["{\"data\":[{\"type\":", "\"customer\",\"note\":\"a\\n\\\"b\\\" 50", "% eyJhbGci"]
    {
        let _ = watch.take(Bytes::from_static(piece.as_bytes()), false).unwrap();
        while watch.let_go().is_some() {}
        assert!(watch.held() <= 10, "{} of `{piece}`", watch.held());
    }
}

#[test]
fn pieces_are_handed_on_as_they_came() {
    let mut watch = KeyWatch::new(search(KEY));
    let piece = Bytes::from("x".repeat(1000));
    let out = watch.take(piece.clone(), false).unwrap().unwrap();
    assert_eq!((out.as_ptr(), out.len()), (piece.as_ptr(), 1000));
}

#[test]
fn a_part_of_the_key_is_not_the_key() {
    let all_but_one = &KEY[..KEY.len() - 1];
    for text in [all_but_one, &KEY[1..], &KEY.to_lowercase()] {
        assert!(!search(KEY).is_in(text.as_bytes()), "{text}");
    }
    assert!(search(KEY).is_in(format!("x{KEY}").as_bytes()));
}

#[test]
fn debug_output_holds_nothing_of_the_key() {
    let search = search(KEY);
    let watch = KeyWatch::new(Arc::clone(&search));
    assert_eq!(format!("{search:?}"), "KeySearch(...)");
    assert_eq!(format!("{watch:?}"), "KeyWatch { held: 0, .. }");
}
