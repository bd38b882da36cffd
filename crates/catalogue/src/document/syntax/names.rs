//! What is wrong with a name: of a key, or of a table in its header.

use super::lines::{line_around, trimmed};
use super::values::{CURLY, is_unseen, unseen};
use super::{Breaks, Fault};
use crate::diagnostic::Code;
use crate::document::Span;

/// A line that has no `=`, or whose name holds what a name cannot.
pub(super) fn name(text: &str, span: Span, message: &str) -> Fault {
    let (line, words) = trimmed(text, &line_around(text, span.start));
    let at_end = line.end..line.end;
    if words.starts_with('[') {
        return header(text, span);
    }
    if message.starts_with("unquoted keys") {
        let help = "write a name before `=`, or delete the line";
        return Fault::new(Code::Syntax, span, "no name stands before `=`")
            .help(help)
            .breaking(Breaks::Line);
    }
    if let Some((before, _)) = words.split_once('=')
        && let Some(fault) =
            before_equals(text, &line, before.trim_end_matches([' ', '\t']), &words)
    {
        return fault;
    }
    let is_header = words.ends_with(']') && !words.contains(['=', '[']);
    if is_header {
        return Fault::new(Code::Unclosed, line, "the header of a table has no `[`")
            .help(format!("write: [{words}"))
            .breaking(Breaks::Table);
    }
    if let Some((name, value)) = words.split_once(':').filter(|(name, _)| is_name(name)) {
        let at = line.start + name.len();
        return Fault::new(Code::MissingEquals, at..at + 1, "`:` stands where TOML has `=`")
            .label("expected `=`")
            .help(format!("write: {name} = {}", quoted(value.trim())))
            .breaking(Breaks::Line);
    }
    let Some((name, value)) = words.split_once([' ', '\t']) else {
        return Fault::new(
            Code::MissingEquals,
            at_end,
            "`=` and a value are missing behind the name",
        )
        .label("expected `=`")
        .help(format!("write: {words} = \"...\""))
        .breaking(Breaks::Line);
    };
    let at = line.start + name.len();
    Fault::new(Code::MissingEquals, at..at + 1, "`=` is missing behind the name")
        .label("expected `=`")
        .help(format!("write: {name} = {}", quoted(value.trim())))
        .breaking(Breaks::Line)
}

/// What is wrong with the name before an `=`.
fn before_equals(text: &str, line: &Span, name: &str, words: &str) -> Option<Fault> {
    let value = words.get(name.len()..).unwrap_or_default();
    let whole = line.start..line.start + name.len();
    if name.contains(CURLY) {
        return Some(
            Fault::new(Code::CurlyQuotes, whole, "these quotes are not straight ones")
                .help(format!("write: {}", words.replace(CURLY, "\""))),
        );
    }
    if let Some(at) = name.find(is_unseen) {
        let start = line.start + at;
        let character = name.get(at..).and_then(|rest| rest.chars().next())?;
        return Some(unseen(start..start + character.len_utf8(), character));
    }
    if name.starts_with(['"', '\'']) {
        return Some(
            Fault::new(Code::UnclosedQuote, whole, "the quotes of the name do not pair up")
                .help(format!("write: \"{}\" {}", name.replace(['"', '\''], ""), value.trim()))
                .breaking(Breaks::Line),
        );
    }
    if is_name(name) || name.contains(':') || text.is_empty() {
        return None;
    }
    let message = "a name with other characters than letters, digits, `_` and `-` needs quotes";
    let message = if name.contains(' ') { "a name with a blank needs quotes" } else { message };
    Some(
        Fault::new(Code::UnquotedText, whole, message)
            .label("expected quotes around it")
            .help(format!("correct it, or write: \"{name}\" {}", value.trim()))
            .breaking(Breaks::Line),
    )
}

/// A header that is not closed, or holds what it cannot.
pub(super) fn header(text: &str, span: Span) -> Fault {
    let (line, words) = trimmed(text, &line_around(text, span.start));
    if !words.starts_with('[') {
        return Fault::new(Code::Syntax, line, "this line is neither a header nor a key")
            .help("write a table as [name], and a key as name = \"value\"")
            .breaking(Breaks::Table);
    }
    let inner = words.split('#').next().unwrap_or_default();
    let inner = inner.trim_matches(|c: char| matches!(c, '[' | ']') || c.is_whitespace());
    let (open, close) = if words.starts_with("[[") { ("[[", "]]") } else { ("[", "]") };
    let inner = if inner.is_empty() { "agent" } else { inner };
    if !is_name(inner) && words.contains(']') {
        return Fault::new(Code::Syntax, line, "this is no name of a table")
            .help("a table's name has no blanks and no signs, such as [access]")
            .breaking(Breaks::Table);
    }
    let name: String = inner.split_whitespace().next().unwrap_or_default().to_owned();
    Fault::new(Code::Unclosed, line, "the header of a table is not closed")
        .label("opened here")
        .help(format!("write: {open}{name}{close}"))
        .breaking(Breaks::Table)
}

