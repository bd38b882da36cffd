//! Lines of a text, and what can be told from a whole line.

use super::{Breaks, Fault};
use crate::diagnostic::Code;
use crate::document::Span;

/// The line around a byte, with its line end.
pub(in crate::document) fn line_around(text: &str, at: usize) -> Span {
    let at = at.min(text.len());
    let bytes = text.as_bytes();
    let start = bytes.iter().take(at).rposition(|byte| *byte == b'\n').map_or(0, |found| found + 1);
    let behind = bytes.iter().skip(at).position(|byte| *byte == b'\n');
    start..behind.map_or(text.len(), |found| at + found + 1)
}

/// The same without blanks and line end around it.
pub(super) fn trimmed(text: &str, line: &Span) -> (Span, String) {
    let whole = text.get(line.clone()).unwrap_or_default();
    let words = whole.trim_matches(is_blank);
    let start = line.start + (whole.len() - whole.trim_start_matches(is_blank).len());
    (start..start + words.len(), words.to_owned())
}

fn is_blank(character: char) -> bool {
    character.is_ascii_whitespace() || character == '\u{feff}'
}

/// The first line with something on it that is no comment.
pub(super) fn first_line(text: &str) -> Span {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let span = start..start + line.len();
        let (trimmed, words) = trimmed(text, &span);
        if !words.is_empty() && !words.starts_with('#') {
            return trimmed;
        }
        start = span.end;
    }
    0..0
}

/// Whether a file looks like YAML or JSON, by its first line.
pub(in crate::document) fn is_other_format(text: &str) -> bool {
    let line = text.get(first_line(text)).unwrap_or_default();
    let name = line.strip_suffix(':').unwrap_or("");
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
    };
    line.starts_with('{') || line.starts_with("---") || line.starts_with("- ") || is_name(name)
}

/// A comment as another language has it.
pub(super) fn comment(text: &str, span: &Span) -> Option<Fault> {
    let (line, words) = trimmed(text, &line_around(text, span.start));
    let behind = text.get(span.start..line.end).unwrap_or_default().trim_start();
    let (start, sign) = ["//", "--", ";", "/*"].iter().find_map(|sign| {
        if words.starts_with(sign) {
            Some((line.start, *sign))
        } else if behind.starts_with(sign) {
            Some((line.end - behind.len(), *sign))
        } else {
            None
        }
    })?;
    let fault = Fault::new(Code::Comment, start..start + sign.len(), "this is no comment");
    let fault =
        fault.label("expected `#`").help(format!("a comment begins with `#`, not with `{sign}`"));
    Some(if start == line.start { fault.breaking(Breaks::Line) } else { fault })
}
