//! Records by how their ids begin.

use std::str::FromStr;

use crate::RecordId;

/// Every id that begins with the same digits, or one id alone.
///
/// People copy the beginning of an id from a log or a screen; as a range it finds its records by the
/// order in which they are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdRange {
    first: RecordId,
    last: RecordId,
}

impl IdRange {
    /// The smallest id of the range.
    #[must_use]
    pub fn first(&self) -> RecordId {
        self.first
    }

    /// The greatest id of the range.
    #[must_use]
    pub fn last(&self) -> RecordId {
        self.last
    }
}

/// Hexadecimal digits of a whole id.
const DIGITS: usize = 32;
/// Before which digits of a written id a hyphen stands.
const HYPHENS: [usize; 4] = [8, 12, 16, 20];

impl FromStr for IdRange {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = digits(text).ok_or(NotAnId)?;
        Ok(Self { first: filled(&digits, '0')?, last: filled(&digits, 'f')? })
    }
}

/// The digits of a written id, with its hyphens where they belong or with none at all.
fn digits(text: &str) -> Option<String> {
    let mut digits = String::with_capacity(DIGITS);
    for letter in text.chars() {
        match letter {
            '-' if HYPHENS.contains(&digits.len()) => {}
            _ if letter.is_ascii_hexdigit() => digits.push(letter),
            _ => return None,
        }
    }
    (1..=DIGITS).contains(&digits.len()).then_some(digits)
}

fn filled(digits: &str, with: char) -> Result<RecordId, NotAnId> {
    let missing = DIGITS.saturating_sub(digits.len());
    let whole: String = digits.chars().chain(std::iter::repeat_n(with, missing)).collect();
    whole.parse().map_err(|_| NotAnId)
}

/// The text is neither an id nor the beginning of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an id such as 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071, or how it begins")]
pub struct NotAnId;

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071";

    #[track_caller]
    fn check(text: &str, first: &str, last: &str) {
        let range: IdRange = text.parse().unwrap();
        assert_eq!(
            (range.first().to_string(), range.last().to_string()),
            (first.into(), last.into())
        );
    }

    #[test]
    fn a_beginning_is_every_id_that_begins_so() {
        let first = "019ab3c4-0000-0000-0000-000000000000";
        let last = "019ab3c4-ffff-ffff-ffff-ffffffffffff";
        check("019ab3c4", first, last);
        check("019AB3C4-", first, last);
        check("0", "00000000-0000-0000-0000-000000000000", "0fffffff-ffff-ffff-ffff-ffffffffffff");
        check(
            "019ab3c45d6",
            "019ab3c4-5d60-0000-0000-000000000000",
            "019ab3c4-5d6f-ffff-ffff-ffffffffffff",
        );
    }

    #[test]
    fn a_whole_id_is_itself_alone() {
        check(ID, ID, ID);
        check(&ID.replace('-', ""), ID, ID);
    }

    #[test]
    fn what_cannot_begin_an_id_is_none() {
        for text in ["", "-", "019-ab", "xyz", "019ab3c4 ", "%", &format!("{ID}0"), "é"] {
            assert_eq!(text.parse::<IdRange>(), Err(NotAnId), "{text}");
        }
    }
}