/// A key or table that is there already.
pub(super) fn twice(text: &str, span: Span, message: &str) -> Fault {
    let name = text.get(span.clone()).unwrap_or_default();
    let (line, words) = trimmed(text, &line_around(text, span.start));
    if message.starts_with("cannot extend") {
        let dotted = words.split('=').next().unwrap_or_default().trim();
        let message = format!("`{name}` has a value, so it can have no names beneath it");
        let value = words.get(dotted.len()..).unwrap_or_default().trim();
        return Fault::new(Code::DuplicateKey, span, message)
            .first(first_key(text, line.start, name))
            .help(format!("a name with a dot is quoted: \"{dotted}\" {value}"));
    }
    if words.starts_with('[') {
        let message = format!("the table `{name}` is there already");
        return Fault::new(Code::DuplicateTable, span, message)
            .label("opened again")
            .first(
                first_header(text, line.start, &words)
                    .or_else(|| first_key(text, line.start, name)),
            )
            .help(format!("put these lines under the first [{name}], and delete this header"));
    }
    let fault = Fault::new(Code::DuplicateKey, span, format!("`{name}` stands twice in one table"))
        .label("again");
    if let Some((at, quoted)) = first_dotted(text, line.start, name) {
        // TOML reads `kobjects.order = "read"` as a table `kobjects`.
        return fault.first(Some(at)).help(format!("a name with a dot is quoted: {quoted}"));
    }
    fault.first(first_key(text, line.start, name)).help("keep one of the two lines")
}

/// Where a name without quotes goes on beneath a key first, above a byte and in the same table; and its
/// line as it should be.
fn first_dotted(text: &str, before: usize, name: &str) -> Option<(Span, String)> {
    let above = text.get(..before)?;
    let table = above.rfind("\n[").map_or(0, |header| header + 1);
    let mut start = table;
    for line in above.get(table..)?.split_inclusive('\n') {
        let (span, words) = trimmed(text, &(start..start + line.len()));
        start += line.len();
        let dotted = words.split('=').next().unwrap_or_default().trim();
        if dotted.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')) {
            let value = words.get(dotted.len()..).unwrap_or_default().trim();
            let at = span.start..span.start + dotted.len();
            return Some((at, format!("\"{dotted}\" {value}")));
        }
    }
    None
}

/// Where a key stands first: above a byte, in the same table.
fn first_key(text: &str, before: usize, name: &str) -> Option<Span> {
    let mut found = None;
    let mut start = 0;
    for line in text.get(..before)?.split_inclusive('\n') {
        let (span, words) = trimmed(text, &(start..start + line.len()));
        start += line.len();
        if words.starts_with('[') {
            found = None;
        } else if found.is_none()
            && let Some((key, _)) = words.split_once('=')
            && key.trim() == name
        {
            found = Some(span.start..span.start + name.len());
        }
    }
    found
}

/// Where a header stands first.
fn first_header(text: &str, before: usize, header: &str) -> Option<Span> {
    let mut start = 0;
    for line in text.get(..before)?.split_inclusive('\n') {
        let (span, words) = trimmed(text, &(start..start + line.len()));
        start += line.len();
        if words.split('#').next().map(str::trim_end) == header.split('#').next().map(str::trim_end)
        {
            return Some(span);
        }
    }
    None
}

/// Whether a word can be a name without quotes, dots included.
fn is_name(word: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !word.is_empty() && word.chars().all(legal)
}

/// A value with quotes, unless it is one that needs none.
fn quoted(value: &str) -> String {
    let value = value.trim_start_matches([':', '=']).trim();
    let is_whole = value.starts_with(['"', '\'', '[', '{'])
        || value.starts_with(|c: char| c.is_ascii_digit())
        || matches!(value, "true" | "false");
    if value.is_empty() {
        "\"...\"".to_owned()
    } else if is_whole {
        value.to_owned()
    } else {
        format!("\"{value}\"")
    }
}
