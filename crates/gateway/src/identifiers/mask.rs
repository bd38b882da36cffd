//! What is left of an identifier that is masked: enough to recognise it by, never enough to find it out.

/// What stands for everything that is hidden, however long it is.
pub(super) const NOTHING: &str = "***";

/// A character is shown only where at least so many others stay hidden.
const FEWEST_HIDDEN: usize = 2;

/// Digits of a telephone number that are shown, and that must stay hidden for that.
const SHOWN_DIGITS: usize = 2;
const FEWEST_HIDDEN_DIGITS: usize = 4;

/// The longest a domain can be.
const LONGEST_DOMAIN: usize = 253;

/// A value behind a word such as `email`, in small letters, with most of it hidden.
///
/// What is no e-mail address and no telephone number keeps its first character. Only letters, digits,
/// dots and dashes are ever kept: what an agent wrote must not forge anything where it is shown.
pub(super) fn masked(word: &str, value: &str) -> String {
    if let Some((local, domain)) = value.rsplit_once('@') {
        let domain = if is_domain(domain) { format!("@{domain}") } else { String::new() };
        return format!("{}{domain}", beginning(local));
    }
    if word == "phone" || value.trim_start().starts_with('+') {
        return ending(value);
    }
    beginning(value)
}

/// `a***`
fn beginning(value: &str) -> String {
    let first = value.chars().next().filter(|first| first.is_alphanumeric());
    match first {
        Some(first) if value.chars().count() > FEWEST_HIDDEN => format!("{first}{NOTHING}"),
        Some(_) | None => NOTHING.to_owned(),
    }
}

/// `***21`
fn ending(value: &str) -> String {
    let digits: Vec<char> = value.chars().filter(char::is_ascii_digit).collect();
    let hidden = digits.len().saturating_sub(SHOWN_DIGITS);
    match digits.get(hidden..) {
        Some(shown) if hidden >= FEWEST_HIDDEN_DIGITS => {
            format!("{NOTHING}{}", shown.iter().collect::<String>())
        }
        Some(_) | None => NOTHING.to_owned(),
    }
}

/// Whether what stands behind an `@` is a domain and nothing more: it may hold another person's number.
fn is_domain(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
    text.len() <= LONGEST_DOMAIN
        && text.contains('.')
        && text.chars().all(fits)
        && text.chars().any(char::is_alphabetic)
}
