//! A stretch of one line of a file, and what is said beside it.

use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{Annotation, AnnotationKind, Snippet};

use super::Place;

/// A stretch of one line of a file, and what is said beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The file's path as it was given.
    pub file: Arc<str>,
    /// The line, counted from 1.
    pub line: u32,
    /// The column in characters, counted from 1.
    pub column: u32,
    /// The column behind the last character, where it is a stretch of the line.
    pub end_column: Option<u32>,
    /// The line itself.
    pub source_line: String,
    /// What is said of it.
    pub label: Option<String>,
}

impl Mark {
    /// The same with what is said of it.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The file and line.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { file: Arc::clone(&self.file), line: self.line }
    }

    /// The picture: the line with a caret under the fault, or a dash under what only belongs to it.
    pub(super) fn snippet(&self, is_fault: bool) -> Snippet<'_, Annotation<'_>> {
        let kind = if is_fault { AnnotationKind::Primary } else { AnnotationKind::Context };
        let annotation = kind.span(self.bytes()).label(self.label.as_deref());
        Snippet::source(self.source_line.as_str())
            .line_start(usize::try_from(self.line).unwrap_or(usize::MAX))
            .path(&*self.file)
            .annotation(annotation)
    }

    /// The stretch in bytes, at least one character wide where there is one.
    fn bytes(&self) -> Range<usize> {
        let end_column = self.end_column.unwrap_or(0).max(self.column.saturating_add(1));
        self.byte_of(self.column)..self.byte_of(end_column)
    }

    /// Where a column starts, in bytes; the end of the line for a column beyond it.
    fn byte_of(&self, column: u32) -> usize {
        let index = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
        self.source_line.char_indices().nth(index).map_or(self.source_line.len(), |(byte, _)| byte)
    }
}
