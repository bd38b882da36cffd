//! What is wrong with a value, or with what stands behind it.

use toml::de::{DeTable, DeValue};

use super::lines::{line_around, trimmed};
use super::{Breaks, Fault};
use crate::diagnostic::Code;
use crate::document::Span;

/// The quotes of word processors.
pub(super) const CURLY: [char; 9] = [
    '\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}', '\u{2018}', '\u{2019}', '\u{201a}', '\u{ab}',
    '\u{bb}',
];

/// What an error of the parser about a value means.
pub(super) fn value(text: &str, span: Span, message: &str, root: &DeTable<'_>) -> Fault {
    let begins = |start: &str| message.starts_with(start);
    if begins("string values must be quoted") {
        unquoted(text, span)
    } else if begins("missing opening quote") {
        quote(text, span, "the quote behind this text is not opened")
    } else if message.ends_with("expected `\"`") || message.ends_with("expected `'`") {
        let start = string_before(root, span.start).unwrap_or(span.start);
        quote(text, start..span.start, "the quote before this text is not closed")
    } else if begins("missing escaped value") || message.contains("unicode hexadecimal value") {
        let at = span.start.saturating_sub(1);
        Fault::new(Code::Backslash, at..span.start, "`\\` begins an escape that TOML does not know")
            .help(
                "write it as `\\\\`, or put the text in single quotes, where it stands for itself",
            )
    } else if message.contains("visible characters") || message.contains("printable characters") {
        let character = text.get(span.start..).and_then(|rest| rest.chars().next());
        unseen(span, character.unwrap_or(' '))
    } else if begins("missing comma") {
        Fault::new(Code::MissingComma, span, "a comma is missing between two values")
            .label("expected `,`")
            .help("put a comma between the values")
    } else if begins("extra `=`") {
        Fault::new(Code::Syntax, span, "one `=` too many")
            .label("expected a value")
            .help("write one `=` between a name and its value")
            .breaking(Breaks::Line)
    } else if begins("unexpected key or value") {
        behind(text, &span)
    } else if message.starts_with("invalid ") {
        number_or_date(text, span, message)
    } else {
        Fault::new(Code::Syntax, span, format!("this is no TOML: {message}"))
    }
}

/// The rest of a line from a value on, without a comment.
fn rest_of_line(text: &str, start: usize) -> Span {
    let (line, _) = trimmed(text, &line_around(text, start));
    let rest = text.get(start..line.end).unwrap_or_default();
    let rest = rest.split(" #").next().unwrap_or_default().trim_end();
    start..start + rest.len()
}

/// The line as it should be: its name and this value.
fn line_with(text: &str, start: usize, value: &str) -> String {
    let line = line_around(text, start);
    let before = text.get(line.start..start).unwrap_or_default();
    let name = before.split('=').next().unwrap_or_default().trim();
    if before.contains('=') {
        format!("write: {name} = {value}")
    } else {
        format!("write: {value}")
    }
}

fn unquoted(text: &str, span: Span) -> Fault {
    let value = text.get(span.clone()).unwrap_or_default();
    if value.is_empty() {
        let help = line_with(text, span.start, "\"...\", or delete the line");
        return Fault::new(Code::MissingValue, span, "nothing stands behind `=`")
            .label("expected a value")
            .help(help);
    }
    let in_brackets =
        text.get(line_around(text, span.start)).is_some_and(|l| l.contains(['[', '{']));
    let whole = if in_brackets { span.clone() } else { rest_of_line(text, span.start) };
    let words = text.get(whole.clone()).unwrap_or_default();
    if words.contains(CURLY) {
        let plain = words.replace(CURLY, "\"");
        return Fault::new(Code::CurlyQuotes, whole, "these quotes are not straight ones")
            .label("expected \"")
            .help(line_with(text, span.start, &plain));
    }
    if let Some(date) = date_of(words) {
        return no_date(whole, &line_with(text, span.start, &date));
    }
    let plain = words.replace(['"', '\''], "");
    let help = if in_brackets {
        quoted_items(text, span.start).unwrap_or_else(|| format!("write: \"{plain}\""))
    } else {
        line_with(text, span.start, &format!("\"{plain}\""))
    };
    let fault = Fault::new(Code::UnquotedText, whole, "text needs quotes");
    fault.label("expected quotes around it").help(help)
}

/// The line of a plain list with every item in quotes.
fn quoted_items(text: &str, at: usize) -> Option<String> {
    let (_, words) = trimmed(text, &line_around(text, at));
    let (name, list) = words.split_once('=')?;
    let items = list.trim().strip_prefix('[')?.strip_suffix(']')?;
    if items.contains(['[', '{']) {
        return None;
    }
    let quoted = |item: &str| format!("\"{}\"", item.trim().trim_matches(['"', '\'']));
    let items: Vec<String> =
        items.split(',').filter(|item| !item.trim().is_empty()).map(quoted).collect();
    Some(format!("write: {} = [{}]", name.trim(), items.join(", ")))
}

fn quote(text: &str, span: Span, message: &str) -> Fault {
    let whole = rest_of_line(text, span.start);
    let words = text.get(whole.clone()).unwrap_or_default();
    let plain = words.replace(['"', '\''], "");
    let plain = plain.trim_end_matches([',', ']', '}']).trim_end();
    Fault::new(Code::UnclosedQuote, whole, message)
        .label("expected a quote at either end")
        .help(line_with(text, span.start, &format!("\"{plain}\"")))
}

