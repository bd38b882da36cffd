//! Reads TOML files that people write, keeping the place of every key and value.
//!
//! A [`Document`] is one file. Its tables are read through a [`Section`], whose typed getters report a
//! wrong type or a missing key and go on, so that one run finds all faults of a file:
//!
//! ```
//! use catalogue::document::Document;
//!
//! let document = Document::parse("policies/bot.toml", "[agent]\nid = \"bot\"\nowmer = \"ops\"\n").unwrap();
//! let mut root = document.root();
//! if let Some(mut agent) = root.require_table("agent") {
//!     let id = agent.require_string("id");
//!     assert_eq!(id.unwrap().value, "bot");
//!     let owner = agent.string("owner");
//!     assert!(owner.is_none());
//!     agent.finish();
//! }
//! root.finish();
//! let found = document.finish().unwrap_err();
//! assert_eq!(
//!     found.to_string(),
//!     "policies/bot.toml:3:1: error: unknown key `owmer` (did you mean `owner`?)",
//! );
//! ```

mod decode;
mod section;
mod source_text;
mod syntax;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub use decode::decode;
pub use section::{Section, Value};
pub use source_text::SourceText;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Mark, Place, Severity};
use syntax::Fault;

/// A stretch of a document's text, in bytes.
pub type Span = Range<usize>;

/// One TOML file: its text, its tables, and the faults found in it so far.
#[derive(Debug)]
pub struct Document<'t> {
    file: Arc<str>,
    text: &'t str,
    /// The byte at which each line starts.
    lines: Vec<usize>,
    root: Spanned<DeTable<'t>>,
    found: RefCell<Vec<Diagnostic>>,
    /// The faults of the syntax among them.
    torn: Vec<Diagnostic>,
}

impl<'t> Document<'t> {
    /// Reads the text of `file`; the faults are those of TOML itself, duplicate keys among them. With
    /// [`SourceText`], what can be read is read in spite of them.
    pub fn parse(file: &'t str, text: &'t str) -> Result<Self, Diagnostics> {
        let (root, errors) = DeTable::parse_recoverable(text);
        if errors.is_empty() {
            Ok(Self::of(file, text, root, &[]))
        } else {
            Err(SourceText::read(file, text).document().take_found())
        }
    }

