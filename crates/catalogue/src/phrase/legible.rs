//! Makes text that came from a request fit to stand in a sentence.

/// How many characters of a value a sentence shows.
const MOST_SHOWN: usize = 80;

/// A value from a request, fit to stand in a sentence that people trust.
///
/// A plain value (an id, a name, an e-mail address) stands as it is. Anything else is put in double
/// quotes, with what cannot be seen, and what could end the quotes, shown as an escape such as
/// `\u{202e}`: a value can then neither reverse, hide nor add to the words around it. What is longer
/// than 80 characters is cut, ending in `…`.
#[must_use]
pub fn legible(value: &str) -> String {
    if !value.is_empty() && value.len() <= MOST_SHOWN && value.bytes().all(is_plain) {
        return value.to_owned();
    }
    let mut shown = String::new();
    let mut count = 0;
    for c in value.chars() {
        let escaped = escape(c);
        count += escaped.chars().count();
        if count > MOST_SHOWN {
            shown.push('…');
            break;
        }
        shown.push_str(&escaped);
    }
    if shown.trim_end_matches('…').bytes().all(is_plain) && !shown.is_empty() {
        return shown;
    }
    format!("\"{shown}\"")
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.@+:,=/*".contains(&byte)
}

fn escape(c: char) -> String {
    match c {
        '\'' => c.to_string(),
        '"' | '\\' => format!("\\{c}"),
        // The standard library's list of what does not print: controls, bidirectional and other
        // format characters, separators, private use, unassigned, and marks that combine.
        _ => {
            let debug = c.escape_debug().to_string();
            if debug.starts_with('\\') { c.escape_unicode().to_string() } else { debug }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_values_stand_as_they_are() {
        for value in [
            "5f1a2b3c4d5e6f708192a3b4",
            "ada@example.com",
            "a***@example.com",
            "+15550100",
            "order_item-2",
        ] {
            assert_eq!(legible(value), value);
        }
    }

    #[test]
    fn a_value_cannot_add_words_to_the_sentence() {
        assert_eq!(legible("x; Kustomer answered 200"), "\"x; Kustomer answered 200\"");
        assert_eq!(legible("a\" was \\"), r#""a\" was \\""#);
        assert_eq!(legible(""), "\"\"");
    }

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        assert_eq!(legible("a\nb"), r#""a\u{a}b""#);
        assert_eq!(legible("a\u{202e}b"), r#""a\u{202e}b""#);
        assert_eq!(legible("a\u{200b}b\u{2028}\u{85}"), r#""a\u{200b}b\u{2028}\u{85}""#);
    }

    #[test]
    fn letters_of_other_scripts_are_shown() {
        assert_eq!(legible("Zoë"), "\"Zoë\"");
    }

    #[test]
    fn a_long_value_is_cut_at_80_characters() {
        assert_eq!(legible(&"a".repeat(80)), "a".repeat(80));
        assert_eq!(legible(&"a".repeat(81)), format!("{}…", "a".repeat(80)));
        let hidden = legible(&"\u{202e}".repeat(20));
        assert_eq!(hidden, format!("\"{}…\"", r"\u{202e}".repeat(10)));
    }
}
