//! What is wrong with a file that somebody wrote, and where: line, column, picture and help.
//!
//! Catalogue and policy files are read by [`crate::document`], which collects [`Diagnostic`]s instead
//! of stopping at the first fault, so that a person sees all of them at once.

use std::fmt;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// A line of a file; shown as `file:line`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Place {
    /// The file's path as it was given.
    pub file: Arc<str>,
    /// The line, counted from 1.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file is refused.
    Error,
    /// The file is used, and somebody should look at it.
    Warning,
}

/// One fault of a file, with all that is needed to show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether the file is refused because of it.
    pub severity: Severity,
    /// The file's path as it was given.
    pub file: Arc<str>,
    /// The line, counted from 1.
    pub line: u32,
    /// The column in characters, counted from 1.
    pub column: u32,
    /// The column behind the last character, where the fault covers a stretch of the line.
    pub end_column: Option<u32>,
    /// The offending line.
    pub source_line: String,
    /// What is wrong: a lower-case fragment without a full stop.
    pub message: String,
    /// What stands beside the caret, such as what was expected there.
    pub label: Option<String>,
    /// How to mend it, with the nearest valid name where there is one.
    pub help: Option<String>,
}

impl Diagnostic {
    /// The same with a text beside the caret.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The same with a line of help.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with help, if there is any.
    #[must_use]
    pub fn with_help_if(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// The same as a warning.
    #[must_use]
    pub fn as_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// The file and line.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { file: Arc::clone(&self.file), line: self.line }
    }

    /// The fault with the offending line, a caret under it and the help, over several lines.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let annotation = AnnotationKind::Primary.span(self.bytes()).label(self.label.as_deref());
        let snippet = Snippet::source(self.source_line.as_str())
            .line_start(usize::try_from(self.line).unwrap_or(usize::MAX))
            .path(&*self.file)
            .annotation(annotation);
        let help = self.help.as_deref().map(|help| Level::HELP.message(help));
        let group = level.primary_title(self.message.as_str()).element(snippet).elements(help);
        renderer.render(&[group])
    }

    /// The stretch of the offending line in bytes, at least one character wide where there is one.
    fn bytes(&self) -> std::ops::Range<usize> {
        let end_column = self.end_column.unwrap_or(0).max(self.column.saturating_add(1));
        self.byte_of(self.column)..self.byte_of(end_column)
    }

    /// Where a column starts, in bytes; the end of the line for a column beyond it.
    fn byte_of(&self, column: u32) -> usize {
        let index = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
        self.source_line.char_indices().nth(index).map_or(self.source_line.len(), |(byte, _)| byte)
    }
}

/// One line: `file:line:column: severity: message (help)`.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let Self { file, line, column, message, .. } = self;
        write!(f, "{file}:{line}:{column}: {severity}: {message}")?;
        self.help.as_deref().map_or(Ok(()), |help| write!(f, " ({help})"))
    }
}

/// All faults that were found in a set of files; shown one under the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// The faults, in the order of the files.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something was found that refuses a file.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Every fault as [`Diagnostic::render`] shows it, with an empty line between them.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let pictures: Vec<String> =
            self.iter().map(|diagnostic| diagnostic.render(color)).collect();
        pictures.join("\n\n")
    }
}

/// One line for each fault, as [`Diagnostic`] shows itself.
impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            diagnostic.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<T: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: T) {
        self.0.extend(diagnostics);
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic() -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            file: "policies/bot.toml".into(),
            line: 9,
            column: 1,
            end_column: Some(9),
            source_line: "custmers = \"read\"".to_owned(),
            message: "there is no resource `custmers`".to_owned(),
            label: Some("expected a resource".to_owned()),
            help: Some("did you mean `customers`?".to_owned()),
        }
    }

    #[test]
    fn the_picture_holds_place_line_caret_and_help() {
        let expected = "\
error: there is no resource `custmers`
 --> policies/bot.toml:9:1
  |
9 | custmers = \"read\"
  | ^^^^^^^^ expected a resource
  |
  = help: did you mean `customers`?";
        assert_eq!(diagnostic().render(false), expected);
    }

    #[test]
    fn colour_is_only_there_when_asked_for() {
        assert!(diagnostic().render(true).contains('\u{1b}'));
        assert!(!diagnostic().render(false).contains('\u{1b}'));
    }

    #[test]
    fn an_empty_line_has_a_picture_too() {
        let empty = Diagnostic {
            source_line: String::new(),
            end_column: None,
            label: None,
            help: None,
            ..diagnostic()
        };
        let picture = empty.as_warning().render(false);
        assert!(picture.contains("policies/bot.toml:9:1"), "{picture}");
        assert!(picture.starts_with("warning: "), "{picture}");
    }

    #[test]
    fn a_warning_alone_is_no_error() {
        assert!(!Diagnostics(vec![diagnostic().as_warning()]).has_errors());
        assert!(Diagnostics(vec![diagnostic().as_warning(), diagnostic()]).has_errors());
    }
}
