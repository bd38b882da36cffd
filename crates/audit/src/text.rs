//! Text that any database takes.

use std::borrow::Cow;

/// The text with each NUL replaced by U+FFFD.
///
/// Postgres refuses a NUL in text. One such text would fail every other record of its batch, so none
/// may reach a store; and what is looked for is changed alike, so that it is found.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_becomes_the_replacement_character_and_the_rest_stays() {
        assert_eq!(clean("a\0b\0"), "a\u{fffd}b\u{fffd}");
        assert_eq!(clean("größer \u{1} 👍"), "größer \u{1} 👍");
    }

    #[test]
    fn a_text_without_a_nul_is_not_copied() {
        assert!(matches!(clean("plain"), Cow::Borrowed(_)));
    }
}