/// What stands behind a value on its line.
fn behind(text: &str, span: &Span) -> Fault {
    let whole = rest_of_line(text, span.start);
    let words = text.get(whole.clone()).unwrap_or_default();
    let line = text.get(line_around(text, span.start)).unwrap_or_default();
    let fault = |message: &str| Fault::new(Code::TwoOnALine, whole.clone(), message);
    if words.chars().all(|c| matches!(c, ',' | ';')) {
        return fault("no comma belongs behind a value")
            .help("delete it: every line ends by itself");
    }
    if line.trim_start().starts_with('[') {
        let help = "a header stands alone on its line, with as many `]` as `[`";
        return fault("something stands behind the header of a table").help(help);
    }
    if words.contains('=') {
        let help = "begin a new line before it";
        return fault("a second key stands on this line").label("expected a new line").help(help);
    }
    let help = if words.contains('"') {
        "a quote within quotes is written `\\\"`, or the whole text stands in single quotes"
    } else {
        "delete it, or make it a comment with `#`"
    };
    fault("something stands behind the value").label("expected nothing more").help(help)
}

fn number_or_date(text: &str, span: Span, message: &str) -> Fault {
    let whole = rest_of_line(text, line_value(text, &span));
    let words = text.get(whole.clone()).unwrap_or_default();
    if message.starts_with("invalid boolean") {
        let lower = words.to_lowercase();
        return Fault::new(
            Code::Syntax,
            whole.clone(),
            "true and false are written in small letters",
        )
        .help(line_with(text, whole.start, &lower));
    }
    if let Some(date) = date_of(words) {
        return no_date(whole.clone(), &line_with(text, whole.start, &date));
    }
    if ["date", "time", "offset", "day", "month", "hour"].iter().any(|word| message.contains(word))
    {
        let (_, why) = message.split_once(", ").unwrap_or_default();
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        return Fault::new(Code::InvalidDate, whole, format!("there is no such date or time{why}"))
            .help("write it like 2027-06-30, or 2027-06-30T18:00:00+02:00");
    }
    if words.contains(CURLY) {
        return unquoted(text, whole);
    }
    let help = line_with(text, whole.start, &format!("\"{}\"", words.replace(['"', '\''], "")));
    Fault::new(Code::UnquotedText, whole, "this is no number, and text needs quotes").help(help)
}

fn no_date(span: Span, help: &str) -> Fault {
    Fault::new(Code::InvalidDate, span, "a date is written year, month, day, with dashes")
        .label("expected a date like 2027-06-30")
        .help(help)
}

/// `30.6.2027`, `30/06/2027` and `2027/6/30` as TOML has them.
fn date_of(words: &str) -> Option<String> {
    let parts: Vec<&str> = words.split(['.', '/', '-']).collect();
    let [first, second, third] = parts.as_slice() else { return None };
    let number = |part: &str| part.parse::<u16>().ok();
    let (first, second, third) = (number(first)?, number(second)?, number(third)?);
    let (year, month, day) =
        if first > 999 { (first, second, third) } else { (third, second, first) };
    let (month, day) = if month > 12 { (day, month) } else { (month, day) };
    let fits =
        (1..=12).contains(&month) && (1..=31).contains(&day) && (1000..10_000).contains(&year);
    let as_toml = format!("{year:04}-{month:02}-{day:02}");
    (fits && as_toml != words).then_some(as_toml)
}

/// Where the value begins that a span is in: behind the last `=`, `[`, `{` or comma before it.
fn line_value(text: &str, span: &Span) -> usize {
    let line = line_around(text, span.start);
    let before = text.get(line.start..span.start).unwrap_or_default();
    let start = before.rfind(['=', ',', '[', '{']).map_or(0, |at| at + 1);
    let blanks = before.get(start..).unwrap_or_default();
    line.start + start + (blanks.len() - blanks.trim_start().len())
}

/// The text that ends at a byte.
fn string_before(table: &DeTable<'_>, end: usize) -> Option<usize> {
    table.values().find_map(|value| of_value(value.get_ref(), &value.span(), end))
}

fn of_value(value: &DeValue<'_>, span: &Span, end: usize) -> Option<usize> {
    match value {
        DeValue::String(_) => (span.end == end).then_some(span.start),
        DeValue::Table(table) => string_before(table, end),
        DeValue::Array(items) => {
            items.iter().find_map(|item| of_value(item.get_ref(), &item.span(), end))
        }
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
            None
        }
    }
}

/// Whether nobody sees a character, or takes it for a blank.
pub(super) fn is_unseen(character: char) -> bool {
    (character.is_control() && character != '\t')
        || (character.is_whitespace() && !matches!(character, ' ' | '\t'))
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
        || matches!(character, '\u{2060}'..='\u{206f}' | '\u{ad}')
}

/// A character that nobody sees.
pub(super) fn unseen(span: Span, character: char) -> Fault {
    let message =
        format!("a character that cannot be seen stands here: U+{:04X}", u32::from(character));
    Fault::new(Code::UnseenCharacter, span, message)
        .help("delete it; typing the line anew is the surest way")
}
