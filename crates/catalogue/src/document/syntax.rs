//! Faults of syntax in the words of somebody who writes a file: what is wrong with the line, and the
//! line as it should be.
//!
//! A message and a label name no value, because a value may be a secret; the help may, and whoever reads
//! a file with secrets leaves it out.

mod lines;
mod names;
mod values;

use toml::de::{DeTable, Error};

use super::Span;
use crate::diagnostic::Code;

pub(super) use lines::{is_other_format, line_around};

/// What cannot be read because of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breaks {
    /// Its line.
    Line,
    /// Its line and those that belong to the same value.
    Value,
    /// The header of a table, and the table.
    Table,
}

/// A fault of syntax.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) code: Code,
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) label: Option<&'static str>,
    pub(super) help: Option<String>,
    /// Where the same thing stands first.
    pub(super) first: Option<Span>,
    /// What cannot be read because of it; none where the parser gets over it.
    pub(super) breaks: Option<Breaks>,
    /// Whether one message is enough for the whole file.
    pub(super) is_once: bool,
}

impl Fault {
    fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            code,
            span,
            message,
            label: None,
            help: None,
            first: None,
            breaks: None,
            is_once: false,
        }
    }

    fn label(mut self, label: &'static str) -> Self {
        self.label = Some(label);
        self
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn first(mut self, first: Option<Span>) -> Self {
        self.first = first;
        self
    }

    fn breaking(mut self, breaks: Breaks) -> Self {
        self.breaks = Some(breaks);
        self
    }

    fn once(mut self) -> Self {
        self.is_once = true;
        self
    }
}

/// What an error of the parser means to whoever wrote the line.
pub(super) fn classify(text: &str, error: &Error, root: &DeTable<'_>) -> Fault {
    let span = error.span().unwrap_or(0..0);
    let message = error.message();
    if let Some(fault) = lines::comment(text, &span) {
        return fault;
    }
    let begins = |start: &str| message.starts_with(start);
    if begins("key with no value") || begins("invalid unquoted key") || begins("unquoted keys") {
        names::name(text, span, message)
    } else if begins("unclosed table") || begins("invalid key-value pair") {
        names::header(text, span)
    } else if begins("duplicate key") || begins("cannot extend") {
        names::twice(text, span, message)
    } else if begins("carriage return") {
        Fault::new(Code::LineEnd, span, "a line ends with a carriage return alone")
            .help("save the file with the line ends of Unix or Windows")
            .once()
    } else {
        values::value(text, span, message, root)
    }
}

/// A list, an inline table or a text that is opened and never closed.
pub(super) fn unclosed(text: &str, opening: usize) -> Fault {
    let rest = text.get(opening..).unwrap_or_default();
    let (width, what, closing, code) = match rest.as_bytes() {
        [b'[', ..] => (1, "list", "]", Code::Unclosed),
        [b'{', ..] => (1, "inline table", "}", Code::Unclosed),
        [b'\'', ..] => (3, "text over several lines", "'''", Code::UnclosedQuote),
        _ => (3, "text over several lines", "\"\"\"", Code::UnclosedQuote),
    };
    let message = format!("the {what} that begins here is not closed, or holds what it cannot");
    Fault::new(code, opening..opening + width, message)
        .label("opened here")
        .help(format!("write `{closing}` behind its last value"))
        .breaking(Breaks::Value)
}

/// A file of another format.
pub(super) fn other_format(text: &str) -> Fault {
    let line = lines::first_line(text);
    let help = "write a table as [agent], and beneath it each key as name = \"value\"";
    Fault::new(Code::NotToml, line, "this file is no TOML")
        .label("looks like YAML or JSON")
        .help(help)
}