    /// What could be read of a text, and the faults of its syntax.
    fn of(file: &str, text: &'t str, root: Spanned<DeTable<'t>>, faults: &[Fault]) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        let (file, lines) = (file.into(), lines.collect());
        let (found, torn) = (RefCell::default(), Vec::new());
        let document = Self { file, text, lines, root, found, torn };
        let torn: Vec<Diagnostic> = faults.iter().map(|fault| document.of_syntax(fault)).collect();
        Self { found: RefCell::new(torn.clone()), torn, ..document }
    }

    fn of_syntax(&self, fault: &Fault) -> Diagnostic {
        let mut diagnostic =
            self.diagnose(&fault.span, fault.message.as_str()).with_code(fault.code);
        diagnostic.label = fault.label.map(ToOwned::to_owned);
        diagnostic.help.clone_from(&fault.help);
        match &fault.first {
            Some(first) => diagnostic.with_also(self.mark(first).with_label("first here")),
            None => diagnostic,
        }
    }

    /// Whether parts of the file could not be read, so that what is missing may stand there.
    #[must_use]
    pub fn is_torn(&self) -> bool {
        !self.torn.is_empty()
    }

    /// The file's path as it was given.
    #[must_use]
    pub fn file(&self) -> &Arc<str> {
        &self.file
    }

    /// The table that the file is. Ask for it once: each [`Section`] counts the keys asked for.
    #[must_use]
    pub fn root(&self) -> Section<'_> {
        Section::new(self, 0..0, self.root.get_ref(), "the file".to_owned())
    }

    /// File and line of the start of a span.
    #[must_use]
    pub fn place(&self, span: &Span) -> Place {
        Place { file: Arc::clone(&self.file), line: self.line_of(span.start).0 }
    }

    /// A new error at a span; [`Document::report`] keeps it. It is a wrong value until it is given
    /// another code.
    #[must_use]
    pub fn diagnose(&self, span: &Span, message: impl Into<String>) -> Diagnostic {
        let Mark { file, line, column, end_column, source_line, label } = self.mark(span);
        Diagnostic {
            code: Code::WrongValue,
            severity: Severity::Error,
            file,
            line,
            column,
            end_column,
            source_line,
            message: message.into(),
            label,
            also: None,
            help: None,
        }
    }

    /// A stretch of the file, to be shown beside a fault.
    #[must_use]
    pub fn mark(&self, span: &Span) -> Mark {
        let (line, start) = self.line_of(span.start);
        let rest = self.text.get(start..).unwrap_or_default();
        let source_line = rest.lines().next().unwrap_or_default();
        let column_of = |byte: usize| {
            let before = self.text.get(start..byte.min(start + source_line.len()));
            number(before.unwrap_or_default().chars().count() + 1)
        };
        let column = column_of(span.start);
        Mark {
            file: Arc::clone(&self.file),
            line,
            column,
            end_column: Some(column_of(span.end)).filter(|end| *end > column),
            source_line: source_line.to_owned(),
            label: None,
        }
    }

    /// Where a key stands, named by its tables from the root: `["listen", "agents"]`. An item of a list
    /// is named by its number: `["issuers", "0", "name"]`.
    #[must_use]
    pub fn span_of(&self, path: &[String]) -> Option<Span> {
        let (first, inner) = path.split_first()?;
        let (key, value) = self.root.get_ref().get_key_value(first.as_str())?;
        span_within(key.span(), value, inner)
    }

    /// Keeps a fault until [`Document::finish`], unless it is the echo of a fault of the syntax: on the
    /// same line, or of something missing that may stand where nothing could be read.
    pub fn report(&self, diagnostic: Diagnostic) {
        let is_echo = self.torn.iter().any(|fault| fault.line == diagnostic.line)
            || (self.is_torn() && diagnostic.code == Code::MissingKey);
        if !is_echo {
            self.found.borrow_mut().push(diagnostic);
        }
    }

    /// The end of reading: all faults found, in the order of the lines, if there is an error among
    /// them.
    pub fn finish(&self) -> Result<(), Diagnostics> {
        let found = self.take_found();
        if found.has_errors() { Err(found) } else { Ok(()) }
    }

    /// All faults found so far, in the order of the lines; they are forgotten here.
    #[must_use]
    pub fn take_found(&self) -> Diagnostics {
        let mut found = self.found.take();
        found.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        Diagnostics(found)
    }

    /// Whether the text at a span begins with a character.
    fn begins_with(&self, span: Span, character: char) -> bool {
        self.text.get(span).is_some_and(|text| text.starts_with(character))
    }

    /// The line of a byte, counted from 1, and the byte at which that line starts.
    fn line_of(&self, byte: usize) -> (u32, usize) {
        let line = self.lines.partition_point(|start| *start <= byte);
        let start = line.checked_sub(1).and_then(|at| self.lines.get(at)).copied();
        (number(line.max(1)), start.filter(|start| *start > 0).unwrap_or(self.first_byte()))
    }

    /// The first byte of the text; a mark of the byte order before it is no part of it.
    fn first_byte(&self) -> usize {
        if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
    }
}

/// Where a path leads from a value that stands at `here`.
fn span_within(here: Span, value: &Spanned<DeValue<'_>>, path: &[String]) -> Option<Span> {
    let Some((name, inner)) = path.split_first() else { return Some(here) };
    match value.get_ref() {
        DeValue::Table(table) => {
            let (key, value) = table.get_key_value(name.as_str())?;
            span_within(key.span(), value, inner)
        }
        DeValue::Array(items) => {
            let item = items.get(name.parse::<usize>().ok()?)?;
            span_within(item.span(), item, inner)
        }
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => None,
    }
}

/// The candidate that a misspelt word most likely stands for, if one is near enough to suggest.
#[must_use]
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= 0.75)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

/// The help that suggests the nearest candidate: `did you mean ...?`.
#[must_use]
pub fn did_you_mean<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<String> {
    nearest(word, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
