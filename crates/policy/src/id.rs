//! The form that the ids of agents and of roles share.

/// The longest that an id may be.
const LONGEST: usize = 64;

/// Lower-case letters, digits and `-`, at most 64 of them, and no `-` in front: such an id can stand in
/// a command line, a file name and a log field without quotes.
pub(crate) fn check(text: &str) -> Result<(), IdDefect> {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if text.is_empty() {
        Err(IdDefect::Empty)
    } else if text.len() > LONGEST {
        Err(IdDefect::TooLong)
    } else if text.starts_with('-') {
        Err(IdDefect::LeadingDash)
    } else if text.bytes().all(legal) {
        Ok(())
    } else {
        Err(IdDefect::Character)
    }
}

/// Why a text is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdDefect {
    /// There is nothing in it.
    #[error("is empty")]
    Empty,
    /// It is over 64 characters.
    #[error("is longer than 64 characters")]
    TooLong,
    /// A command line would take it for an option.
    #[error("begins with `-`")]
    LeadingDash,
    /// Something other than `a-z`, `0-9` and `-`.
    #[error("holds a character that is not one of a-z, 0-9 and `-`")]
    Character,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, expected: IdDefect) {
        assert_eq!(check(text), Err(expected));
    }

    #[test]
    fn an_id_is_lower_case_letters_digits_and_dashes() {
        for text in ["a", "support-agent", "bot-2", "7", &"x".repeat(64)] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        refused("", IdDefect::Empty);
        refused(&"x".repeat(65), IdDefect::TooLong);
        refused("-rf", IdDefect::LeadingDash);
        refused("Support", IdDefect::Character);
        refused("support_agent", IdDefect::Character);
        refused("support agent", IdDefect::Character);
        refused("agént", IdDefect::Character);
        refused("a\n", IdDefect::Character);
    }
}
