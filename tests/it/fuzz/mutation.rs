//! Inputs that are kept, with small changes at random.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::support::project::read;

/// A change of a text.
#[derive(Debug, Clone)]
enum Edit {
    Insert(Index, String),
    Delete(Index, usize),
    Replace(Index, char),
    Repeat(Index, usize, usize),
    Cut(Index),
}

/// The lines of a corpus file, without its comments.
pub(super) fn corpus(name: &str) -> Vec<String> {
    let text = read(&format!("tests/it/fuzz/corpus/{name}.txt"));
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with("## "));
    lines.map(ToOwned::to_owned).collect()
}

/// One of these texts with a few changes; `parts` are what is inserted most.
pub(super) fn mutated(texts: Vec<String>, parts: &[&'static str]) -> impl Strategy<Value = String> {
    changed(select(texts), parts)
}

/// A text with a few changes.
pub(super) fn changed(
    text: impl Strategy<Value = String>,
    parts: &[&'static str],
) -> impl Strategy<Value = String> {
    let parts = parts.to_vec();
    (text, vec(edit(parts), 0..5)).prop_map(|(text, edits)| {
        let mut text: Vec<char> = text.chars().collect();
        for edit in edits {
            edit.apply(&mut text);
        }
        text.into_iter().collect()
    })
}

fn edit(parts: Vec<&'static str>) -> impl Strategy<Value = Edit> {
    let place = any::<Index>;
    prop_oneof![
        6 => (place(), select(parts)).prop_map(|(at, part)| Edit::Insert(at, part.to_owned())),
        1 => (place(), any::<char>()).prop_map(|(at, one)| Edit::Insert(at, one.to_string())),
        2 => (place(), 1_usize..6).prop_map(|(at, count)| Edit::Delete(at, count)),
        2 => (place(), any::<char>()).prop_map(|(at, one)| Edit::Replace(at, one)),
        1 => (place(), proptest::char::range(' ', '~')).prop_map(|(at, one)| Edit::Replace(at, one)),
        1 => (place(), 1_usize..12, 1_usize..40)
            .prop_map(|(at, length, times)| Edit::Repeat(at, length, times)),
        1 => place().prop_map(Edit::Cut),
    ]
}

impl Edit {
    fn apply(self, text: &mut Vec<char>) {
        let place = |at: Index, text: &[char]| at.index(text.len() + 1);
        match self {
            Self::Insert(at, part) => {
                let at = place(at, text);
                text.splice(at..at, part.chars());
            }
            Self::Delete(at, count) => {
                let at = place(at, text);
                text.drain(at..(at + count).min(text.len()));
            }
            Self::Replace(at, one) => {
                let at = place(at, text);
                if let Some(old) = text.get_mut(at) {
                    *old = one;
                }
            }
            Self::Repeat(at, length, times) => {
                let at = place(at, text);
                let part: Vec<char> = text[at..(at + length).min(text.len())].to_vec();
                text.splice(at..at, std::iter::repeat_n(part, times).flatten());
            }
            Self::Cut(at) => text.truncate(place(at, text)),
        }
    }
}
