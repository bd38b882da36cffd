//! The text of a file, read past its faults of syntax: one wrong line must not hide what is wrong with
//! the others, nor cause messages that are only its echo.
//!
//! Where the parser gets over a fault by itself, its reading stands. Where it would lose what follows,
//! the statement with the fault is replaced by blanks, which leaves every other byte where it was, and
//! the rest is read again.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::syntax::{self, Breaks, Fault};
use super::{Document, Span};

/// More faults than this in one file are one fault too many to read.
const MOST_FAULTS: usize = 100;

/// A file's name and text, and what is wrong with its syntax.
///
/// ```
/// use catalogue::document::SourceText;
///
/// let source = SourceText::read("policies/bot.toml", "[agent]\nid \"bot\"\nowmer = \"ops\"\n");
/// let document = source.document();
/// let mut agent = document.root().table("agent").unwrap();
/// agent.string("owner");
/// agent.finish();
/// assert_eq!(
///     document.take_found().to_string(),
///     "policies/bot.toml:2:4: error: `=` is missing behind the name (write: id = \"bot\")\n\
///      policies/bot.toml:3:1: error: unknown key `owmer` (did you mean `owner`?)",
/// );
/// ```
#[derive(Debug)]
pub struct SourceText<'t> {
    file: &'t str,
    text: &'t str,
    /// The text without the statements that cannot be read.
    readable: Cow<'t, str>,
    faults: Vec<Fault>,
}

impl<'t> SourceText<'t> {
    /// Reads a file's text; `file` is its path as diagnostics show it.
    #[must_use]
    pub fn read(file: &'t str, text: &'t str) -> Self {
        let mut source = Self { file, text, readable: Cow::Borrowed(text), faults: Vec::new() };
        for _ in 0..MOST_FAULTS {
            let Some(unreadable) = source.next_break() else { break };
            if !source.blank(unreadable) {
                break;
            }
        }
        source.faults.sort_by_key(|fault| fault.span.start);
        source
    }

    /// The document of all that can be read; the faults of syntax are reported to it.
    #[must_use]
    pub fn document(&self) -> Document<'_> {
        let (root, _) = DeTable::parse_recoverable(&self.readable);
        Document::of(self.file, self.text, root, &self.faults)
    }

    /// Keeps the faults up to the first that the parser loses its way by; the bytes to leave out.
    fn next_break(&mut self) -> Option<Range<usize>> {
        let readable = self.readable.clone();
        let (root, mut errors) = DeTable::parse_recoverable(&readable);
        errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
        if !errors.is_empty() && syntax::is_other_format(self.text) {
            self.faults = vec![syntax::other_format(self.text)];
            return Some(0..self.text.len());
        }
        for error in &errors {
            let at = error.span().map_or(0, |span| span.start).min(self.text.len());
            let around = outermost(root.get_ref(), at);
            if let Some(opening) = around.filter(|span| is_unclosed(span, &errors)) {
                self.keep(syntax::unclosed(self.text, opening.start));
                return Some(self.unreadable(opening.start, Breaks::Value));
            }
            let fault = syntax::classify(self.text, error, root.get_ref());
            let breaks = fault.breaks;
            self.keep(fault);
            if let Some(breaks) = breaks {
                return Some(self.unreadable(at, breaks));
            }
        }
        None
    }

    /// Keeps a fault, unless it is an echo on the line of another.
    fn keep(&mut self, fault: Fault) {
        let line = |at: usize| syntax::line_around(self.text, at).start;
        let is_echo = self.faults.iter().any(|other| {
            line(other.span.start) == line(fault.span.start)
                || (fault.is_once && other.code == fault.code)
        });
        if !is_echo {
            self.faults.push(fault);
        }
    }

    /// What is left out because of a fault at a byte: its line, and what belongs to it.
    fn unreadable(&self, at: usize, breaks: Breaks) -> Range<usize> {
        let first = syntax::line_around(self.text, at);
        let indent = indent_of(self.text.get(first.clone()).unwrap_or_default());
        let mut end = first.end;
        for line in self.text.get(first.end..).unwrap_or_default().split_inclusive('\n') {
            let is_header = line.trim_start().starts_with('[');
            let is_part = match breaks {
                Breaks::Line => false,
                Breaks::Value => indent_of(line) > indent || !begins_statement(line),
                Breaks::Table => true,
            };
            if is_header || !is_part {
                break;
            }
            end += line.len();
        }
        first.start..end
    }

    /// Replaces all but the line ends of a stretch by blanks; whether that changed anything.
    fn blank(&mut self, stretch: Range<usize>) -> bool {
        let Some(old) = self.readable.get(stretch.clone()) else { return false };
        let blanks: String = old
            .bytes()
            .map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' })
            .collect();
        let changes = old.bytes().any(|byte| !matches!(byte, b'\n' | b'\r' | b' '));
        self.readable.to_mut().replace_range(stretch, &blanks);
        changes
    }
}

/// The list, inline table or text over several lines that a byte is in.
fn outermost(table: &DeTable<'_>, at: usize) -> Option<Span> {
    table.values().find_map(|value: &Spanned<DeValue<'_>>| {
        let span = value.span();
        let holds = span.start < at && at <= span.end;
        match value.get_ref() {
            DeValue::Table(inner) => {
                // A table with a header ends with it; an inline one has its braces in its span.
                let own = if holds { Some(span) } else { None };
                own.or_else(|| outermost(inner, at))
            }
            DeValue::Array(_) | DeValue::String(_) => holds.then_some(span),
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => None,
        }
    })
}

/// Whether what opens at a span is the one that the parser says is never closed.
fn is_unclosed(span: &Span, errors: &[Error]) -> bool {
    let unclosed = ["unclosed array", "unclosed inline table", "invalid multi-line"];
    errors.iter().any(|error| {
        let at = error.span().map_or(0, |span| span.start);
        span.start < at
            && at <= span.end
            && unclosed.iter().any(|text| error.message().starts_with(text))
    })
}

/// Whether a line looks like the beginning of `name = value`.
fn begins_statement(line: &str) -> bool {
    let name = line.split('=').next().unwrap_or_default().trim();
    let legal = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'' | ' ');
    line.contains('=') && !name.is_empty() && name.chars().all(legal)
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}
