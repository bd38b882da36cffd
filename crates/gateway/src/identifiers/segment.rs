//! Finds identifiers in a segment of a path of which nothing is known.

use std::borrow::Cow;

use super::mask::NOTHING;

/// How often a segment is decoded in search of what it says. More is no mistake but an attack.
const MOST_ROUNDS: usize = 8;

/// The longest that what stands before a `=` may be, to be shown.
const LONGEST_WORD: usize = 40;

/// So many digits before a `=` are no word but a number of somebody's.
const MOST_DIGITS: usize = 5;

/// What stands between two slashes, as a reader of records may understand it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment<'p> {
    /// Nothing that identifies a person.
    Plain,
    /// `word=value`, decoded.
    Key { word: String, value: String },
    /// The form of an e-mail address or a telephone number, decoded.
    Identifier(Cow<'p, str>),
    /// Encoded so often that nobody can say what it is.
    Unreadable,
}

impl<'p> Segment<'p> {
    pub(super) fn read(raw: &'p str) -> Self {
        let Some(text) = decoded(raw) else { return Self::Unreadable };
        if let Some((word, value)) = text.split_once('=') {
            Self::Key { word: word.to_owned(), value: value.to_owned() }
        } else if text.contains('@') || text.trim_start().starts_with('+') {
            Self::Identifier(text)
        } else {
            Self::Plain
        }
    }
}

/// The last of the words before a `=`: `email` of `customers;email`.
pub(super) fn last_word(words: &str) -> &str {
    words.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default()
}

/// What stands before a `=`, if it can be shown: words, and what may stand between them.
pub(super) fn shown(words: &str) -> &str {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-.;,/\\?&#".contains(c);
    let digits = words.chars().filter(char::is_ascii_digit).count();
    if words.len() <= LONGEST_WORD && digits <= MOST_DIGITS && words.chars().all(fits) {
        words
    } else {
        NOTHING
    }
}

/// A text with every escape decoded, those within escapes too; none where that takes too long. What
/// is no escape, or no text, stays as near to what it was as it can.
pub(super) fn decoded(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.contains('%') {
        return Some(Cow::Borrowed(raw));
    }
    let mut text = raw.to_owned();
    for _ in 0..MOST_ROUNDS {
        let next = decoded_once(&text);
        if next == text {
            return Some(Cow::Owned(text));
        }
        text = next;
    }
    None
}

fn decoded_once(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, behind @ ..] = rest {
        let (byte, behind) = escaped(rest).unwrap_or((*byte, behind));
        decoded.push(byte);
        rest = behind;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The byte of the escape that a text begins with, and what stands behind it.
fn escaped(text: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, behind @ ..] = text else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let byte = u8::try_from(digit(high)? * 16 + digit(low)?).ok()?;
    Some((byte, behind))
}
