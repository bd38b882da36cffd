//! What is wrong with a file that somebody wrote, and where: line, column, picture and help.
//!
//! Catalogue and policy files are read by [`crate::document`], which collects [`Diagnostic`]s instead
//! of stopping at the first fault, so that a person sees all of them at once.

mod code;
mod mark;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use annotate_snippets::{Level, Renderer};

pub use code::Code;
pub use mark::Mark;

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
    /// What kind of fault it is.
    pub code: Code,
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
    /// Another place that matters, such as where a name was used first.
    pub also: Option<Box<Mark>>,
    /// How to mend it, with the nearest valid name where there is one.
    pub help: Option<String>,
}

impl Diagnostic {
    /// The same of another kind; errors and warnings stay what they are.
    #[must_use]
    pub fn with_code(mut self, code: Code) -> Self {
        self.code = code;
        self
    }

    /// The same with a text beside the caret.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The same with another place that matters.
    #[must_use]
    pub fn with_also(mut self, mark: Mark) -> Self {
        self.also = Some(Box::new(mark));
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

    /// Where it is, and what stands beside the caret.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark {
            file: Arc::clone(&self.file),
            line: self.line,
            column: self.column,
            end_column: self.end_column,
            source_line: self.source_line.clone(),
            label: self.label.clone(),
        }
    }

    /// The fault with the offending line, a caret under it and the help, over several lines.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let (mark, title) = (self.mark(), level.primary_title(self.message.as_str()));
        let mut group = title.id(self.code.as_str()).element(mark.snippet(true));
        if let Some(also) = self.also.as_deref() {
            group = group.element(also.snippet(false));
        }
        let help = self.help.as_deref().map(|help| Level::HELP.message(help));
        renderer.render(&[group.elements(help)])
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

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<T: IntoIterator<Item = Diagnostic>>(diagnostics: T) -> Self {
        Self(diagnostics.into_iter().collect())
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
